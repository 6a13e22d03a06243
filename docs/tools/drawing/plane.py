"""Panels of the plane for the player: a heat map, data, and samples with an arrow on each."""

from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.drawing.curves import SQUARE, Frame
from tools.drawing.described import Plane
from tools.drawing.panel_svg import panel_svg
from tools.drawing.plane_text import (
    LEVELS,
    RADIUS,
    UNITS,
    dot,
    frame_paths,
    heat_text,
    samples_text,
)

STRONGEST = 0.6  # the opacity of the highest level


def drawn_plane(plane: Plane, still: int) -> tuple[str, dict[str, Any]]:
    """The panel with its still frame, and what the script needs."""
    data = {
        "kind": "plane",
        "heat": [heat_text(heat) for heat in np.asarray(plane.heat, dtype=float)],
        "samples": [
            samples_text(_share(plane, places), arrows * _drawn_share(plane), _longest(plane))
            for places, arrows in zip(
                np.asarray(plane.samples, dtype=float),
                np.asarray(plane.arrows, dtype=float),
                strict=True,
            )
        ],
    }
    return _html(plane, frame_paths(data["heat"][still], data["samples"][still])), data


def _share(plane: Plane, places: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = plane.window
    return (places - low) / (high - low)


def _drawn_share(plane: Plane) -> float:
    return plane.arrow_scale / (plane.window[1] - plane.window[0])


def _longest(plane: Plane) -> float:
    return plane.longest / (plane.window[1] - plane.window[0])


def _html(plane: Plane, paths: list[str]) -> str:
    *levels, arrows, cut, samples = paths
    side = np.shape(plane.heat)[1]
    inside = _share(plane, np.asarray(plane.data, dtype=float))
    places = np.floor(inside[np.all((inside >= 0) & (inside < 1), axis=1)] * UNITS).astype(int)
    still = "".join(dot(int(x), UNITS - 1 - int(y), 2 * RADIUS // 3) for x, y in places)
    cells = "".join(
        f'<path data-moves fill-opacity="{STRONGEST * level / (LEVELS - 1):.2f}" d="{path}"/>'
        for level, path in enumerate(levels, start=1)
    )
    x, y = SQUARE.left, SQUARE.top
    size = f'width="{SQUARE.right - x}" height="{SQUARE.bottom - y}"'
    inner = (
        f'<svg class="gt-heat" x="{x}" y="{y}" {size} viewBox="0 0 {side} {side}">{cells}</svg>'
        f'<svg x="{x}" y="{y}" {size} viewBox="0 0 {UNITS} {UNITS}">'
        f"{_path('dots', 'real', still, moves=False)}{_path('arrows', 'ink', arrows)}"
        f"{_path('arrows', 'accent', cut)}{_path('dots', 'fake', samples)}</svg>"
    )
    name = f"{plane.title}: {plane.heat_label} in the plane, with data and samples"
    svg = panel_svg(Frame(plane.window, plane.window, SQUARE), name, "x₁", "x₂", inner)
    return (
        f'<div class="gt-panel"><p class="gt-panel-title">{escape(plane.title)}</p>{svg}'
        f'<ul class="gt-legend">{_legend(plane)}</ul></div>'
    )


def _legend(plane: Plane) -> str:
    factor, limit = f"{plane.arrow_scale:g}", f"{plane.longest / plane.arrow_scale:.3g}"
    return "".join(
        f'<li class="gt-key gt-{kind}" style="--c: var(--gt-{role})">{escape(label)}</li>'
        for kind, role, label in (
            ("heat", "discriminator", plane.heat_label),
            ("dots", "real", "data"),
            ("dots", "fake", "generated"),
            ("arrows", "ink", f"{plane.arrow_label}, × {factor}"),
            ("arrows", "accent", f"longer than {limit}: cut"),
        )
    )


def _path(kind: str, role: str, d: str, *, moves: bool = True) -> str:
    marks = " data-moves" if moves else ""
    return f'<path class="gt-{kind}" style="--c: var(--gt-{role})"{marks} d="{d}"/>'
