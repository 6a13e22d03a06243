"""Pictures for the player: one PNG a frame."""

import base64
import io
from html import escape
from typing import Any

import matplotlib.image
import numpy as np
from numpy.typing import NDArray

from tools.drawing.described import Pictures


def drawn_pictures(pictures: Pictures, still: int) -> tuple[str, dict[str, Any]]:
    """The panel with its still picture, which the alternative text of the player describes, and
    what the script needs."""
    urls = [_data_url(frame) for frame in np.asarray(pictures.frames)]
    height, width = np.shape(pictures.frames)[1:3]
    picture = (
        f'<img class="gt-picture" data-moves="src" src="{urls[still]}" alt="" width="{width}" '
        f'height="{height}">'
    )
    html = (
        f'<div class="gt-panel"><p class="gt-panel-title">{escape(pictures.title)}</p>'
        f"{picture}</div>"
    )
    return html, {"kind": "pictures", "pictures": urls}


def _data_url(picture: NDArray[np.float64]) -> str:
    file, levels = io.BytesIO(), np.round(255 * picture).astype(np.uint8)
    matplotlib.image.imsave(file, levels, format="png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
