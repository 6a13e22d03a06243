"""The build starts every page with an empty namespace, and knows where every theorem is."""

from pathlib import Path
from types import SimpleNamespace

import material
import pytest
from markdown import Markdown
from markdown_exec import formatter, validator
from mkdocs_autorefs import AutorefsPlugin
from tools.pages.blocks import begin
from tools.pages.hooks import on_page_content, on_post_page, on_post_template


def run(source: str) -> str:
    """One executed block, the way the build runs it."""
    markdown = Markdown(extensions=["pymdownx.superfences"])
    options: dict[str, object] = {}
    validator(
        "python",
        {"exec": "1", "session": "page", "id": "page-a", "html": "1"},
        options,
        {},
        markdown,
    )
    return formatter(source, "python", "", options, markdown)


def test_a_session_lasts_for_a_page_and_no_longer() -> None:
    begin()
    run("name = 'known'")
    assert run("print(name)") == "known\n"
    begin()
    assert "NameError" in run("print(name)")


def test_all_that_a_block_and_its_helpers_print_is_on_the_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin()
    assert run("import pprint\npprint.pprint({'a': 1})\nprint('b')") == "{'a': 1}\nb\n"
    assert capsys.readouterr().out == ""


def test_a_failure_is_told_with_the_block_and_its_line(caplog: pytest.LogCaptureFixture) -> None:
    begin()
    run("before = 1\nraise ValueError('told')")
    assert "'page-a' exited with errors" in caplog.text
    assert "line 2, in <module>" in caplog.text
    assert "raise ValueError('told')" in caplog.text
    assert "blocks.py" not in caplog.text


def test_a_class_of_a_block_has_a_module_and_its_methods_have_a_source() -> None:
    begin()
    source = """
import dataclasses, inspect

@dataclasses.dataclass
class Run:
    kind: "dataclasses.KW_ONLY"
    steps: int = 1

    def twice(self): return 2 * self.steps

print(Run(steps=2).twice(), inspect.getsource(Run.twice).strip())
"""
    assert run(source) == "4 def twice(self): return 2 * self.steps\n"


def test_a_theorem_can_be_linked_to_by_its_id() -> None:
    source = (
        "/// theorem | Title\n    attrs: {id: thm-title}\n\n"
        "Text, not attrs: {id: thm-other}.\n///\n"
    )
    page = SimpleNamespace(url="theory/page.html", markdown=source)
    autorefs = AutorefsPlugin()
    on_page_content("", page=page, config=SimpleNamespace(plugins={"autorefs": autorefs}))
    assert autorefs.get_item_url("thm-title")[0] == "theory/page.html#thm-title"
    with pytest.raises(KeyError):
        autorefs.get_item_url("thm-other")


def test_a_number_and_its_percent_sign_stay_in_one_line() -> None:
    page = SimpleNamespace(url="page.html", markdown="")
    html = "<p>Within 5 % of <code>105 % 10</code></p><pre>\n7 % 2</pre>"
    kept = on_page_content(html, page=page, config=SimpleNamespace(plugins={}))
    assert kept == html.replace("5 % of", "5\N{NO-BREAK SPACE}% of")


def test_the_link_to_the_sources_asks_their_host_for_nothing() -> None:
    partial = Path(material.__file__).parent / "templates" / "partials" / "source.html"
    link = partial.read_text("utf-8")
    assert 'data-md-component="source"' in link, "which the theme's script looks for"
    assert "data-md-component" not in on_post_page(link)
    assert 'class="md-source"' in on_post_page(link)
    assert on_post_template(link) == on_post_page(link), "on the page for missing addresses, too"
