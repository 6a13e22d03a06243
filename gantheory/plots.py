"""Figures in the house style. The only module that imports matplotlib (the extra `plots`).

Each role has the same colour in every figure, that of `PALETTE`. A figure is an ordinary matplotlib
figure that pyplot does not track: it need not be closed, a notebook shows it, and a script calls
its `savefig`.
"""

import html
import io
import re
from collections.abc import Mapping
from itertools import cycle
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

try:
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as error:
    raise ImportError(
        'gantheory.plots needs matplotlib: pip install "gantheory[plots]".'
    ) from error

from gantheory._checks import checked

__all__ = ["PALETTE", "Band", "Curve", "as_svg", "band", "curves", "densities", "losses", "spread"]

PALETTE = {
    "real": "#1f6f8b",
    "fake": "#d1495b",
    "discriminator": "#3c8d40",
    "optimal": "#8a5fbf",
    "reference": "#8c8c8c",
    "accent": "#c77d1e",
    "ink": "#000000",
}
"""Role to colour. The site maps these very colours to its light and dark schemes."""

LINE_STYLES = ("-", "--", ":", "-.")
ROLES = {"generator": "fake", "discriminator": "discriminator"}
OTHER_ROLES = ("accent", "optimal", "real", "reference")
MOST_POINTS = 400
COVERAGE = 0.8

Numbers = Array | np.ndarray


class Curve(NamedTuple):
    """A line of a figure: its points, the role that colours it, and a matplotlib line style.

    `edges` shades a band around it, from the first to the second: see `band`.

    Examples:
        >>> import numpy as np
        >>> from gantheory import plots
        >>> line = plots.Curve(x=np.arange(3), y=np.arange(3) ** 2, role="fake")
        >>> print(line.style, plots.PALETTE[line.role])
        - #d1495b
    """

    x: Numbers
    y: Numbers
    role: str
    style: str = "-"
    edges: tuple[Numbers, Numbers] | None = None


def curves(
    lines: Mapping[str, Curve],
    *,
    x_label: str,
    y_label: str,
    y_range: tuple[float, float] | None = None,
    references: Mapping[str, float] | None = None,
) -> Figure:
    """Lines over one axis, with broken horizontal lines at named reference values.

    `lines` maps labels to curves, and `references` labels to heights. Without a `y_range`
    matplotlib chooses the limits of the vertical axis.

    Examples:
        >>> import numpy as np
        >>> from gantheory import plots
        >>> x = np.linspace(0.0, 1.0, 5)
        >>> parabola = plots.Curve(x, x**2, "real")
        >>> figure = plots.curves({"parabola": parabola}, x_label="x", y_label="y")
        >>> print(figure.axes[0].get_ylabel())
        y
    """
    figure, axes = _figure(x_label, y_label)
    for label, line in lines.items():
        axes.plot(line.x, line.y, color=PALETTE[line.role], linestyle=line.style, label=label)
        if line.edges is not None:
            axes.fill_between(
                line.x, *line.edges, color=PALETTE[line.role], alpha=0.25, linewidth=0
            )
    for (label, height), style in zip(
        (references or {}).items(), cycle(LINE_STYLES[1:]), strict=False
    ):
        axes.axhline(height, color=PALETTE["reference"], linestyle=style, linewidth=1, label=label)
    if y_range is not None:
        axes.set_ylim(*y_range)
    axes.legend(frameon=False)
    return figure


def densities(
    grid: Numbers,
    target: Numbers,
    samples: Numbers,
    *,
    discriminator: Numbers | None = None,
    optimal: Numbers | None = None,
    bins: int = 60,
) -> Figure:
    """The target's density against a histogram of samples, and what the discriminator says.

    The increasing `grid` is the horizontal range, which the histogram divides into `bins`. On the
    grid are the density and, against the right-hand axis, D(x) and the optimal D*(x).

    Examples:
        >>> import numpy as np
        >>> from gantheory import plots
        >>> grid = np.linspace(-3.0, 3.0, 50)
        >>> normal = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
        >>> figure = plots.densities(grid, normal, np.linspace(-1.0, 1.0, 20))
        >>> print(figure.axes[0].get_xlabel())
        x
    """
    figure, axes = _figure("x", "density")
    axes.hist(
        np.asarray(samples),
        bins=np.linspace(float(grid[0]), float(grid[-1]), bins + 1).tolist(),
        weights=np.full(len(samples), 1 / len(samples) * bins / float(grid[-1] - grid[0])),
        color=PALETTE["fake"],
        alpha=0.55,
        label="generated",
    )
    axes.plot(grid, target, color=PALETTE["real"], label="target")
    handles, labels = axes.get_legend_handles_labels()
    if discriminator is not None or optimal is not None:
        right = axes.twinx()
        right.spines["top"].set_visible(False)
        right.set_ylim(0, 1)
        right.set_ylabel("probability of being real")
        for values, role, label, style in (
            (discriminator, "discriminator", "D", "-."),
            (optimal, "optimal", "D*", "--"),
        ):
            if values is not None:
                right.plot(grid, values, color=PALETTE[role], linestyle=style, label=label)
        more_handles, more_labels = right.get_legend_handles_labels()
        handles, labels = handles + more_handles, labels + more_labels
    axes.legend(handles, labels, frameon=False, loc="upper left")
    return figure


def spread(
    values: Mapping[str, Numbers], *, y_label: str, target: float | None = None, log: bool = False
) -> Figure:
    """One dot per run, a column per setting, with the median marked: results over seeds.

    The `target` is a goal to draw as a reference line; `log` makes the vertical axis logarithmic.

    Examples:
        >>> import numpy as np
        >>> from gantheory import plots
        >>> runs = {"a": np.array([1.0, 2.0]), "b": np.array([3.0])}
        >>> figure = plots.spread(runs, y_label="distance")
        >>> print([label.get_text() for label in figure.axes[0].get_xticklabels()])
        ['a', 'b']
    """
    figure, axes = _figure("", y_label)
    for column, runs in enumerate(values.values()):
        runs = np.sort(np.asarray(runs))
        offsets = 0.28 * np.sin(2.4 * np.arange(runs.size))  # spreads dots that would overlap
        axes.plot(
            column + offsets, runs, "o", color=PALETTE["fake"], alpha=0.6, markersize=4, mew=0
        )
        axes.hlines(np.median(runs), column - 0.36, column + 0.36, color=PALETTE["ink"])
    if target is not None:
        axes.axhline(target, color=PALETTE["reference"], linestyle="--", linewidth=1)
        axes.annotate("target", (-0.45, target), xytext=(0, 3), textcoords="offset points",
                      color=PALETTE["reference"])  # fmt: skip
    axes.set_xticks(range(len(values)), list(values))
    axes.set_xlim(-0.5, len(values) - 0.5)
    if log:
        axes.set_yscale("log")
    return figure


def losses(steps: Numbers, recorded: Mapping[str, Numbers]) -> Figure:
    """Recorded numbers against the step; of several runs the median and a band of 80 % of them.

    `recorded` maps names, such as the players', to one number for each of the `steps`; of several
    runs both have a leading run axis. Of a long history at most 400 records are drawn, evenly
    spaced.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import plots
        >>> steps = jnp.arange(1, 6)
        >>> figure = plots.losses(steps, {"generator": 1 / steps, "discriminator": 2 - 1 / steps})
        >>> print([line.get_label() for line in figure.axes[0].lines])
        ['generator', 'discriminator']
    """
    others, styles = cycle(OTHER_ROLES), cycle(LINE_STYLES)
    numbers = np.reshape(np.asarray(steps), (-1, np.shape(steps)[-1]))
    every = -(-numbers.shape[1] // MOST_POINTS)
    lines = {}
    for name, values in recorded.items():
        runs = np.reshape(np.asarray(values, np.float32), numbers.shape)[:, every - 1 :: every]
        low, middle, high = (
            np.asarray(edge) for edge in band(jnp.asarray(runs), coverage=COVERAGE)
        )
        edges = (low, high) if len(runs) > 1 else None
        role = ROLES[name] if name in ROLES else next(others)
        lines[name] = Curve(numbers[0, every - 1 :: every], middle, role, next(styles), edges)
    return curves(lines, x_label="step", y_label="loss" if set(recorded) <= set(ROLES) else "")


class Band(NamedTuple):
    """Where most of many runs are: lower edge, median and upper edge, in the units of the runs.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import plots
        >>> low, middle, high = plots.band(jnp.array([1.0, 2.0, 6.0]), coverage=1.0)
        >>> print(low, middle, high)
        1.0 2.0 6.0
    """

    low: Float[Array, " *rest"]
    middle: Float[Array, " *rest"]
    high: Float[Array, " *rest"]


@checked
def band(runs: Float[Array, " runs *rest"], *, coverage: float) -> Band:
    r"""The median over the runs and the central quantiles around it.

    The edges are the quantiles of order $\tfrac12(1 \mp c)$ of the first axis, interpolated
    linearly between neighbouring runs. With $c = 1$ they are the least and the greatest run. A NaN
    in any run makes its place of the band NaN: no run is left out.

    Raises:
        ValueError: The `coverage` $c$ does not lie in [0, 1].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import plots
        >>> losses = jnp.array([[1.0, 4.0], [2.0, 6.0], [6.0, 5.0]])  # three runs, recorded twice
        >>> print(plots.band(losses, coverage=1.0).middle)
        [2. 5.]
    """
    if not 0 <= coverage <= 1:
        raise ValueError(f"coverage must lie in [0, 1], got {coverage}.")
    orders = jnp.asarray([(1 - coverage) / 2, 0.5, (1 + coverage) / 2], runs.dtype)
    return Band(*jnp.quantile(runs, orders, axis=0))


def as_svg(figure: Figure, *, alt: str) -> str:
    """A figure as an SVG element that loads nothing, with `alt` as its alternative text.

    Examples:
        >>> import numpy as np
        >>> from gantheory import plots
        >>> figure = plots.losses(np.array([1, 2]), {"generator": np.array([0.7, 0.6])})
        >>> plots.as_svg(figure, alt="The loss falls.")[:41]
        '<svg role="img" aria-label="The loss fall'
    """
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "gantheory"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = re.sub(r"<metadata>.*?</metadata>", "", buffer.getvalue(), flags=re.DOTALL)
    name = html.escape(alt)
    svg = svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{name}"', 1)
    return svg.replace(">", f"><title>{name}</title>", 1)


class _Drawing(Figure):
    """A figure that a notebook shows, though pyplot does not track it."""

    def _repr_svg_(self) -> str:
        buffer = io.StringIO()
        self.savefig(buffer, format="svg")
        return buffer.getvalue()


def _figure(x_label: str, y_label: str) -> tuple[Figure, Axes]:
    figure = _Drawing(figsize=(5.2, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
