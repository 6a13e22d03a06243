"""What a page's script needs of `docs/`: the modules it imports and the files it reads, found by
reading its code."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.pages.fences import DOCS

OWN = ("tools", "experiments")
WHOLE = (DOCS / "tools" / "datasets",)
"""Packages with data of their own, which are taken whole."""
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn"}
"""Import name to the name in the package index, where they differ."""


def needed_files(code: str) -> list[Path]:
    """The files of `docs/` without which the code would not run, in a fixed order."""
    found: set[Path] = set()
    waiting = list(_named_by(ast.parse(code)))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            if path.suffix == ".py":
                waiting += _named_by(ast.parse(path.read_text(encoding="utf-8")))
            if path.name == "__init__.py" and path.parent in WHOLE:
                waiting += _files_beside(path)
    return sorted(found)


def distributions(code: str, files: list[Path]) -> list[str]:
    """What has to be installed, as the package index calls it."""
    sources = [code, *(path.read_text(encoding="utf-8") for path in files if path.suffix == ".py")]
    roots = {name.partition(".")[0] for source in sources for name in _imports(ast.parse(source))}
    foreign = roots - set(sys.stdlib_module_names) - set(OWN)
    return sorted(DISTRIBUTIONS.get(name, name) for name in foreign)


def _named_by(tree: ast.AST) -> Iterator[Path]:
    """The files of `docs/` that a module imports or names to a reader of files."""
    for name in _imports(tree):
        parts = name.split(".")
        if parts[0] in OWN:
            for length in range(1, len(parts) + 1):
                yield from _module_files(DOCS.joinpath(*parts[:length]))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("file_text"), args=[ast.Constant(str(name))]):
                yield DOCS / name
            case ast.Call(func=ast.Name("read"), args=[ast.Constant(str(name))]):
                yield DOCS / "results" / f"{name}.json"
                yield from (DOCS / "experiments").rglob(f"{name}.py")


def _imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names, of which the last may be a module or what it defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module_files(path: Path) -> Iterator[Path]:
    yield from (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())


def _files_beside(path: Path) -> Iterator[Path]:
    beside = path.parent.rglob("*")
    return (file for file in beside if file.is_file() and "__pycache__" not in file.parts)
