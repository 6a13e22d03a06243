"""The programs beside the pages: each is shown on a page, and what connects a tool is short."""

import ast
import re
from pkgutil import resolve_name
from typing import Any

import pytest
from tools.pages import kept
from tools.pages.fences import DOCS, pages
from tools.pages.shown import in_two_parts

ROOT = DOCS.parent
PROGRAMS = sorted((DOCS / "examples").glob("*.py"))
TOOLS = (DOCS / "site" / "guides" / "your-tools.md").read_text(encoding="utf-8")
MOST_LINES = 15


def code_lines(text: str) -> int:
    """How many lines a program has up to its check, without imports, comments and docstrings."""
    lines = text.partition("\n# check")[0].splitlines()
    aside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or isinstance(node, ast.Import | ast.ImportFrom):
            aside.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(
        number not in aside and bool(line.strip()) and not line.strip().startswith("#")
        for number, line in enumerate(lines, start=1)
    )


def test_every_program_is_shown_on_a_page():
    texts = "".join(page.read_text(encoding="utf-8") for page in pages())
    shown = set(re.findall(r"file_text\([\"']examples/(\w+)\.py[\"']\)", texts))
    assert shown == {path.stem for path in PROGRAMS}


def test_a_page_is_run_again_when_a_file_that_it_shows_changes():
    texts = "".join(page.read_text(encoding="utf-8") for page in pages())
    for place in re.findall(r"file_text\([\"']([^\"']+)[\"']\)", texts):
        assert f"docs/{place}".startswith(tuple(f"{folder}/" for folder in kept.FOLDERS)), place


def test_the_session_leaves_out_only_programs_that_exist():
    session = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    [left_out] = re.findall(r"elsewhere = \{(.*)\}", session)
    assert set(re.findall(r'"(\w+)"', left_out)) < {path.stem for path in PROGRAMS}


def unknown_names(text: str) -> set[str]:
    """What a program takes from gantheory and its modules that is not there."""
    modules: dict[str, Any] = {}
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            source = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                if f"{source}{alias.name}".startswith("gantheory"):
                    modules[alias.asname or alias.name] = resolve_name(f"{source}{alias.name}")
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in modules and not hasattr(modules[node.value.id], node.attr)
    }


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_what_a_program_takes_from_the_library_is_there(path):
    assert unknown_names(path.read_text(encoding="utf-8")) == set()


def test_a_name_that_is_not_there_is_found():
    text = "import gantheory as gt\nfrom gantheory import data\ngt.Stream(data.Stream, gt.Every)\n"
    assert unknown_names(text) == {"gt.Stream"}


@pytest.mark.parametrize(
    "name", [path.stem for path in PROGRAMS if f"examples/{path.name}" in TOOLS]
)
def test_what_connects_a_tool_is_short_and_checked(name):
    text = (DOCS / "examples" / f"{name}.py").read_text(encoding="utf-8")
    if name != "small_gan":
        assert code_lines(text) <= MOST_LINES
        assert "assert " in text.partition("\n# check")[2]


def test_lines_are_counted_without_imports_comments_and_docstrings():
    text = '"""Does.\n\nThis."""\n\nimport a\n\nb = 1\n\n\ndef c():\n    """D."""\n    return b\n'
    assert code_lines(f"{text}# e\n\n# check: f\nassert g\n") == 3
    assert code_lines(text + "h = [\n    1,\n]\n") == 6


def test_the_middle_of_a_program_is_shown_and_all_of_it_folded():
    program = '"""Does."""\n\nimport a\n\nfrom b import c\n\nc(a)\n\n# check: d\nassert e\n'
    middle, whole = in_two_parts(program).split("/// details", 1)
    assert middle.split("```")[1] == "python\nc(a)\n"
    assert f"```python\n{program}```\n\n///" in whole
