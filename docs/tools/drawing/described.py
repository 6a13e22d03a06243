"""What a page asks to be drawn: panels of a training's history, and figures whose curves can be
switched.

The page draws these as SVG for its scripts, and a script or a notebook with matplotlib
(`alone.py`). This module and that one are copied into them as far as they need it, so neither
imports anything else of `docs/`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from gantheory.plots import PALETTE

Kind = Literal["line", "area", "bars"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ROLES = tuple(PALETTE)
STYLES = ("-", "--", ":", "-.")


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
class Arrow:
    """One arrow that moves: `starts` and `ends` are (frames, 2), and a dot marks its start."""

    label: str
    role: str
    starts: ArrayLike
    ends: ArrayLike

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        if self.role not in ROLES:
            raise ValueError(
                f"role of arrow {self.label!r}: expected one of {ROLES}, got {self.role!r}"
            )
        starts, ends = np.shape(self.starts), np.shape(self.ends)
        if len(starts) != 2 or starts[1] != 2 or starts != ends or not starts[0]:
            raise ValueError(
                f"arrow {self.label!r}: expected starts and ends (frames, 2), got {starts} and "
                f"{ends}"
            )
        if not (np.all(np.isfinite(self.starts)) and np.all(np.isfinite(self.ends))):
            raise ValueError(f"arrow {self.label!r}: expected finite starts and ends")


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    series: Sequence[Series | Arrow]

    def __post_init__(self) -> None:
        """Refuse empty ranges."""
        for name, (low, high) in (("x_range", self.x_range), ("y_range", self.y_range)):
            if not -math.inf < low < high < math.inf:
                raise ValueError(
                    f"{name} of panel {self.title!r}: expected low < high, got ({low}, {high})"
                )

    def frame_counts(self) -> dict[str, int]:
        """What moves, and how many frames it has."""
        counts: dict[str, int] = {}
        for series in self.series:
            if isinstance(series, Arrow):
                counts[f"arrow {series.label!r}"] = np.shape(series.starts)[0]
            elif np.ndim(series.y) == 2:
                counts[f"series {series.label!r}"] = np.shape(series.y)[0]
        return counts


@dataclass(frozen=True)
class Plane:
    """One square panel of the plane: a heat map, data, and samples with an arrow on each.

    `heat` is (frames, n, n) with values in [0, 1], its rows from the bottom up; `data` is (m, 2)
    and stays; `samples` and `arrows` are (frames, k, 2). Samples outside of the window are left
    out. An arrow is drawn `arrow_scale` times as long as it is; one that would be longer than
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


@dataclass(frozen=True)
class Pictures:
    """One picture a frame: `frames` is (frames, height, width, 4), red, green, blue and opacity in
    [0, 1], drawn with square pixels."""

    title: str
    frames: ArrayLike

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        frames = np.asarray(self.frames)
        if frames.ndim != 4 or frames.shape[3] != 4 or not frames.size:
            raise ValueError(
                f"frames of pictures {self.title!r}: expected (frames, height, width, 4), got "
                f"{frames.shape}"
            )
        if not np.all((frames >= 0) & (frames <= 1)):
            raise ValueError(
                f"frames of pictures {self.title!r}: expected values in [0, 1], got values in "
                f"[{frames.min():g}, {frames.max():g}]"
            )

    def frame_counts(self) -> dict[str, int]:
        """What moves, and how many frames it has."""
        return {f"pictures {self.title!r}": np.shape(self.frames)[0]}


AnyPanel = Panel | Plane | Pictures
"""What a player can show."""


def check_frames(
    panels: Sequence[AnyPanel], frames: int, *, still: int = -1, notes: Sequence[str] = ()
) -> None:
    """Refuse panels in which nothing moves, or that have not one frame for each step; a still frame
    that is none, and notes that are not one for each step, too."""
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
    if not -frames <= still < frames:
        raise ValueError(f"still: expected the index of one of {frames} frames, got {still}")
    if notes and len(notes) != frames:
        raise ValueError(f"notes: expected {frames}, one for each of steps, got {len(notes)}")


class Switch(NamedTuple):
    """One curve's label, its role in the palette, its matplotlib line style, and whether it is
    shown at first."""

    label: str
    role: str
    style: str
    on: bool


class Drawing(NamedTuple):
    """A figure with its alternative text and its caption."""

    figure: Figure
    alt: str
    caption: str


def check_switches(drawings: Sequence[Drawing], switches: Mapping[str, Switch]) -> None:
    """Refuse a switch that cannot be drawn, or that no figure has a curve for."""
    found = {
        artist.get_gid()
        for drawing in drawings
        for artist in drawing.figure.findobj(include_self=True)
    }
    for name, switch in switches.items():
        if not name.replace("_", "").isalnum():
            raise ValueError(
                f"a switch's name must be letters, digits and underscores, got {name!r}"
            )
        if switch.role not in ROLES or switch.style not in STYLES:
            raise ValueError(f"switch {name!r} has an unknown role or line style")
        if f"curve-{name}" not in found:
            raise ValueError(f"no figure has a curve with the gid 'curve-{name}'")
