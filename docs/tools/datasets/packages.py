"""Locked npm packages in a temporary folder, and a Node.js program run among them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.assets.fetch import tool
from tools.datasets.problems import DatasetError

NPM = Path(__file__).resolve().parent / "npm"
INSTALL = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)


@contextmanager
def installed(name: str) -> Iterator[Path]:
    """The packages of `npm/<name>/`, unpacked and checked against the lock; gone when the block
    ends."""
    npm = _tool("npm", name)
    with tempfile.TemporaryDirectory(prefix="gantheory-") as text:
        folder = Path(text)
        for file in (NPM / name).iterdir():
            shutil.copy(file, folder)
        done = _run([npm, *INSTALL], folder)
        if done.returncode != 0:
            raise DatasetError(
                f"the packages of the data set {name!r} could not be fetched. This needs a "
                "connection to an npm registry, once. "
                f"npm says:\n{done.stderr.strip() or 'nothing'}"
            )
        yield folder


def run_node(folder: Path, script: str, *arguments: str) -> Path:
    """Run a program among the installed packages; the file of what it printed."""
    printed = folder / "printed"
    with printed.open("wb") as file:
        done = _run([_tool("node", script), script, *arguments], folder, file)
    if done.returncode != 0:
        raise DatasetError(f"{script} failed:\n{done.stderr.strip()}")
    return printed


def recipe_files(name: str) -> list[Path]:
    """The files that say what is installed and run."""
    return sorted((NPM / name).iterdir())


def _tool(program: str, purpose: str) -> str:
    try:
        return tool(program)
    except SystemExit as missing:
        raise DatasetError(f"the data set {purpose!r} cannot be built: {missing}") from None


def _run(
    command: list[str], folder: Path, output: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    beside = str(Path(_tool("node", "npm")).parent)  # npm is itself a Node.js program
    path = os.pathsep.join((beside, os.environ.get("PATH", "")))
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=output,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
