"""What stands in for the page in its script: figures are saved, players are drawn as their last frame.

`scripts.py` writes this file in front of the code of every page that draws.
"""

import itertools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from gantheory.plots import PALETTE

NUMBERS = itertools.count(1)


def show_figure(figure, *, alt, caption):
    """Save a figure into the working directory, and print its caption."""
    path = f"{Path(sys.argv[0]).stem}-{next(NUMBERS)}.png"
    figure.savefig(path, dpi=150, bbox_inches="tight", metadata={"Description": alt})
    plt.close(figure)
    print(f"[{path}] {caption}")


def show_player(*, panels, steps, alt, caption, counter="step"):
    """Draw the last frame of what has a slider on the page."""
    figure, rows = plt.subplots(
        len(panels), 1, figsize=(5.2, 3.4 * len(panels)), squeeze=False, layout="constrained"
    )
    for panel, axes in zip(panels, rows[:, 0], strict=True):
        axes.set_title(panel.title)
        panel.draw(axes)
    figure.suptitle(f"{counter} {np.asarray(steps)[-1]:g}")
    show_figure(figure, alt=alt, caption=caption)


@dataclass
class Series:
    """A curve of a panel; only the last frame of one that moves is drawn."""

    label: str
    role: str
    x: Any
    y: Any
    kind: str = "line"

    def draw(self, axes):
        """Draw the curve in the colour of its role."""
        x, y = np.asarray(self.x), np.atleast_2d(np.asarray(self.y))[-1]
        colour = PALETTE.get(self.role, "black")
        if self.kind == "line":
            axes.plot(x, y, color=colour, label=self.label)
        elif self.kind == "area":
            axes.fill_between(x, y, color=colour, alpha=0.3, label=self.label)
        else:
            width = x[1] - x[0] if len(x) > 1 else 1.0
            axes.bar(x, y, width, color=colour, alpha=0.4, label=self.label)


@dataclass
class Panel:
    """One pair of axes."""

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    series: Any

    def draw(self, axes):
        """Draw all curves."""
        for series in self.series:
            series.draw(axes)
        axes.set(xlabel=self.x_label, ylabel=self.y_label, xlim=self.x_range, ylim=self.y_range)
        axes.legend(frameon=False)


@dataclass
class Plane:
    """A panel of the plane: a heat map, data, and samples with an arrow on each."""

    title: str
    window: tuple[float, float]
    heat: Any
    heat_label: str
    data: Any
    samples: Any
    arrows: Any
    arrow_label: str
    arrow_scale: float
    longest: float

    def draw(self, axes):
        """Draw the last frame; arrows that would be too long are cut to the longest length."""
        heat, samples = np.asarray(self.heat)[-1], np.asarray(self.samples)[-1]
        arrows = self.arrow_scale * np.asarray(self.arrows)[-1]
        lengths = np.linalg.norm(arrows, axis=1, keepdims=True)
        arrows = arrows * np.minimum(1, self.longest / np.maximum(lengths, 1e-12))
        axes.imshow(heat, extent=2 * self.window, origin="lower", cmap="Greens", vmin=0, vmax=1)
        axes.plot(*np.asarray(self.data).T, ".", color=PALETTE["real"], label="data")
        axes.plot(*samples.T, ".", color=PALETTE["fake"], label="generated")
        axes.quiver(*samples.T, *arrows.T, angles="xy", scale_units="xy", scale=1)
        axes.set(xlim=self.window, ylim=self.window)
        axes.set_xlabel(f"green: {self.heat_label}; arrows: {self.arrow_label}")
        axes.legend(loc="upper right", fontsize="small")


class Switch(NamedTuple):
    """A curve that the page can switch on and off."""

    label: str
    role: str
    style: str
    on: bool


class Drawing(NamedTuple):
    """A figure with its alternative text and its caption."""

    figure: Any
    alt: str
    caption: str


def show_switchable(drawings, switches):
    """Save the figures with all their curves."""
    print("curves:", ", ".join(switch.label for switch in switches.values()))
    for drawing in drawings:
        show_figure(drawing.figure, alt=drawing.alt, caption=drawing.caption)
