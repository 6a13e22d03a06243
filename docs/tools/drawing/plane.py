"""Panels of the plane for the player: a heat map, data, and samples with an arrow on each."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.drawing.curves import SQUARE, Frame
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


@dataclass(frozen=True)
class Plane:
    """One square panel. Samples outside of the window are left out.

    `heat` is (frames, n, n) with values in [0, 1], its rows from the bottom up; `data` is (m, 2) and stays; `samples` and
    `arrows` are (frames, k, 2). An arrow is drawn `arrow_scale` times as long as it is; one that would be longer than
    `longest`, in units of the axes, is cut to that length and coloured otherwise.
    """

    title: str
    window: tuple[float, float]
    heat: ArrayLike
    heat_label: str
    data: ArrayLike
    samples: ArrayLike
    arrows: ArrayLike
    arrow_label: str
    arrow_scale: float
    longest: float

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        low, high = self.window
        self._require(-np.inf < low < high < np.inf, "window", "low < high", self.window)
        self._require(
            0 < self.arrow_scale < np.inf, "arrow_scale", "a positive number", self.arrow_scale
        )
        self._require(
            0 < self.longest <= (high - low) / 4,
            "longest",
            "a positive length, at most a quarter of the window",
            self.longest,
        )
        self._check_shapes()
        heat = np.asarray(self.heat)
        self._require(
            bool(np.all((heat >= 0) & (heat <= 1))),
            "heat",
            "values in [0, 1]",
            f"values in [{heat.min():g}, {heat.max():g}]",
        )

    def _check_shapes(self) -> None:
        heat, data = np.shape(self.heat), np.shape(self.data)
        samples, arrows = np.shape(self.samples), np.shape(self.arrows)
        square = len(heat) == 3 and heat[1] == heat[2] and min(heat) > 0
        self._require(square, "heat", "(frames, n, n)", heat)
        self._require(len(data) == 2 and data[1] == 2, "data", "(m, 2)", data)
        moving = len(samples) == 3 and samples[0] == heat[0] and samples[2] == 2
        self._require(moving, "samples", f"({heat[0]}, k, 2)", samples)
        self._require(arrows == samples, "arrows", f"{samples}, the shape of samples", arrows)

    def _require(self, good: bool, name: str, expected: str, got: object) -> None:  # noqa: FBT001
        if not good:
            raise ValueError(f"{name} of plane {self.title!r}: expected {expected}, got {got}")

    def frame_counts(self) -> dict[str, int]:
        """What moves, and how many frames it has."""
        return {f"plane {self.title!r}": np.shape(self.heat)[0]}

    def drawn(self) -> tuple[str, dict[str, Any]]:
        """The panel with its last frame, and what the script needs."""
        data = {
            "kind": "plane",
            "heat": [heat_text(heat) for heat in np.asarray(self.heat, dtype=float)],
            "samples": [
                samples_text(self._share(places), arrows * self._drawn_share(), self._longest())
                for places, arrows in zip(
                    np.asarray(self.samples, dtype=float),
                    np.asarray(self.arrows, dtype=float),
                    strict=True,
                )
            ],
        }
        return self._html(frame_paths(data["heat"][-1], data["samples"][-1])), data

    def _share(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self.window
        return (places - low) / (high - low)

    def _drawn_share(self) -> float:
        return self.arrow_scale / (self.window[1] - self.window[0])

    def _longest(self) -> float:
        return self.longest / (self.window[1] - self.window[0])

    def _html(self, paths: list[str]) -> str:
        *levels, arrows, cut, samples = paths
        side = np.shape(self.heat)[1]
        inside = self._share(np.asarray(self.data, dtype=float))
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
        name = f"{self.title}: {self.heat_label} in the plane, with data and samples"
        svg = panel_svg(Frame(self.window, self.window, SQUARE), name, "x₁", "x₂", inner)
        return (
            f'<div class="gt-panel"><p class="gt-panel-title">{escape(self.title)}</p>{svg}'
            f'<ul class="gt-legend">{self._legend()}</ul></div>'
        )

    def _legend(self) -> str:
        factor, limit = f"{self.arrow_scale:g}", f"{self.longest / self.arrow_scale:.3g}"
        return "".join(
            f'<li class="gt-key gt-{kind}" style="--c: var(--gt-{role})">{escape(label)}</li>'
            for kind, role, label in (
                ("heat", "discriminator", self.heat_label),
                ("dots", "real", "data"),
                ("dots", "fake", "generated"),
                ("arrows", "ink", f"{self.arrow_label}, × {factor}"),
                ("arrows", "accent", f"longer than {limit}: cut"),
            )
        )


def _path(kind: str, role: str, d: str, *, moves: bool = True) -> str:
    marks = " data-moves" if moves else ""
    return f'<path class="gt-{kind}" style="--c: var(--gt-{role})"{marks} d="{d}"/>'
