"""Arrows in whole drawing units: the paths of all frames are made here, and the script only sets
them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.drawing.curves import Frame
from tools.drawing.described import Arrow
from tools.drawing.plane_text import dot

HEAD = 150
"""The length of a head, where the arrow is long enough."""


@dataclass(frozen=True)
class Drawn:
    """What moves as a whole: one path for each frame."""

    frames: list[str]
    moves: bool = True

    def path(self, frame: int) -> str:
        """The value of a path's `d`."""
        return self.frames[frame]

    def data(self) -> dict[str, Any]:
        """What the script needs."""
        return {"kind": "drawn", "frames": self.frames}


def drawn_arrow(frame: Frame, arrow: Arrow) -> Drawn:
    """Place an arrow."""
    ends = [
        np.rint(np.stack([frame.across(places[:, 0]), frame.down(places[:, 1])], axis=1))
        for places in (np.asarray(arrow.starts, dtype=float), np.asarray(arrow.ends, dtype=float))
    ]
    return Drawn([_path(*map(int, (*start, *end))) for start, end in zip(*ends, strict=True)])


def _path(x: int, y: int, tip_x: int, tip_y: int) -> str:
    """A dot, a shaft, and a closed head, which is in proportion where the arrow is short."""
    across, down = tip_x - x, tip_y - y
    length = math.hypot(across, down)
    if not length:
        return dot(x, y)
    back = min(HEAD / length, 0.5)
    left, right = (
        (round(-back * (across - side * down / 2)), round(-back * (down + side * across / 2)))
        for side in (1, -1)
    )
    head = f"M{tip_x} {tip_y}l{left[0]} {left[1]}L{tip_x + right[0]} {tip_y + right[1]}z"
    return f"{dot(x, y)}M{x} {y}L{tip_x} {tip_y}{head if back * length > 20 else ''}"
