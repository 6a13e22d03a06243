"""Training histories with a slider, played by `docs/javascripts/player.js`.

A panel says how many frames it has, `frame_counts`, and gives its last frame and the data for the script, `drawn`. The
kind that is named in the data is the script's rule to draw it.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from _support.captions import attribute, figcaption, required
from _support.curves import KINDS, Curve, Frame, Kind, curve
from _support.output import emit
from _support.panel_svg import panel_svg
from _support.plane import Plane
from gantheory.plots import PALETTE

ROLES = tuple(PALETTE)


@dataclass(frozen=True)
class Series:
    """One curve: `y` of shape `(n,)` stays, `y` of shape `(frames, n)` moves."""

    label: str
    role: str
    x: ArrayLike
    y: ArrayLike
    kind: Kind = "line"

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        for name, value, allowed in (("kind", self.kind, KINDS), ("role", self.role, ROLES)):
            if value not in allowed:
                raise ValueError(
                    f"{name} of series {self.label!r}: expected one of {allowed}, got {value!r}"
                )
        x, y = np.shape(self.x), np.shape(self.y)
        if len(x) != 1 or len(y) not in (1, 2) or y[-1] != x[0] or not x[0]:
            raise ValueError(
                f"series {self.label!r}: expected x (n,) and y (n,) or (frames, n), got {x} and {y}"
            )


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    series: Sequence[Series]

    def __post_init__(self) -> None:
        """Refuse empty ranges."""
        for name, (low, high) in (("x_range", self.x_range), ("y_range", self.y_range)):
            if not -math.inf < low < high < math.inf:
                raise ValueError(
                    f"{name} of panel {self.title!r}: expected low < high, got ({low}, {high})"
                )

    def frame_counts(self) -> dict[str, int]:
        """What moves, and how many frames it has."""
        return {
            f"series {series.label!r}": np.shape(series.y)[0]
            for series in self.series
            if np.ndim(series.y) == 2
        }

    def drawn(self) -> tuple[str, dict[str, Any]]:
        """The panel with its last frame, and what the script needs."""
        curves = [_curve(self, series) for series in self.series]
        data = {"kind": "curves", "curves": [one.data() for one in curves if one.moves]}
        return _panel_html(self, curves), data


def show_player(
    *,
    panels: Sequence[Panel | Plane],
    steps: ArrayLike,
    alt: str,
    caption: str,
    counter: str = "step",
) -> None:
    """Put a player of `panels` on the page; `steps` holds the number of each frame, and `counter` says of what."""
    emit(player_html(panels=panels, steps=steps, alt=alt, caption=caption, counter=counter))


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
    _check_frames(panels, len(numbers))
    drawings, data = zip(*(panel.drawn() for panel in panels), strict=True)
    frames = {"steps": numbers, "counter": counter, "panels": data}
    text = json.dumps(frames, separators=(",", ":"))
    return (
        '<figure class="gt-figure gt-player">'
        f'<gan-player role="group" aria-label="{attribute(alt)}">'
        f'<div class="gt-panels" data-search-exclude>{"".join(drawings)}</div>'
        f"<template data-search-exclude>{escape(text, quote=False)}</template>"
        f"</gan-player>{figcaption(caption)}</figure>"
    )


def _check_frames(panels: Sequence[Panel | Plane], frames: int) -> None:
    moving = [found for panel in panels for found in panel.frame_counts().items()]
    if not moving:
        raise ValueError(
            "panels of a player: expected a series that moves, y of shape (frames, n), got none"
        )
    for name, count in moving:
        if count != frames:
            raise ValueError(
                f"{name}: expected {frames} frames, one for each of steps, got {count}"
            )


def _curve(panel: Panel, series: Series) -> Curve:
    frame = Frame(panel.x_range, panel.y_range)
    return curve(
        frame, series.kind, np.asarray(series.x, dtype=float), np.asarray(series.y, dtype=float)
    )


def _panel_html(panel: Panel, curves: Sequence[Curve]) -> str:
    legend = "".join(
        f'<li class="gt-key gt-{series.kind}" style="--c: var(--gt-{series.role})">{escape(series.label)}</li>'
        for series in panel.series
    )
    paths = "".join(
        f'<path class="gt-{series.kind}" style="--c: var(--gt-{series.role})"'
        f'{" data-moves" if one.moves else ""} d="{one.path(-1)}"/>'
        for series, one in zip(panel.series, curves, strict=True)
    )
    name = f"{panel.title}: {panel.y_label} against {panel.x_label}"
    svg = panel_svg(Frame(panel.x_range, panel.y_range), name, panel.x_label, panel.y_label, paths)
    return f'<div class="gt-panel"><p class="gt-panel-title">{escape(panel.title)}</p>{svg}<ul class="gt-legend">{legend}</ul></div>'
