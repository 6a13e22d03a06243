"""What the blocks of a page printed, kept until anything changes on which it can depend.

That is: the page's text, all files of the library, of the tools, the experiments and their tables,
the versions of the packages that library and site name, and the addresses that a build may be
given. A change of any runs every page again; slow experiments then come from their own cache.

Pages are run ahead of the build (`ahead.py`), by the tests (`docs/conftest.py`) or by the build
itself; whichever comes first, the others find what they printed.
"""

import hashlib
import json
import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tools.pages.fences import DOCS
from tools.results.cache import replace_file, results_folder

ROOT = DOCS.parent
FOLDERS = (
    "gantheory",
    "docs/tools",
    "docs/experiments",
    "docs/examples",
    "docs/results",
    "docs/benchmarks",
)
FILES = ("pyproject.toml", "constraints.txt")
VARIABLES = ("SITE_URL", "REPO_URL")


@dataclass(frozen=True)
class Printed:
    """A block and what it printed."""

    code: str
    output: str


def read(page: Path) -> dict[str, Printed]:
    """What each block of the page printed, by its id; nothing if it is not known."""
    path = _path(page, _at_the_start())
    if not path.is_file():
        return {}
    known = json.loads(path.read_text(encoding="utf-8"))
    return {name: Printed(**block) for name, block in known.items()}


def write(page: Path, printed: dict[str, Printed]) -> None:
    """Keep what was printed, unless a file has changed since the process has read it."""
    if surroundings() == _at_the_start():
        blocks = {name: vars(block) for name, block in printed.items()}
        path = _path(page, _at_the_start())
        replace_file(path, json.dumps(blocks).encode())


def surroundings() -> str:
    """A hash of all that every page can depend on."""
    digest = hashlib.sha256()
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.*")]
    for path in sorted([*paths, *(ROOT / name for name in FILES)]):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    for name in packages():
        digest.update(f"{name} {_version(name)}\n".encode())
    for name in VARIABLES:
        digest.update(f"{name} {os.environ.get(name, '')}\n".encode())
    return digest.hexdigest()


def packages() -> list[str]:
    """The packages that the library and the site name, and those that compute beneath JAX.

    Not all that is installed: an environment that has the tests' packages, too, finds the same.
    """
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["docs"]]
    names = [re.split(r"[^\w.-]", requirement)[0] for requirement in named]
    return sorted({*names, "jaxlib", "numpy"})


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@cache
def _at_the_start() -> str:
    return surroundings()


def _path(page: Path, around: str) -> Path:
    key = hashlib.sha256(f"{around} {page}\n".encode() + page.read_bytes()).hexdigest()[:24]
    return results_folder() / "pages" / f"{page.stem}-{key}.json"
