"""Training histories with a slider, played by `docs/site/javascripts/player.js`.

Each panel becomes one frame as SVG, the last unless another is the still one, and the data for the
script; the kind that is named in the data is the script's rule to draw it.
"""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tools.drawing.arrows import Drawn, drawn_arrow
from tools.drawing.captions import attribute, figcaption, minus_signs, required
from tools.drawing.curves import Curve, Frame, curve
from tools.drawing.described import AnyPanel, Arrow, Panel, Pictures, Plane, Series, check_frames
from tools.drawing.panel_svg import panel_svg
from tools.drawing.pictures import drawn_pictures
from tools.drawing.plane import drawn_plane


def show_player(
    *,
    panels: Sequence[AnyPanel],
    steps: ArrayLike,
    alt: str,
    caption: str,
    counter: str = "step",
    still: int = -1,
    notes: Sequence[str] = (),
) -> None:
    """Put a player of `panels` on the page.

    `steps` holds the number of each frame, and `counter` says of what. Frame `still` is shown at
    first and without scripts; the line `notes[frame]` stands below each.
    """
    words = {"alt": alt, "caption": caption, "counter": counter}
    print(player_html(panels=panels, steps=steps, still=still, notes=notes, **words))


def player_html(
    *,
    panels: Sequence[AnyPanel],
    steps: ArrayLike,
    alt: str,
    caption: str,
    counter: str = "step",
    still: int = -1,
    notes: Sequence[str] = (),
) -> str:
    """A `<gan-player>`: the still frame drawn, and the data of all frames for the script."""
    alt, caption = required("alt", alt), required("caption", caption)
    numbers = [int(step) if step == int(step) else float(step) for step in np.asarray(steps)]
    check_frames(panels, len(numbers), still=still, notes=notes)
    still %= len(numbers)
    drawings, data = zip(*(_drawn(panel, still) for panel in panels), strict=True)
    frames = {"steps": numbers, "counter": counter, "panels": data, "still": still}
    note = ""
    if notes:
        frames["notes"] = [minus_signs(text) for text in notes]
        note = f'<p class="gt-moment" data-search-exclude>{escape(frames["notes"][still])}</p>'
    text = json.dumps(frames, separators=(",", ":"))
    return (
        '<figure class="gt-figure gt-player">'
        f'<gan-player role="group" aria-label="{attribute(alt)}">'
        f'<div class="gt-panels" data-search-exclude>{"".join(drawings)}</div>{note}'
        f"<template data-search-exclude>{escape(text, quote=False)}</template>"
        f"</gan-player>{figcaption(caption)}</figure>"
    )


def _drawn(panel: AnyPanel, still: int) -> tuple[str, dict[str, Any]]:
    """A panel with its still frame, and what the script needs."""
    if isinstance(panel, Plane):
        return drawn_plane(panel, still)
    if isinstance(panel, Pictures):
        return drawn_pictures(panel, still)
    curves = [_curve(panel, series) for series in panel.series]
    data = {"kind": "curves", "curves": [one.data() for one in curves if one.moves]}
    return _panel_html(panel, curves, still), data


def _curve(panel: Panel, series: Series | Arrow) -> Curve | Drawn:
    frame = Frame(panel.x_range, panel.y_range)
    if isinstance(series, Arrow):
        return drawn_arrow(frame, series)
    return curve(
        frame, series.kind, np.asarray(series.x, dtype=float), np.asarray(series.y, dtype=float)
    )


def _panel_html(panel: Panel, curves: Sequence[Curve | Drawn], still: int) -> str:
    looks = [
        f'gt-{"arrow" if isinstance(series, Arrow) else series.kind}" '
        f'style="--c: var(--gt-{series.role})"'
        for series in panel.series
    ]
    legend = "".join(
        f'<li class="gt-key {look}>{escape(series.label)}</li>'
        for series, look in zip(panel.series, looks, strict=True)
    )
    paths = "".join(
        f'<path class="{look}{" data-moves" if one.moves else ""} '
        f'd="{one.path(still if one.moves else 0)}"/>'
        for look, one in zip(looks, curves, strict=True)
    )
    name = f"{panel.title}: {panel.y_label} against {panel.x_label}"
    svg = panel_svg(Frame(panel.x_range, panel.y_range), name, panel.x_label, panel.y_label, paths)
    return (
        f'<div class="gt-panel"><p class="gt-panel-title">{escape(panel.title)}</p>'
        f'{svg}<ul class="gt-legend">{legend}</ul></div>'
    )
