"""The recipes of the cookbook are complete programs of at most 25 lines, typed strictly, and the
index has them all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools.pages.fences import Fence, executed_blocks
from tools.pages.tangle import COOKBOOK, STRICT, tangled

PAGES = [page for page in sorted(COOKBOOK.glob("*.md")) if page.name != "index.md"]
LINES = 25


def shown(page: Path) -> list[Fence]:
    """The blocks of a page whose code stands in front: what is copied along, and the programs."""
    return [block for block in executed_blocks(page) if block.options.get("source") == "above"]


def programs(page: Path) -> dict[str, tuple[str, str]]:
    """Id of a program to what is copied along with it, and its code."""
    first, *rest = shown(page)
    if not first.options["id"].endswith("-build"):
        return {block.options["id"]: ("", block.source) for block in (first, *rest)}
    return {block.options["id"]: (first.source, block.source) for block in rest}


def lines(code: str) -> int:
    return sum(bool(line.strip()) for line in code.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_program_has_at_most_25_lines_and_hides_none(page: Path) -> None:
    found = programs(page)
    assert found
    assert {name: lines(code) for name, (_, code) in found.items() if lines(code) > LINES} == {}
    assert [block.options["id"] for block in shown(page) if "markdown-exec" in block.source] == []
    assert [name for name, (_, code) in found.items() if "assert " not in code] == []


def test_a_program_is_complete_with_the_block_that_is_copied_along(tmp_path: Path) -> None:
    for page in PAGES:
        for name, (along, code) in programs(page).items():
            (tmp_path / f"{name}.py").write_text(along + code, encoding="utf-8")
            kept = set(re.findall(r"^(?:import|from) .*$", code, re.MULTILINE))
            assert "import jax" in kept, f"{name} has its own imports"
    assert undefined(tmp_path) == ""
    (tmp_path / "broken.py").write_text("print(players)\n", encoding="utf-8")
    assert "players" in undefined(tmp_path), "the check itself"


def undefined(folder: Path) -> str:
    """What ruff finds of names that no line of a program defines."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=F821"]
    found = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    return found.stdout if found.returncode else ""


def test_the_index_links_every_recipe() -> None:
    index = (COOKBOOK / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^]]+\]\(([\w-]+)\.md#([\w-]+)\)", index, re.MULTILINE)
    found = [
        (page.stem, anchor(heading))
        for page in PAGES
        for heading in re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        if not heading.startswith("The penalty of such a critic")  # no recipe: what a hook does
    ]
    assert sorted(rows) == sorted(found)


def anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def test_every_recipe_cites_its_paper() -> None:
    for page in PAGES:
        sections = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        for section in sections:
            if "**When people use it.**" in section:
                assert re.search(r"arxiv\.org/abs/\d{4}\.\d{4,5}|jmlr\.org|\]\[\w+\d{4}\]", section)


def test_the_strict_mode_stands_where_pyright_reads_it_and_keeps_the_lines() -> None:
    blocks = executed_blocks(PAGES[0])
    plain, strict = (tangled(blocks, first).splitlines() for first in ("", STRICT))
    assert strict[0].startswith("# pyright: strict, ")
    assert (plain[0], plain[1:]) == ("", strict[1:])
