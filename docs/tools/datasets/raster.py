"""From a drawing's SVG text to pixels."""

import io

import numpy as np
import resvg_py
from PIL import Image

OVERSAMPLING = 4


class BlankError(ValueError):
    """Nothing is drawn: the picture is white all over."""


Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]


def rasterise(svg: str, size: int) -> Pixels:
    """The drawing on white, `size` by `size` pixels, each the mean of 4 × 4 finer ones."""
    fine = on_white(svg, OVERSAMPLING * size)
    return np.asarray(fine.resize((size, size), Image.Resampling.BOX))


def rasterise_to_fit(svg: str, size: int, margin: int) -> Pixels:
    """Like `rasterise`, but cropped to what is drawn and centred within a margin, so that no
    designer draws smaller than another.

    Raises:
        BlankError: The picture is white all over.
    """
    fine = on_white(svg, OVERSAMPLING * size)
    drawn = np.argwhere(np.asarray(fine).min(axis=2) < 255)
    if not len(drawn):
        raise BlankError
    (top, left), (bottom, right) = drawn.min(axis=0), drawn.max(axis=0) + 1
    room = size - 2 * margin
    scale = room / max(bottom - top, right - left)
    height, width = (max(1, round(scale * length)) for length in (bottom - top, right - left))
    cropped = fine.crop((left, top, right, bottom)).resize((width, height), Image.Resampling.BOX)
    canvas = Image.new("RGB", (size, size), "white")
    canvas.paste(cropped, ((size - width) // 2, (size - height) // 2))
    return np.asarray(canvas)


def on_white(svg: str, size: int) -> Image.Image:
    """The drawing rendered over white, without any font of this machine."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(png)) as drawn:
        layer = drawn.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")
