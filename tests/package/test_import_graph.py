"""Imports point one way, as CONTRIBUTING.md draws them, and no file outgrows one idea."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gantheory"
IMPORTS: dict[str, set[str]] = {
    "shapes": {"_checks"},
    "_checks": set(),
    "_answers": set(),
    "_types": {"shapes"},
    "_steps": set(),
    "_numerics": set(),
    "_lengths": {"shapes"},
    "losses": {"_checks", "_numerics", "divergences", "shapes"},
    "penalties": {"_answers", "_checks", "_lengths", "shapes"},
    "divergences": {"_checks", "_numerics", "shapes"},
    "deviations": {"_checks", "_numerics", "shapes"},
    "networks": {"_checks", "shapes"},
    "data": {"_checks", "_steps", "_types", "shapes"},
    "metrics": {"_checks", "_lengths", "_numerics", "_types", "data", "divergences", "shapes"},
    "games": {
        "_answers",
        "_checks",
        "_steps",
        "data",
        "deviations",
        "divergences",
        "losses",
        "networks",
        "penalties",
        "shapes",
    },
    "dynamics": {"_checks", "games", "shapes", "training"},
    "training": {"_checks", "_steps", "_types", "data", "games", "shapes"},
    "study": {"_checks", "shapes", "training"},
    "plots": {"_checks"},
    "citations": {"games"},
    "testing": {"games", "shapes"},
}
"""What each part imports of the others. A result draws itself in a notebook: the one import of
plots, made when it is drawn."""

LONGEST_FILE = 400


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(tree: ast.AST) -> set[str]:
    """The parts of the package that a module imports when it is imported itself."""
    lazy = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in lazy:
            package, _, rest = (node.module or "").partition(".")
            if package == "gantheory":
                found |= {rest.partition(".")[0]} if rest else {one.name for one in node.names}
    return found


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
WRITTEN = sorted(
    path.relative_to(ROOT)
    for folder in ("gantheory", "tests", "docs")
    for path in (ROOT / folder).rglob("*.py")
    if "downloads" not in path.parts  # those are made of the pages
)


@pytest.mark.parametrize("part", sorted(IMPORTS))
def test_a_part_imports_what_is_drawn_and_nothing_else(part: str) -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES if part_of(path) == part]
    assert set().union(*map(imported_parts, trees)) - {part} == IMPORTS[part]


def test_files_are_short_enough_for_one_idea() -> None:
    lengths = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in WRITTEN}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_the_drawing_has_no_circle() -> None:
    left = dict(IMPORTS)
    while left:
        free = {part for part, below in left.items() if not below & set(left)}
        assert free, f"these import each other: {', '.join(left)}"
        left = {part: below for part, below in left.items() if part not in free}


def test_the_drawing_knows_every_part() -> None:
    assert {part_of(path) for path in FILES} == set(IMPORTS)
