"""What the blocks of a page printed, kept until anything changes on which it can depend.

That is: the page's text, all files of the library, of the tools, the experiments and their tables,
the versions of all that is installed, and the addresses that a build may be given. A change of any
runs every page again; slow experiments then come from their own cache.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from tools.pages.fences import DOCS
from tools.results.cache import replace_file, results_folder

ROOT = DOCS.parent
FOLDERS = ("gantheory", "docs/tools", "docs/experiments", "docs/results", "docs/benchmarks")
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
    for name, number in sorted({(one.name, one.version) for one in distributions()}):
        digest.update(f"{name} {number}\n".encode())
    for name in VARIABLES:
        digest.update(f"{name} {os.environ.get(name, '')}\n".encode())
    return digest.hexdigest()


@cache
def _at_the_start() -> str:
    return surroundings()


def _path(page: Path, around: str) -> Path:
    key = hashlib.sha256(f"{around} {page}\n".encode() + page.read_bytes()).hexdigest()[:24]
    return results_folder() / "pages" / f"{page.stem}-{key}.json"
