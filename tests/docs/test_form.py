"""Every page of the answers, the theory and the guides says what it teaches, what it needs and
where to go next, in one form."""

import re
from pathlib import Path

import pytest
from tools.pages.fences import SITE, fences, pages

SECTIONS = ("answers", "theory", "guides")
PAGES = [page for page in pages() if page.relative_to(SITE).parts[0] in SECTIONS]
LEARN, NEED, NEXT = "**You will learn**", "**You need**", "**Where next:**"


def prose(page: Path, text: str) -> str:
    """The page without its code."""
    lines = text.splitlines()
    for fence in fences(page, text):
        lines[fence.first - 1 : fence.last] = [""] * (fence.last - fence.first + 1)
    return "\n".join(lines)


def form_problems(text: str) -> list[str]:
    """What is missing, twice, or in the wrong place."""
    head = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]
    found = [
        f"{mark} stands {text.count(mark)} times"
        for mark in (LEARN, NEED, NEXT)
        if text.count(mark) != 1
    ]
    found += [f"{mark} is not in the head" for mark in (LEARN, NEED) if mark not in head]
    if LEARN in head and NEED in head and head.index(NEED) < head.index(LEARN):
        found.append(f"{NEED} comes before {LEARN}")
    last = re.split(r"\n\s*\n", text.strip())[-1]
    if not last.startswith(NEXT) or not re.search(r"\]\([^)]+\.md", last):
        found.append(f"the last paragraph is not {NEXT} with a link to a page")
    stray = re.findall(r"^(?:You will (?:learn|see)|You need|Where next)\b.*", text, re.MULTILINE)
    return found + [f"in another form: {line[:40]}" for line in stray]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(SITE).as_posix())
def test_a_page_says_what_it_teaches_what_it_needs_and_where_to_go(page: Path) -> None:
    assert not form_problems(prose(page, page.read_text(encoding="utf-8")))


GOOD = f"# T\n\n{LEARN} a.\n{NEED} b.\n\n## Part\n\nText.\n\n{NEXT} [c](c.md).\n"


def test_the_form_is_accepted() -> None:
    assert form_problems(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (LEARN, "You will learn", "in another form"),
        (NEED, "", "0 times"),
        (NEXT, "**Where next.**", "the last paragraph"),
        ("[c](c.md)", "somewhere", "the last paragraph"),
        (f"{NEED} b.\n\n## Part", f"\n## Part\n\n{NEED} b.", "not in the head"),
        (f"{LEARN} a.\n{NEED} b.", f"{NEED} b.\n{LEARN} a.", "comes before"),
    ],
)
def test_another_form_is_found(old: str, new: str, problem: str) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    assert any(problem in found for found in form_problems(text))


def test_every_page_is_in_the_navigation_and_in_its_index() -> None:
    navigation = (SITE.parents[1] / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES:
        place = page.relative_to(SITE).as_posix()
        assert re.search(rf"[ :]{re.escape(place)}$", navigation, re.MULTILINE), place
        if page.name != "index.md":
            index = (page.parent / "index.md").read_text(encoding="utf-8")
            assert f"]({page.name})" in index, f"{place} is not in its index"
