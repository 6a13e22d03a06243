"""Small images as text: 8 bits a pixel, deflated, in base 64."""

import base64
import zlib

import numpy as np
from jaxtyping import Array, Float


def packed(images: Float[Array, " *shape"]) -> str:
    """Images with pixels in [0, 1] as text."""
    pixels = np.round(np.asarray(images) * 255).astype(np.uint8)
    return base64.b64encode(zlib.compress(pixels.tobytes(), 9)).decode()


def unpacked(text: str, *shape: int) -> np.ndarray:
    """The images of `packed`, of the given shape, in [0, 1]."""
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return pixels.reshape(shape) / 255
