"""Curves in whole drawing units.

All geometry of the player is done here: the script receives integers and joins them to paths
by the same three rules as the `_…_path` functions below, which draw the frame that readers
without scripts see.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.drawing.described import Kind

Height = int | None
"""A height in drawing units; `None` is a gap."""


class Box(NamedTuple):
    """The size of a drawing, and where in it the axes are."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


WIDE = Box(3600, 2500, 470, 3520, 80, 2060)
SQUARE = Box(3600, 3570, 470, 3520, 80, 3130)


@dataclass(frozen=True)
class Frame:
    """The axes' ranges, and the box that they fill."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    box: Box = WIDE

    def across(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Drawing units from the left."""
        return _place(values, self.x_range, self.box.left, self.box.right)

    def down(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Drawing units from the top."""
        return _place(values, self.y_range, self.box.bottom, self.box.top)


@dataclass(frozen=True)
class Curve:
    """One series, one list of heights for each frame."""

    kind: Kind
    x: list[int]
    frames: list[list[Height]]
    base: int
    width: int
    moves: bool

    def path(self, frame: int) -> str:
        """The value of a path's `d`."""
        return _PATHS[self.kind](self, self.frames[frame])

    def data(self) -> dict[str, Any]:
        """What the script needs."""
        return {
            "kind": self.kind,
            "x": self.x,
            "frames": self.frames,
            "base": self.base,
            "width": self.width,
        }


def curve(frame: Frame, kind: Kind, x: NDArray[np.float64], y: NDArray[np.float64]) -> Curve:
    """Place a series; `y` is `(n,)`, or `(frames, n)` when the series moves."""
    low, high = frame.x_range
    spacing = float(x[1] - x[0]) if len(x) > 1 else high - low
    return Curve(
        kind=kind,
        x=[round(value) for value in frame.across(x)],
        frames=[_heights(frame, row) for row in np.atleast_2d(y)],
        base=round(float(frame.down(np.zeros(1))[0])),
        width=round(spacing / (high - low) * (frame.box.right - frame.box.left)),
        moves=y.ndim == 2,
    )


def _place(
    values: NDArray[np.float64], span: tuple[float, float], start: int, end: int
) -> NDArray[np.float64]:
    """Values far outside the span are brought near it: the drawing is cut off at the frame
    anyway."""
    low, high = span
    return start + (end - start) * np.clip((values - low) / (high - low), -1.0, 2.0)


def _heights(frame: Frame, row: NDArray[np.float64]) -> list[Height]:
    return [
        round(height) if math.isfinite(value) else None
        for value, height in zip(row, frame.down(row), strict=True)
    ]


def _runs(curve: Curve, heights: Sequence[Height]) -> list[list[tuple[int, int]]]:
    """The points between two gaps."""
    runs: list[list[tuple[int, int]]] = [[]]
    for x, y in zip(curve.x, heights, strict=True):
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]


def _line_path(curve: Curve, heights: Sequence[Height]) -> str:
    return "".join("M" + "L".join(f"{x} {y}" for x, y in run) for run in _runs(curve, heights))


def _area_path(curve: Curve, heights: Sequence[Height]) -> str:
    return "".join(
        f"M{run[0][0]} {curve.base}L"
        + "L".join(f"{x} {y}" for x, y in run)
        + f"L{run[-1][0]} {curve.base}Z"
        for run in _runs(curve, heights)
    )


def _bars_path(curve: Curve, heights: Sequence[Height]) -> str:
    half = curve.width // 2
    return "".join(
        f"M{x - half} {curve.base}V{y}H{x + half}V{curve.base}Z"
        for run in _runs(curve, heights)
        for x, y in run
    )


_PATHS: dict[Kind, Callable[[Curve, Sequence[Height]], str]] = {
    "line": _line_path,
    "area": _area_path,
    "bars": _bars_path,
}
