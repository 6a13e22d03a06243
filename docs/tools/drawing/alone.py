"""The drawings of a page outside of it: a notebook shows them, a script saves them; of a history,
the last frame."""

import builtins
import itertools
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from gantheory.plots import PALETTE
from tools.drawing.described import (
    Drawing,
    Panel,
    Plane,
    Series,
    Switch,
    check_frames,
    check_switches,
)

NUMBERS = itertools.count(1)


def show_figure(figure: Figure, *, alt: str, caption: str) -> None:
    """Show a figure in a notebook, or else save it into the working directory; its caption is
    printed."""
    if hasattr(builtins, "get_ipython"):
        print(caption)
        import_module("IPython.display").display(figure)
    else:
        path = f"{Path(sys.argv[0]).stem}-{next(NUMBERS)}.png"
        figure.savefig(path, dpi=150, bbox_inches="tight", metadata={"Description": alt})
        print(f"[{path}] {caption}")
    plt.close(figure)


def show_player(
    *,
    panels: Sequence[Panel | Plane],
    steps: ArrayLike,
    alt: str,
    caption: str,
    counter: str = "step",
) -> None:
    """Draw the last frame of what has a slider on the page."""
    numbers = np.asarray(steps)
    check_frames(panels, len(numbers))
    figure, rows = plt.subplots(
        len(panels), 1, figsize=(5.2, 3.4 * len(panels)), squeeze=False, layout="constrained"
    )
    for panel, axes in zip(panels, rows[:, 0], strict=True):
        axes.set_title(panel.title)
        if isinstance(panel, Plane):
            _draw_plane(axes, panel)
        else:
            _draw_panel(axes, panel)
    figure.suptitle(f"{counter} {numbers[-1]:g}")
    show_figure(figure, alt=alt, caption=caption)


def show_switchable(drawings: Sequence[Drawing], switches: Mapping[str, Switch]) -> None:
    """Show the figures with all their curves."""
    check_switches(drawings, switches)
    print("curves:", ", ".join(switch.label for switch in switches.values()))
    for drawing in drawings:
        show_figure(drawing.figure, alt=drawing.alt, caption=drawing.caption)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    for series in panel.series:
        _draw_series(axes, series)
    axes.set(xlabel=panel.x_label, ylabel=panel.y_label, xlim=panel.x_range, ylim=panel.y_range)
    axes.legend(frameon=False)


def _draw_series(axes: Axes, series: Series) -> None:
    x, y = np.asarray(series.x), np.atleast_2d(np.asarray(series.y))[-1]
    colour = PALETTE[series.role]
    if series.kind == "line":
        axes.plot(x, y, color=colour, label=series.label)
    elif series.kind == "area":
        axes.fill_between(x, y, color=colour, alpha=0.3, label=series.label)
    else:
        width = float(x[1] - x[0]) if len(x) > 1 else 1.0
        axes.bar(x, y, width, color=colour, alpha=0.4, label=series.label)


def _draw_plane(axes: Axes, plane: Plane) -> None:
    heat, samples = np.asarray(plane.heat)[-1], np.asarray(plane.samples)[-1]
    arrows = plane.arrow_scale * np.asarray(plane.arrows)[-1]
    lengths = np.linalg.norm(arrows, axis=1)
    arrows = arrows * np.minimum(1, plane.longest / np.maximum(lengths, 1e-12))[:, None]
    colours = np.where(lengths > plane.longest, PALETTE["accent"], PALETTE["ink"])
    extent = (*plane.window, *plane.window)
    axes.imshow(heat, extent=extent, origin="lower", cmap="Greens", vmin=0, vmax=1)
    axes.plot(*np.asarray(plane.data).T, ".", color=PALETTE["real"], label="data")
    axes.plot(*samples.T, ".", color=PALETTE["fake"], label="generated")
    axes.quiver(*samples.T, *arrows.T, angles="xy", scale_units="xy", scale=1, color=colours)
    axes.set(xlim=plane.window, ylim=plane.window)
    axes.set_xlabel(f"green: {plane.heat_label}; arrows: {plane.arrow_label}")
    axes.legend(loc="upper right", fontsize="small")
