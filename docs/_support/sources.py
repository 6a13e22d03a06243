"""Which files of `docs/` a module is made of: itself and what it imports from beside it."""

import ast
from collections.abc import Iterator
from pathlib import Path


def own_sources(module: Path) -> list[Path]:
    """The module's file and, recursively, those of the modules of its folder that it imports, in a fixed order."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported_beside(path)
    return sorted(found)


def _imported_beside(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in _imported_names(node):
            beside = path.parent / f"{name.rpartition('.')[2]}.py"
            if beside.is_file():
                yield beside


def _imported_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "", *(alias.name for alias in node.names)]
    return []
