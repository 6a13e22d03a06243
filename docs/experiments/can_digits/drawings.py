"""Drawings of the two creative pages: sheets of small images, and fields on the simplex of three
styles."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Array
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from gantheory.shapes import Scalar, StyleVector

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])
SIDE, COLUMNS = 8, 12


def image_sheet(rows: Mapping[str, tuple[Array, str]]) -> Figure:
    """One row of 8x8 images per entry: label to images in [-1, 1] and the colour of their ink.

    Ink is opacity, so that the sheet can be read on light and on dark paper.
    """
    figure, axes = plt.subplots(len(rows), 1, figsize=(5.2, 0.42 * len(rows)), squeeze=False)
    for axis, (label, (images, colour)) in zip(axes[:, 0], rows.items(), strict=True):
        tiles = np.full((COLUMNS, SIDE + 2, SIDE + 2), -1.0)
        tiles[:, 1:-1, 1:-1] = np.asarray(images[:COLUMNS]).reshape(COLUMNS, SIDE, SIDE)
        strip = tiles.transpose(1, 0, 2).reshape(SIDE + 2, -1)
        picture = np.empty((*strip.shape, 4))
        picture[..., :3] = to_rgb(colour)
        picture[..., 3] = (strip + 1) / 2
        axis.imshow(picture, interpolation="nearest")
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
        axis.set_ylabel(label, rotation=0, ha="right", va="center")
    figure.subplots_adjust(left=0.32, right=0.995, top=0.995, bottom=0.005, hspace=0.05)
    return figure


def simplex_panels(
    deviations: Mapping[str, Callable[[StyleVector], Scalar]], colour: str, ink: str
) -> Figure:
    """Level lines of deviations over the posteriors of three styles, and where descent carries
    them.

    The arrows are what a small gradient step in the *logits* does to the posterior; in each panel
    the longest has the same length.
    """
    figure, axes = plt.subplots(2, 2, figsize=(5.2, 4.8))
    for axis, (title, deviation) in zip(axes.flat, deviations.items(), strict=True):
        _simplex(axis, deviation, colour, ink)
        axis.set_title(title, pad=18)
    figure.tight_layout()
    return figure


def _simplex(axis: Axes, deviation: Callable[[StyleVector], Scalar], colour: str, ink: str) -> None:
    fine, coarse = _grid(60, 0.01), _grid(10, 0.035)
    heights = jax.jit(jax.vmap(lambda p: deviation(jnp.log(p))))(fine)
    levels = np.quantile(np.asarray(heights), np.linspace(0.04, 0.96, 9))
    x, y = (np.asarray(fine) @ CORNERS).T
    axis.tricontour(
        x, y, np.asarray(heights), levels=np.unique(levels), colors=colour, linewidths=0.8
    )

    def motion(p: Array) -> Array:
        push = -jax.grad(deviation)(jnp.log(p))
        return p * (push - p @ push)

    motions = np.asarray(jax.jit(jax.vmap(motion))(coarse)) @ CORNERS
    motions /= np.max(np.linalg.norm(motions, axis=1))
    x, y = (np.asarray(coarse) @ CORNERS).T
    axis.quiver(x, y, *motions.T, color=ink, angles="xy", width=0.006, scale=8.0)
    axis.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color=ink, linewidth=0.8)
    for style, (place, below) in enumerate(zip(CORNERS, (True, True, False), strict=True), start=1):
        axis.annotate(
            f"style {style}",
            tuple(place),
            xytext=(0, -4 if below else 3),
            textcoords="offset points",
            ha="center",
            va="top" if below else "bottom",
        )
    axis.set_aspect("equal")
    axis.set_axis_off()


def _grid(count: int, margin: float) -> Array:
    """Points of the simplex, its corners cut off."""
    rows = [(i, j, count - i - j) for i in range(count + 1) for j in range(count + 1 - i)]
    return (1 - 3 * margin) * jnp.asarray(rows, float) / count + margin
