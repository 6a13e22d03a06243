"""A paragraph that reads results is marked, and a hidden block holds each of its sentences to the
build's numbers."""

from pathlib import Path

import markdown
import pytest
from markdown_exec import formatter, validator
from tools.pages.fences import SITE, pages
from tools.pages.readings import (
    MARK,
    Paragraph,
    quote_problems,
    reading_problems,
    unmarked_readings,
    unnamed_numbers,
)

SETTING: dict[str, tuple[str, ...]] = {
    "answers/can-digits.md": (
        "Who says how ambiguous",
        "The networks have never seen noise",
        "(The column *D's loss*",
    ),
    "answers/can-holistic.md": ("Three things to keep in mind",),
    "answers/can-portraits.md": ("What was found is a blind spot",),
    "answers/non-saturating-losses.md": ("That is to be expected",),
    "answers/vae.md": ("The divergence from the posterior", "**A sharper bound.**"),
    "answers/uniform-to-normal.md": (
        "So a generator can be graded",
        "**The losses**, drawn",
    ),
    "theory/are-gans-created-equal.md": ("A comparison of objectives by one score",),
    "theory/gradient-arrows.md": ("That the samples move is Adam's doing",),
}
"""The first words of paragraphs behind a result that read nothing: they say what is done next, or
argue."""


def name(page: Path) -> str:
    return page.relative_to(SITE).as_posix()


SECTIONS = ("answers", "theory", "index.md", "faq.md")
READ = [page for page in pages() if page.relative_to(SITE).parts[0] in SECTIONS]


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_marked_reading_has_a_block_that_asserts_its_sentences(page: Path) -> None:
    assert reading_problems(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", READ, ids=name)
def test_a_number_of_a_reading_stands_in_its_assertions(page: Path) -> None:
    assert unnamed_numbers(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_the_assertions_quote_every_word_that_compares_or_counts(page: Path) -> None:
    assert quote_problems(page, page.read_text(encoding="utf-8")) == []


def outside_the_setting(page: Path) -> list[Paragraph]:
    found = unmarked_readings(page, page.read_text(encoding="utf-8"))
    return [one for one in found if not one.text.startswith(SETTING.get(name(page)) or "\0")]


@pytest.mark.parametrize("page", READ, ids=name)
def test_a_paragraph_behind_a_result_that_compares_or_counts_is_marked(page: Path) -> None:
    assert outside_the_setting(page) == []


@pytest.mark.parametrize("page", sorted(SETTING))
def test_every_exception_is_one(page: str) -> None:
    text = (SITE / page).read_text(encoding="utf-8")
    firsts = [one.text for one in unmarked_readings(SITE / page, text)]
    unused = [
        words for words in SETTING[page] if not any(text.startswith(words) for text in firsts)
    ]
    assert unused == []


RESULT = '```python exec="1" session="page" id="page-a" result="text"\nprint(a)\n```\n'
HOLDS = '```python exec="1" session="page" id="page-a-holds"\nassert a < b\nassert b < c\n```\n'
READING = f"The first is smaller. The last is the\nlargest, at 2.5 or [so](a.md).\n{MARK}\n"
GOOD = f"# T\n\n{RESULT}\n{READING}\n{HOLDS}\nText.\n"


def problems(text: str) -> list[str]:
    return reading_problems(Path("page.md"), text)


def test_a_reading_with_its_assertions_is_accepted() -> None:
    assert problems(GOOD) == []
    assert unmarked_readings(Path("page.md"), GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (HOLDS, "", "no block follows"),
        (HOLDS, f"Text.\n\n{HOLDS}", "no block follows"),
        (HOLDS, f"## Heading\n\n{HOLDS}", "no block follows"),
        (HOLDS, f"{RESULT}\n{HOLDS}", "no block follows"),
        ("-holds", "-says", "no block follows"),
        ('-holds"', '-holds" source="above"', "no block follows"),
        ("assert b < c", "pass", "1 assertions for 2 sentences"),
        ("assert b < c", "assert True", "1 assertions for 2 sentences"),
        ("assert b < c", "assert b < c\nprint(c)", "it shows something"),
        (f"{MARK}\n", "", "no reading before it"),
    ],
)
def test_a_reading_without_its_assertions_is_found(old: str, new: str, problem: str) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    assert any(problem in found for found in problems(text))


def test_a_folded_reading_is_held_as_well() -> None:
    def folded(reading: str) -> str:
        return f"# T\n\n{RESULT}\n/// details | More\n\nLess is 5.\n\n{reading}\n{HOLDS}\n///\n"

    assert problems(folded(READING)) == []
    assert unmarked_readings(Path("page.md"), folded(READING)) == []
    assert problems(folded(READING).replace("-holds", "-says"))
    assert quote_problems(Path("page.md"), folded(READING)) != []


@pytest.mark.parametrize(
    ("sentence", "code", "found"),
    [
        ("It falls to 2.5 nats.", "assert a == 2.5", 0),
        ("It falls to 2.6 nats.", "assert a == 2.5", 1),
        ("It falls by 40 % in 1,000 steps.", "assert a[1_000] < 0.6 and a > 0.4", 0),
        ("It falls by 30 % in 1,000 steps.", "assert a[1_000] < 0.6 and a > 0.4", 1),
        ("As [1.1](a.md) says, $x^2$ falls.", "assert a", 0),
    ],
)
def test_a_number_that_the_assertions_do_not_name_is_found(
    sentence: str, code: str, found: int
) -> None:
    holds = HOLDS.replace("assert a < b\nassert b < c", code)
    text = f"{RESULT}\n{sentence}\n{MARK}\n\n{holds}"
    assert len(unnamed_numbers(Path("page.md"), text)) == found


SAYS = f"The first is smaller. That, as $m < n$ says, is the\n*largest*, at 2.5.\n{MARK}\n"
QUOTED = HOLDS.replace("a < b", 'a < b, "The first is smaller"').replace(
    "b < c", 'b < c, "is the largest, at 2.5"'
)


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ("smaller", "larger", ["does not say", "first", "larger", "is larger"]),
        (
            "is smaller",
            "is not smaller",
            ["does not say", "first", "smaller", "not", "is not smaller"],
        ),
        ("2.5", "2.6", ["does not say", "largest", "2.6", "is the largest"]),
        ("That", "Each", ["Each"]),
        ("That", "That, never two", ["never", "two", "That, never two, as $m < n$ says,"]),
        ("That", "That one, a red one", ["That one, a red one, as $m < n$ says,"]),
        ("The first is smaller.", "", ["does not say"]),
    ],
)
def test_a_word_turned_in_the_prose_alone_is_found(old: str, new: str, problems: list[str]) -> None:
    right = f"{RESULT}\n{SAYS}\n{QUOTED}"
    assert quote_problems(Path("page.md"), right) == []
    found = quote_problems(Path("page.md"), right.replace(old, new, 1))
    assert len(found) == len(problems)
    assert all(any(problem in line for line in found) for problem in problems)


def test_a_figure_turned_in_a_formula_is_found() -> None:
    says = f"The first is smaller. Its floor is $\\log 16$.\n{MARK}\n"
    quoted = QUOTED.replace('"is the largest, at 2.5"', r'r"Its floor is $\log 16$"')
    right = f"{RESULT}\n{says}\n{quoted}"
    assert quote_problems(Path("page.md"), right) == []
    assert quote_problems(Path("page.md"), right.replace("16", "17", 1)) != []
    unquoted = right.replace(r' is $\log 16$"', ' is"')
    assert len(quote_problems(Path("page.md"), unquoted)) == 1


def test_the_marked_items_of_a_list_share_the_block_behind_the_list() -> None:
    items = (
        f"- The first is smaller.\n  {MARK}\n- Text.\n- **So.** The last is the "
        f"largest.\n  {MARK}\n"
    )
    assert problems(f"{RESULT}\n{items}\n{HOLDS}") == []
    assert problems(f"{RESULT}\n{items}\nText.\n\n{HOLDS}") != []
    more = items.replace("is smaller.", "is smaller. Or is it?")
    assert "2 assertions for 3 sentences" in problems(f"{RESULT}\n{more}\n{HOLDS}")[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{RESULT}\nThe first is larger.\n", 1),
        (f"{RESULT}\nIt is 0.3 of them.\n", 1),
        (f"{RESULT}\n- It is worse.\n- It is worst.\n", 2),
        (f'{RESULT}\n```python exec="1" session="page" id="page-b"\nassert a\n```\n\nTwo.\n', 1),
        (f"{RESULT}\nText.\n\nThe first is larger.\n", 1),
        (f"{RESULT}\nText.\n", 0),
        (f"{RESULT}\nAs [1.1](a.md) proves.\n", 0),
        (f"{RESULT}\nTwo more of them:\n\n{RESULT}", 0),
        (f"{RESULT}\n## Heading\n\nThe first is larger.\n", 0),
        (f"//// note\n\n/// details | D\n\nText.\n\n///\n////\n\n{RESULT}\nIt is larger.\n", 1),
        ("The first is larger.\n", 0),
    ],
)
def test_a_reading_without_a_mark_is_found(text: str, found: int) -> None:
    assert len(unmarked_readings(Path("page.md"), text)) == found


def test_on_the_page_the_mark_is_a_class_and_the_block_leaves_nothing() -> None:
    fence = {"name": "python", "class": "python", "validator": validator, "format": formatter}
    html = markdown.markdown(
        GOOD.replace("assert", "a, b, c = 1, 2, 3\nassert", 1).replace("print(a)", "print(1)"),
        extensions=["attr_list", "pymdownx.superfences"],
        extension_configs={"pymdownx.superfences": {"custom_fences": [fence]}},
    )
    reading, after = html.split('<p class="reading">')[1].split("</p>", 1)
    assert MARK not in html
    assert "largest" in reading
    # an empty paragraph is left, which has no height and whose margins collapse
    assert after.replace("<p></p>", "").split() == ["<p>Text.</p>"]
