"""Matplotlib figures as inline SVG that follows the site's palette."""

import hashlib
import re

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from gantheory.plots import PALETTE, as_svg
from tools.drawing.captions import attribute, figcaption, minus_signs, required

_DEFAULTS = {
    "#000000": "currentColor",
    "#ffffff": "var(--gt-paper)",
    "#b0b0b0": "var(--gt-grid)",
    "#cccccc": "var(--gt-grid)",
    "#d3d3d3": "var(--gt-grid)",
}
COLOURS = {colour: f"var(--gt-{role})" for role, colour in PALETTE.items()} | _DEFAULTS
"""What each colour of plotting code becomes on the page: the scheme's own colour of that role."""

_WIDEST_ON_A_PHONE = 380.0  # points; a wider figure scrolls inside its own box


def show_figure(figure: Figure, *, alt: str, caption: str) -> None:
    """Put `figure` on the page; it is closed."""
    print(figure_html(figure, alt=alt, caption=caption))


def figure_html(figure: Figure, *, alt: str, caption: str) -> str:
    """A `<figure>` with the drawing inlined, its colours and its font taken from the page; the
    figure is closed."""
    alt, caption = required("alt", alt), required("caption", caption)
    _require_more_than_colour(figure)
    drawing = _svg(figure, alt)
    plt.close(figure)
    width = float(_match(r'viewBox="0 0 ([\d.]+)', drawing))
    drawing = _minus_signs(_palette_colours(_short_numbers(drawing)))
    drawing = _own_ids(_page_font(drawing))
    drawing = _root(drawing, alt)
    scrolls = ' tabindex="0"' if width > _WIDEST_ON_A_PHONE else ""
    return (
        f'<figure class="gt-figure" style="--gt-width: {width:.0f}px">'
        f'<div class="gt-drawing" data-search-exclude{scrolls}>{drawing}</div>'
        f"{figcaption(caption)}</figure>"
    )


def _require_more_than_colour(figure: Figure) -> None:
    """The curves of a legend differ by their dashes or markers, too: not everybody sees colours."""
    for legend in figure.findobj(Legend):
        known: dict[tuple[str, str], str] = {}
        entries = zip(legend.legend_handles, legend.get_texts(), strict=True)
        for label, handle in ((text.get_text(), handle) for handle, text in entries):
            if isinstance(handle, Line2D) and handle.get_linestyle() != "None":
                style = str(handle.get_linestyle()), str(handle.get_marker())
                if style in known:
                    raise ValueError(
                        f"the curves {known[style]!r} and {label!r} differ by colour alone; "
                        f"give each a line style or a marker of its own."
                    )
                known[style] = label


def _svg(figure: Figure, alt: str) -> str:
    """The library's drawing, cut to what is drawn, without what only a file needs."""
    with plt.rc_context(
        {"savefig.transparent": True, "savefig.bbox": "tight", "savefig.pad_inches": 0.04}
    ):
        svg = as_svg(figure, alt=alt)
    for unwanted in (r"<title>.*?</title>", r"<style.*?</style>", r"<!--.*?-->"):
        svg = re.sub(unwanted, "", svg, flags=re.DOTALL)
    return re.sub(r"\s+", " ", svg)


def _root(svg: str, alt: str) -> str:
    """Replace the root's fixed size by a role and a name for those who do not see it."""
    view_box = _match(r'viewBox="([^"]+)"', svg)
    opening = f'<svg class="gt-svg" role="img" aria-label="{attribute(alt)}" viewBox="{view_box}">'
    return re.sub(r"^<svg[^>]*>", lambda _: opening, svg)


def _short_numbers(svg: str) -> str:
    """Two decimals of a point are finer than any screen; the texts between the tags stay as they
    are."""
    return re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag.group()), svg)


def _minus_signs(svg: str) -> str:
    return re.sub(r">[^<]+<", lambda text: minus_signs(text.group()), svg)


def _palette_colours(svg: str) -> str:
    def colour(match: re.Match[str]) -> str:
        return COLOURS.get(match.group().lower(), match.group())

    return re.sub(r"#[0-9a-fA-F]{6}\b", colour, svg)


def _page_font(svg: str) -> str:
    """Let text use the page's font; size, weight and slant are set apart from the family and
    stay."""
    return re.sub(r"font-family: [^;\"]+", "font-family: var(--gt-figure-font)", svg)


def _own_ids(svg: str) -> str:
    """Prefix every id with the drawing's hash, so that figures on one page never share one."""
    prefix = "gt" + hashlib.sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", svg)
    return re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{prefix}-\1"', svg)


def _match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"matplotlib's SVG has nothing that matches {pattern}")
    return found.group(1)
