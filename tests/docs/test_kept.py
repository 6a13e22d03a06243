"""What a page printed is kept as long as nothing that it depends on has changed."""

from pathlib import Path

import pytest
from markdown_exec import ExecutionError
from tools.pages import blocks, kept
from tools.pages.ahead import run_page
from tools.pages.fences import SITE, executed_blocks

FENCE = '```python exec="1" session="page" id="page-{}"\n{}\n```\n\n'
FIRST, SECOND = "import os\nruns.append('first')\nprint(len(runs))", "print(os.sep, runs[-1])"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANTHEORY_DOCS_CACHE", str(tmp_path / "cache"))
    kept._at_the_start.cache_clear()
    page = tmp_path / "page.md"
    page.write_text(FENCE.format("first", FIRST) + FENCE.format("second", SECOND))
    return page


def printed(page: Path, runs: list[str]) -> list[str]:
    """What the build shows of the page's blocks, which count how often they run."""
    blocks.begin(page)
    blocks._module("page").__dict__["runs"] = runs
    found = [
        blocks.run(one.source, session="page", id=one.options["id"])
        for one in executed_blocks(page)
    ]
    blocks.end()
    return found


def test_a_page_is_run_once(page: Path) -> None:
    runs: list[str] = []
    assert printed(page, runs) == ["1\n", "/ first\n"]
    assert printed(page, runs) == ["1\n", "/ first\n"]
    assert runs == ["first"]


@pytest.mark.parametrize("changed", ["text", "library", "version", "address"])
def test_it_is_run_again_when_anything_changes(
    changed: str, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    source = page.parent / "gantheory" / "losses.py"
    if changed == "library":
        monkeypatch.setattr(kept, "ROOT", page.parent)
        monkeypatch.setattr(kept, "FILES", ())
        source.parent.mkdir()
        source.write_text("a = 1")
    printed(page, runs)
    if changed == "text":
        page.write_text(page.read_text() + "One more sentence.\n")
    elif changed == "library":
        source.write_text("a = 2")
    elif changed == "version":
        monkeypatch.setattr(kept, "version", lambda name: "0")
    else:
        monkeypatch.setenv("SITE_URL", "https://example.org/")
    kept._at_the_start.cache_clear()
    assert printed(page, runs) == ["2\n", "/ first\n"]


def test_nothing_is_kept_if_a_file_changed_in_the_meantime(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    kept.read(page)
    monkeypatch.setenv("SITE_URL", "https://example.org/")
    printed(page, runs)
    printed(page, runs)
    assert runs == ["first", "first"]


def test_a_page_that_fails_is_not_kept(page: Path) -> None:
    page.write_text(FENCE.format("first", "print(1)") + FENCE.format("second", "raise ValueError"))
    run_page(page)
    assert kept.read(page) == {}
    with pytest.raises(ExecutionError, match="ValueError"):
        printed(page, [])


def test_beside_a_server_an_unknown_page_waits_and_is_not_kept(page: Path) -> None:
    runs: list[str] = []
    blocks.wait_while(lambda: True)
    try:
        assert printed(page, runs) == [blocks.WAITING, blocks.WAITING]
        assert kept.read(page) == {}
    finally:
        blocks.wait_while(bool)
    assert printed(page, runs) == ["1\n", "/ first\n"]
    blocks.wait_while(lambda: True)
    assert printed(page, runs) == ["1\n", "/ first\n"]
    blocks.wait_while(bool)


def test_a_block_that_is_not_known_finds_the_names_of_those_before_it(page: Path) -> None:
    runs: list[str] = []
    printed(page, runs)
    blocks.begin(page)
    blocks._module("page").__dict__["runs"] = runs
    assert blocks.run(FIRST, session="page", id="page-first") == "1\n"
    assert runs == ["first"]
    assert blocks.run("print(os.sep, len(runs))", session="page", id="page-other") == "/ 2\n"


def test_what_the_pages_read_is_among_what_their_outputs_depend_on() -> None:
    assert (SITE.parent / "results").is_dir()
    assert all((kept.ROOT / name).exists() for name in (*kept.FOLDERS, *kept.FILES))
    assert kept.surroundings() == kept.surroundings()
