"""Training histories with a slider, played by `docs/site/javascripts/player.js`.

Each panel becomes its last frame as SVG, and the data for the script; the kind that is named in the
data is the script's rule to draw it.
"""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tools.drawing.captions import attribute, figcaption, required
from tools.drawing.curves import Curve, Frame, curve
from tools.drawing.described import Panel, Plane, Series, check_frames
from tools.drawing.panel_svg import panel_svg
from tools.drawing.plane import drawn_plane


def show_player(
    *,
    panels: Sequence[Panel | Plane],
    steps: ArrayLike,
    alt: str,
    caption: str,
    counter: str = "step",
) -> None:
    """Put a player of `panels` on the page.

    `steps` holds the number of each frame, and `counter` says of what.
    """
    print(player_html(panels=panels, steps=steps, alt=alt, caption=caption, counter=counter))


def player_html(
    *,
    panels: Sequence[Panel | Plane],
    steps: ArrayLike,
    alt: str,
    caption: str,
    counter: str = "step",
) -> str:
    """A `<gan-player>`: the last frame drawn, and the data of all frames for the script."""
    alt, caption = required("alt", alt), required("caption", caption)
    numbers = [int(step) if step == int(step) else float(step) for step in np.asarray(steps)]
    check_frames(panels, len(numbers))
    drawings, data = zip(*map(_drawn, panels), strict=True)
    frames = {"steps": numbers, "counter": counter, "panels": data}
    text = json.dumps(frames, separators=(",", ":"))
    return (
        '<figure class="gt-figure gt-player">'
        f'<gan-player role="group" aria-label="{attribute(alt)}">'
        f'<div class="gt-panels" data-search-exclude>{"".join(drawings)}</div>'
        f"<template data-search-exclude>{escape(text, quote=False)}</template>"
        f"</gan-player>{figcaption(caption)}</figure>"
    )


def _drawn(panel: Panel | Plane) -> tuple[str, dict[str, Any]]:
    """A panel with its last frame, and what the script needs."""
    if isinstance(panel, Plane):
        return drawn_plane(panel)
    curves = [_curve(panel, series) for series in panel.series]
    data = {"kind": "curves", "curves": [one.data() for one in curves if one.moves]}
    return _panel_html(panel, curves), data


def _curve(panel: Panel, series: Series) -> Curve:
    frame = Frame(panel.x_range, panel.y_range)
    return curve(
        frame, series.kind, np.asarray(series.x, dtype=float), np.asarray(series.y, dtype=float)
    )


def _panel_html(panel: Panel, curves: Sequence[Curve]) -> str:
    legend = "".join(
        f'<li class="gt-key gt-{series.kind}" style="--c: var(--gt-{series.role})">'
        f"{escape(series.label)}</li>"
        for series in panel.series
    )
    paths = "".join(
        f'<path class="gt-{series.kind}" style="--c: var(--gt-{series.role})"'
        f'{" data-moves" if one.moves else ""} d="{one.path(-1)}"/>'
        for series, one in zip(panel.series, curves, strict=True)
    )
    name = f"{panel.title}: {panel.y_label} against {panel.x_label}"
    svg = panel_svg(Frame(panel.x_range, panel.y_range), name, panel.x_label, panel.y_label, paths)
    return (
        f'<div class="gt-panel"><p class="gt-panel-title">{escape(panel.title)}</p>'
        f'{svg}<ul class="gt-legend">{legend}</ul></div>'
    )
