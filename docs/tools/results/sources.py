"""Which files of `docs/` a module is made of: itself and what it imports of the experiments."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "experiments"


def own_sources(module: Path) -> list[Path]:
    """The module's file and, recursively, those of the experiments that it imports, in a fixed order."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported_files(path)
    return sorted(found)


def _imported_files(path: Path) -> Iterator[Path]:
    """Absolute imports from the package of experiments that holds the module; a module elsewhere has none."""
    homes = [folder for folder in path.parents if folder.name == PACKAGE]
    if homes:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _imported_names(node):
                file = homes[0].parent.joinpath(*name.split(".")).with_suffix(".py")
                if name.startswith(f"{PACKAGE}.") and file.is_file():
                    yield file


def _imported_names(node: ast.AST) -> list[str]:
    """Dotted names, of which the last may be a module or what it defines."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return []
