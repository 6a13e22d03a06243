"""Rules for the pages' code that no tool of the build enforces."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tools.pages.fences import DOCS, Fence, executed_blocks, fences, pages
from tools.pages.printed import WIDEST, too_wide
from tools.pages.tangle import tangled

ALLOWED = {
    "exec": r"1",
    "session": r"[a-z0-9-]+",
    "id": r"[a-z0-9-]+",
    "source": r"above|below|tabbed-left|tabbed-right",
    "result": r"text",
    "html": r"1",
    "idprefix": r"",  # ids of printed anchors as they are, so that other pages can link to them
    "tabs": r"Code\|[^|]+",  # the first names the source, on whichever side it is
    "title": r".+",
}


def fence_problems(fence: Fence) -> list[str]:
    found = ["something that is no option follows the language"] if fence.malformed else []
    for name, value in fence.options.items():
        if not re.fullmatch(ALLOWED.get(name, r"(?!)"), value):
            found.append(f"option {name}={value!r}")
    if not fence.executed:
        return found
    if fence.options.get("session") != fence.page.stem:
        found.append(f"session is not the page's name {fence.page.stem!r}")
    if not fence.options.get("id", "").startswith(f"{fence.page.stem}-"):
        found.append(f"id does not start with '{fence.page.stem}-'")
    return found


def python_fences(text: str) -> list[Fence]:
    return [fence for fence in fences(Path("page.md"), text) if fence.language == "python"]


def test_every_fence_of_every_page_follows_the_rules() -> None:
    found = {
        fence.where: fence_problems(fence)
        for page in pages()
        for fence in fences(page, page.read_text(encoding="utf-8"))
        if fence.language == "python"
    }
    assert found, "no page has a block of Python"
    assert not {where: problems for where, problems in found.items() if problems}


def lenient_refusals(source: str) -> list[int]:
    """The lines of `try` that show an error, and would show nothing if there were none."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Try) and node.handlers and not node.orelse
        if not isinstance(node.body[-1], ast.Return)  # a function, whose value shows
    ]


def test_a_block_that_shows_an_error_fails_without_it() -> None:
    blocks = [block for page in pages() for block in executed_blocks(page)]
    assert any("try:" in block.source for block in blocks)
    found = {block.where: lenient_refusals(block.source) for block in blocks}
    assert not {where: lines for where, lines in found.items() if lines}


def test_a_lenient_refusal_is_found() -> None:
    refusal = "try:\n    f()\nexcept ValueError as error:\n    print(error)\n"
    assert lenient_refusals(refusal) == [1]
    assert lenient_refusals(refusal + "else:\n    raise AssertionError\n") == []


def test_the_front_matter_of_every_page_is_read() -> None:
    """A colon in a description makes MkDocs print all of it as text, without a warning."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if text.startswith("---\n"):
            front = yaml.safe_load(text.split("---\n")[1])
            assert isinstance(front.get("description"), str), page


def test_ids_and_sessions_are_unique_over_the_site() -> None:
    blocks = [block for page in pages() for block in executed_blocks(page)]
    ids = [block.options["id"] for block in blocks]
    assert len(set(ids)) == len(ids), sorted({name for name in ids if ids.count(name) > 1})
    names = [page.stem for page in pages() if executed_blocks(page)]
    assert len(set(names)) == len(names), "two pages that run code have the same name"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ('exec="1" sesion="page" id="page-a"', "option sesion"),
        ('exec="1" session="page" id="page-a" source="abvoe"', "option source"),
        ('exec="1" session="other" id="page-a"', "session is not"),
        ('exec="1" session="page" id="a"', "id does not start"),
        ('exec="1" session="page"', "id does not start"),
        ('exec="1 session="page" id="page-a"', "no option"),
    ],
)
def test_a_wrong_fence_is_found(options: str, problem: str) -> None:
    [fence] = python_fences(f"```python {options}\npass\n```\n")
    assert any(problem in text for text in fence_problems(fence))


def test_a_right_fence_is_not_found() -> None:
    options = (
        'exec="1" session="page" id="page-a" source="tabbed-right" tabs="Code|Figure" html="1"'
    )
    [fence] = python_fences(f"```python {options}\npass\n```\n")
    assert fence.executed
    assert fence_problems(fence) == []


def test_a_fence_inside_a_longer_fence_is_text() -> None:
    inner = '```python exec="1" session="page" id="page-a"\npass\n```\n'
    assert python_fences(f"````markdown\n{inner}````\n") == []


def test_an_indented_fence_is_dedented() -> None:
    [fence] = python_fences("=== tab\n\n    ```python\n    if True:\n        pass\n\n    ```\n")
    assert fence.source == "if True:\n    pass\n\n"
    assert (fence.first, fence.last) == (3, 7)


@pytest.mark.parametrize(
    ("page", "result", "printed", "found"),
    [
        ("answers/page.md", ' result="text"', "=" * WIDEST, 0),
        ("answers/page.md", ' result="text"', f"a\n{'=' * (WIDEST + 1)}\nb", 1),
        ("answers/page.md", "", "=" * (WIDEST + 1), 0),
        ("guides/page.md", ' result="text"', "=" * (WIDEST + 1), 0),
        ("theory/page.md", ' result="text"', f"def f():\n    {'=' * WIDEST}", 0),
    ],
)
def test_what_a_page_prints_is_narrow(page: str, result: str, printed: str, found: int) -> None:
    text = f'```python exec="1"{result}\nprint(a)\n```\n'
    [fence] = fences(Path(page), text)
    assert len(too_wide(fence, printed)) == found


def test_tangled_lines_keep_their_numbers() -> None:
    text = "prose\n\n```python\na = 1\n```\n\nprose\n\n```python\nb = 2\nc = 3\n```\n"
    lines = tangled(python_fences(text)).splitlines()
    assert [lines.index(line) + 1 for line in ("a = 1", "b = 2", "c = 3")] == [4, 10, 11]
    assert text.splitlines()[9] == "b = 2"


def test_pytest_collects_every_executed_block() -> None:
    expected = sum(len(executed_blocks(page)) for page in pages())
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", str(DOCS)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DOCS.parent)
    assert result.returncode == 0, result.stdout + result.stderr
    assert expected > 0
    assert f"{expected} test" in result.stdout
