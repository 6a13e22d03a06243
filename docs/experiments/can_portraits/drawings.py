"""Sheets of small colour images with square pixels."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

COLUMNS = 8
DESCRIBED = 4

Images = NDArray[np.float32]


def portrait_sheet(rows: Mapping[str, Images]) -> Figure:
    """The first eight images of every kind, below its label; label to images in [-1, 1] of equal
    sides."""
    figure, axes = plt.subplots(
        len(rows), 1, figsize=(5.2, 0.92 * len(rows)), squeeze=False, layout="constrained"
    )
    for axis, (label, images) in zip(axes[:, 0], rows.items(), strict=True):
        axis.imshow(tiled(images[:COLUMNS], COLUMNS), interpolation="nearest")
        _bare(axis)
        axis.set_title(label, loc="left")
    return figure


def described_sheet(kinds: Mapping[str, tuple[Images, Sequence[str], Images]]) -> Figure:
    """The first four images of every kind, what is said of each, and below it the portrait that is
    nearest to it; label to images, texts and portraits."""
    figure, axes = plt.subplots(
        2 * len(kinds), DESCRIBED, figsize=(4.4, 2.8 * len(kinds)), layout="constrained"
    )
    for pair, (label, (images, texts, nearest)) in zip(
        axes.reshape(len(kinds), 2, DESCRIBED), kinds.items(), strict=True
    ):
        for column, (above, below) in enumerate(pair.T):
            for axis, image in ((above, images[column]), (below, nearest[column])):
                axis.imshow((image + 1) / 2, interpolation="nearest")
                _bare(axis)
            above.set_xlabel(texts[column], fontsize="small")
        pair[0, 0].set_ylabel(label)
        pair[1, 0].set_ylabel("nearest")
    return figure


def tiled(images: Images, columns: int) -> NDArray[np.float64]:
    """Images in [-1, 1] in rows of so many, with transparent gaps: red, green, blue, opacity."""
    count, side = images.shape[:2]
    pitch = side + side // 8
    tiles = np.zeros((count, pitch, pitch, 4))
    tiles[:, :side, :side, :3] = (np.asarray(images) + 1) / 2
    tiles[:, :side, :side, 3] = 1.0
    rows = tiles.reshape(count // columns, columns, pitch, pitch, 4)
    whole = rows.transpose(0, 2, 1, 3, 4).reshape(-1, columns * pitch, 4)
    return np.round(whole * 255) / 255


def _bare(axis: Axes) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)
