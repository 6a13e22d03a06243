"""The drawings of a page outside of it: a notebook shows them, a script saves them; of a history,
a strip of six frames."""

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
    AnyPanel,
    Arrow,
    Drawing,
    Panel,
    Pictures,
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
    panels: Sequence[AnyPanel],
    steps: ArrayLike,
    alt: str,
    caption: str,
    counter: str = "step",
    still: int = -1,
    notes: Sequence[str] = (),
) -> None:
    """Draw six frames, evenly spaced, of what has a slider on the page; the still one takes the
    place of its neighbour, and notes follow the caption."""
    numbers = np.asarray(steps)
    check_frames(panels, len(numbers), still=still, notes=notes)
    still %= len(numbers)
    moments = sorted({round(place) for place in np.linspace(0, len(numbers) - 1, 6)})
    moments[int(np.argmin(np.abs(np.array(moments) - still)))] = still
    caption = "\n    ".join([caption, *(notes[int(moment)] for moment in moments if notes)])
    figure, grid = plt.subplots(
        2 * len(panels), 3, figsize=(8.0, 4.6 * len(panels)), squeeze=False, layout="constrained"
    )
    for panel, strip in zip(panels, grid.reshape(len(panels), 6), strict=True):
        for place, axes in enumerate(strip):
            if place >= len(moments):
                axes.set_axis_off()
                continue
            if isinstance(panel, Plane):
                _draw_plane(axes, panel, moments[place])
            elif isinstance(panel, Pictures):
                axes.imshow(np.asarray(panel.frames)[moments[place]], interpolation="nearest")
                axes.set_axis_off()
            else:
                _draw_panel(axes, panel, moments[place])
            when = f"{counter} {numbers[moments[place]]:g}"
            axes.set_title(when if place else f"{panel.title}, {when}", fontsize="medium")
            if not place and not isinstance(panel, Pictures):
                axes.legend(frameon=False, fontsize="small")
    show_figure(figure, alt=alt, caption=caption)


def show_switchable(drawings: Sequence[Drawing], switches: Mapping[str, Switch]) -> None:
    """Show the figures with all their curves."""
    check_switches(drawings, switches)
    print("curves:", ", ".join(switch.label for switch in switches.values()))
    for drawing in drawings:
        show_figure(drawing.figure, alt=drawing.alt, caption=drawing.caption)


def _draw_panel(axes: Axes, panel: Panel, frame: int) -> None:
    for series in panel.series:
        if isinstance(series, Arrow):
            _draw_arrow(axes, series, frame)
        else:
            _draw_series(axes, series, frame)
    axes.set(xlabel=panel.x_label, ylabel=panel.y_label, xlim=panel.x_range, ylim=panel.y_range)


def _draw_series(axes: Axes, series: Series, frame: int) -> None:
    x, y = np.asarray(series.x), np.asarray(series.y)
    y = y[frame] if y.ndim > 1 else y
    colour = PALETTE[series.role]
    if series.kind == "line":
        dashes = "--" if series.role == "optimal" else "-"
        axes.plot(x, y, dashes, color=colour, label=series.label)
    elif series.kind == "area":
        axes.fill_between(x, y, color=colour, alpha=0.3, label=series.label)
    else:
        width = float(x[1] - x[0]) if len(x) > 1 else 1.0
        axes.bar(x, y, width, color=colour, alpha=0.4, label=series.label)


def _draw_arrow(axes: Axes, arrow: Arrow, frame: int) -> None:
    start, colour = np.asarray(arrow.starts)[frame], PALETTE[arrow.role]
    step = np.asarray(arrow.ends)[frame] - start
    axes.plot(*start, ".", color=colour, label=arrow.label)
    axes.quiver(*start, *step, angles="xy", scale_units="xy", scale=1, color=colour, zorder=3)


def _draw_plane(axes: Axes, plane: Plane, frame: int) -> None:
    heat, samples = np.asarray(plane.heat)[frame], np.asarray(plane.samples)[frame]
    arrows = plane.arrow_scale * np.asarray(plane.arrows)[frame]
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
