"""The words added to the search stand at pages that exist, and every query of the browser's check
asks for such a page."""

import re
from types import SimpleNamespace

from tools.pages.fences import DOCS, SITE
from tools.pages.search_words import REFERENCE_BOOST, WORDS, on_page_markdown

QUERIES = DOCS / "tools" / "checks" / "browser" / "queries.mjs"


def test_words_stand_at_pages_that_exist() -> None:
    assert [place for place in WORDS if not (SITE / place).is_file()] == []


def test_the_queries_ask_for_pages_that_exist() -> None:
    stems = {path.stem for path in SITE.rglob("*.md")}
    found = re.findall(r'^  (?:"[^"]+"|\w+): \[(.+)\],$', QUERIES.read_text(encoding="utf-8"), re.M)
    assert len(found) == 40
    for wanted in found:
        for name in re.findall(r'"([^"]+)"', wanted):
            assert name.rpartition("/")[2] in stems, name


def test_a_page_gets_its_words_beside_its_own_and_the_reference_comes_later() -> None:
    def page(place: str, **meta: object) -> SimpleNamespace:
        made = SimpleNamespace(meta=meta, file=SimpleNamespace(src_uri=place))
        on_page_markdown("", page=made)
        return made

    assert page("answers/vae.md", tags=["own"]).meta["tags"][:2] == ["own", "ELBO"]
    assert page("notation.md").meta == {}
    assert page("api/losses.md").meta == {"search": {"boost": REFERENCE_BOOST}}
