"""The build starts every page with an empty namespace, and knows where every theorem is."""

from types import SimpleNamespace

import pytest
from markdown import Markdown
from markdown_exec import formatter, validator
from mkdocs_autorefs import AutorefsPlugin
from tools.drawing.output import emit
from tools.pages.hooks import on_page_content, on_page_markdown


def run(source: str) -> str:
    """One executed block, the way the build runs it."""
    markdown = Markdown(extensions=["pymdownx.superfences"])
    options: dict[str, object] = {}
    validator("python", {"exec": "1", "session": "page", "html": "1"}, options, {}, markdown)
    return formatter(source, "python", "", options, markdown)


def test_a_session_lasts_for_a_page_and_no_longer() -> None:
    on_page_markdown("")
    run("name = 'known'")
    assert run("print(name)") == "known\n"
    on_page_markdown("")
    assert "NameError" in run("print(name)")


def test_helpers_print_onto_the_page() -> None:
    on_page_markdown("")
    assert run("from tools.drawing.output import emit\nemit('<b>figure</b>')") == "<b>figure</b>\n"


def test_helpers_print_to_standard_output_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    emit("<b>figure</b>")
    assert capsys.readouterr().out == "<b>figure</b>\n"


def test_a_theorem_can_be_linked_to_by_its_id() -> None:
    source = "/// theorem | Title\n    attrs: {id: thm-title}\n\nText, not attrs: {id: thm-other}.\n///\n"
    page = SimpleNamespace(url="theory/page.html", markdown=source)
    autorefs = AutorefsPlugin()
    on_page_content("", page=page, config=SimpleNamespace(plugins={"autorefs": autorefs}))
    assert autorefs.get_item_url("thm-title")[0] == "theory/page.html#thm-title"
    with pytest.raises(KeyError):
        autorefs.get_item_url("thm-other")
