"""Sheets of small colour images, one row per kind."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

COLUMNS = 12


def portrait_sheet(rows: Mapping[str, NDArray[np.float32]]) -> Figure:
    """The first twelve images of every kind; label to images in [-1, 1] of equal sides."""
    figure, axes = plt.subplots(len(rows), 1, figsize=(5.2, 0.38 * len(rows)), squeeze=False)
    for axis, (label, images) in zip(axes[:, 0], rows.items(), strict=True):
        shown = np.asarray(images[:COLUMNS])
        side = shown.shape[1]
        tiles = np.zeros((len(shown), side + side // 8, side + side // 8, 4))  # transparent gaps
        tiles[:, :side, :side] = 1.0
        tiles[:, :side, :side, :3] = (shown + 1) / 2
        strip = tiles.transpose(1, 0, 2, 3).reshape(tiles.shape[1], -1, 4)
        axis.imshow(np.round(255 * strip).astype(np.uint8), interpolation="nearest")
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
        axis.set_ylabel(label, rotation=0, ha="right", va="center")
    figure.subplots_adjust(left=0.24, right=0.995, top=0.995, bottom=0.005, hspace=0.05)
    return figure
