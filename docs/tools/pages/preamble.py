"""What a program or a notebook needs of `tools.drawing` to draw by itself: copies of the
definitions that it uses."""

import ast
from collections.abc import Iterable, Iterator
from itertools import chain

from tools.pages.fences import DOCS

PACKAGE = "tools.drawing"
SOURCES = (DOCS / "tools" / "drawing" / "described.py", DOCS / "tools" / "drawing" / "alone.py")


def drawing_imports(code: str) -> list[ast.ImportFrom]:
    """The statements of a page that import what draws on it."""
    return [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE)
    ]


def drawing_names(blocks: Iterable[str]) -> set[str]:
    """The names that blocks of code import from `tools.drawing`."""
    nodes = chain.from_iterable(drawing_imports(block) for block in blocks)
    return {alias.name for node in nodes for alias in node.names}


def without_drawing_imports(code: str) -> str:
    """The code with empty lines where it imported what draws on the page."""
    lines = code.splitlines()
    for node in drawing_imports(code):
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return "\n".join(lines)


def preamble(names: set[str]) -> str:
    """Definitions of `names`, and of all that these use, after the imports that they need; nothing
    for no name."""
    parts = [
        (text, node) for path in SOURCES for text, node in _statements(path.read_text("utf-8"))
    ]
    needed = _reachable(names, [node for _, node in parts])
    used = set(chain.from_iterable(_used(node) for _, node in parts if node in needed))
    imports = {
        ast.unparse(kept): None
        for _, node in parts
        if isinstance(node, ast.Import | ast.ImportFrom)
        for kept in _kept_import(node, used)
    }
    definitions = [text for text, node in parts if node in needed]
    return "\n\n\n".join(part for part in ("\n".join(imports), *definitions) if part)


def _statements(source: str) -> Iterator[tuple[str, ast.stmt]]:
    """The statements at the top of a module, with their decorators, comments and line breaks."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        decorators = getattr(node, "decorator_list", [])
        first = min(one.lineno for one in (node, *decorators))
        yield "\n".join(lines[first - 1 : node.end_lineno]), node


def _reachable(names: set[str], nodes: list[ast.stmt]) -> set[ast.stmt]:
    found: set[ast.stmt] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        for node in nodes:
            if name in _defined(node) and node not in found:
                found.add(node)
                waiting |= _used(node)
    return found


def _defined(node: ast.stmt) -> set[str]:
    """The names that a statement makes, other than by an import."""
    match node:
        case ast.FunctionDef(name) | ast.ClassDef(name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(name)):
            return {name}
    return set()


def _used(node: ast.stmt) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _kept_import(node: ast.Import | ast.ImportFrom, used: set[str]) -> Iterator[ast.stmt]:
    """The import without the names that are not needed; what the preamble holds itself is not
    imported."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
        return
    names = [one for one in node.names if (one.asname or one.name).partition(".")[0] in used]
    if names and isinstance(node, ast.ImportFrom):
        yield ast.ImportFrom(node.module, names, node.level)
    elif names:
        yield ast.Import(names)
