"""Figures: words required, own ids, the page's colours, text that stays text."""

import re

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from tools.drawing import show_figure
from tools.drawing.figures import figure_html

from gantheory.plots import PALETTE

WORDS = {"alt": "A line.", "caption": "The line $y = x$."}


def drawn(colour: str = PALETTE["real"], label: str = "some words", width: float = 4.0) -> Figure:
    figure, axes = plt.subplots(figsize=(width, 3.0))
    axes.plot([0.0, 1.0], [0.0, 1.0], color=colour, label=label)
    axes.set_xlabel("across")
    axes.legend()
    plt.close(figure)
    return figure


@pytest.mark.parametrize("missing", ["alt", "caption"])
def test_empty_words_are_refused(missing: str) -> None:
    with pytest.raises(ValueError, match=f"a figure needs {missing}"):
        figure_html(drawn(), **{**WORDS, missing: "  "})


@pytest.mark.parametrize(
    ("style", "alone"), [("-", True), ("--", False), ("o-", False), ("o", False)]
)
def test_curves_that_differ_by_colour_alone_are_refused(style: str, *, alone: bool) -> None:
    figure, axes = plt.subplots()
    axes.plot([0.0, 1.0], [0.0, 1.0], color=PALETTE["real"], label="data")
    axes.plot([0.0, 1.0], [1.0, 0.0], style, color=PALETTE["fake"], label="fakes")
    axes.legend()
    plt.close(figure)
    if alone:
        with pytest.raises(ValueError, match="'data' and 'fakes' differ by colour alone"):
            figure_html(figure, **WORDS)
    else:
        assert "fakes" in figure_html(figure, **WORDS)


@pytest.mark.parametrize(
    ("label", "shown"),
    [("1 - σ(h)", "1 − σ(h)"), ("h = -2, -E log D", "h = −2, −E log D"), ("non-sat", "non-sat")],
)
def test_a_hyphen_before_a_term_is_a_minus_sign(label: str, shown: str) -> None:
    assert f">{shown}<" in figure_html(drawn(label=label), **WORDS)


@pytest.mark.parametrize("role", sorted(set(PALETTE) - {"ink"}))
def test_colours_follow_the_scheme(role: str) -> None:
    html = figure_html(drawn(PALETTE[role]), **WORDS)
    assert f"stroke: var(--gt-{role})" in html
    assert PALETTE[role] not in html


def test_no_plain_colour_is_left_of_the_defaults() -> None:
    assert re.findall(r"#[0-9a-f]{6}", figure_html(drawn(), **WORDS)) == []


def test_other_colours_stay() -> None:
    assert "stroke: #123456" in figure_html(drawn("#123456"), **WORDS)


def test_two_figures_share_no_id() -> None:
    ids = [
        set(re.findall(r'\bid="([^"]+)"', figure_html(drawn(label=label), **WORDS)))
        for label in ("first", "second")
    ]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_every_reference_has_its_target() -> None:
    html = figure_html(drawn(), **WORDS)
    references = set(re.findall(r'(?:url\(|href=")#([^")]+)', html))
    assert references
    assert references <= set(re.findall(r'\bid="([^"]+)"', html))


def test_the_same_figure_gives_the_same_text() -> None:
    assert figure_html(drawn(), **WORDS) == figure_html(drawn(), **WORDS)


def test_words_are_on_the_page() -> None:
    html = figure_html(drawn(), alt='A "line".', caption="The line $y = x$ in `code`.")
    assert 'role="img" aria-label="A &quot;line&quot;."' in html
    assert '<span class="arithmatex">\\(y = x\\)</span>' in html
    assert "<code>code</code>" in html
    assert ">some words</text>" in html


def test_only_a_wide_figure_scrolls() -> None:
    assert 'tabindex="0"' not in figure_html(drawn(), **WORDS)
    assert 'tabindex="0"' in figure_html(drawn(width=8.0), **WORDS)


def test_show_figure_prints_and_closes(capsys: pytest.CaptureFixture[str]) -> None:
    figure, _ = plt.subplots()
    show_figure(figure, **WORDS)
    assert capsys.readouterr().out.startswith('<figure class="gt-figure"')
    assert not plt.fignum_exists(figure.number)
