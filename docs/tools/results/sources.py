"""What the results of an experiment depend on: code, told apart by what it does and not by how it
is written.

One rule serves the cache of light experiments and the tables of heavy ones. Comments, docstrings,
layout and the folder that a module is in do not count.
"""

import ast
import hashlib
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import gantheory

LIBRARY = Path(gantheory.__file__).parent
PACKAGE = "experiments"
COMPUTES = ("jax", "jaxlib", "equinox", "optax", "numpy")

_PARSING = threading.Lock()  # Python 3.11 builds no two syntax trees at once


def code_hash(files: Iterable[Path]) -> str:
    """A hash of the code of some files and of their names, the same on every version of Python."""
    digest = hashlib.sha256()
    for name, code in sorted(
        (path.name, _hash(path.read_text(encoding="utf-8"))) for path in files
    ):
        digest.update(f"{name} {code}\n".encode())
    return digest.hexdigest()[:24]


def library_hash() -> str:
    """The hash of all sources of `gantheory`."""
    return code_hash(LIBRARY.rglob("*.py"))


def versions() -> dict[str, str]:
    """The versions of the packages that compute."""
    return {name: version(name) for name in COMPUTES}


def own_sources(module: Path) -> list[Path]:
    """The module's file and, recursively, those of the experiments that it imports, in a fixed
    order."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported_files(path)
    return sorted(found)


def _imported_files(path: Path) -> Iterator[Path]:
    """Absolute imports from the package of experiments that holds the module; a module elsewhere
    has none."""
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


@cache
def _hash(source: str) -> str:
    with _PARSING:
        return hashlib.sha256(_code(ast.parse(source)).encode()).hexdigest()


def _code(part: object) -> str:
    """A syntax tree as text. Unlike `ast.dump`, it leaves out what is empty, which newer Pythons
    have more of."""
    if isinstance(part, list):
        return f"[{','.join(_code(one) for one in part if not _is_text(one))}]"
    if isinstance(
        part, ast.JoinedStr
    ):  # Python 3.12 ends a format such as `:>{width}` with an empty string
        part = ast.JoinedStr([one for one in part.values if not _is_empty(one)])
    if isinstance(part, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(part) if value not in (None, []))
        return (
            f"{type(part).__name__}({','.join(f'{name}={_code(value)}' for name, value in fields)})"
        )
    return repr(part)


def _is_text(statement: object) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_empty(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value == ""
