"""Images as bytes and as real numbers: what the readers return, and the step between the two."""

from typing import NamedTuple, Protocol, TypeVar, cast, runtime_checkable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from gantheory._checks import described
from gantheory.data.arrays import native, pair

__all__ = ["LabelledImages", "Scaled", "to_bytes", "to_signed"]

Pixels = TypeVar("Pixels", Array, np.ndarray)

ByteImage = UInt8[np.ndarray, " height width channels"]
"""One image as it is stored."""

FloatImage = Float[np.ndarray, " height width channels"]
"""One image as a network sees it, in [-1, 1]."""


class LabelledImages(NamedTuple):
    """Images in memory with one label each.

    `Dataset(to_signed(read.images), latent, batch_size, read.labels)` is a source over them.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import data
        >>> images = jnp.zeros((2, 8, 8, 3), jnp.uint8)
        >>> labels = jnp.array([0, 1])
        >>> read = data.LabelledImages(images, labels, class_names=("cubism", "fauvism"))
        >>> data.Dataset(data.to_signed(read.images), data.Uniform(4), 2, read.labels).classes
        2
    """

    images: UInt8[Array, " batch height width channels"]
    labels: Int[Array, " batch"]
    class_names: tuple[str, ...]


@runtime_checkable
class IndexedImages(Protocol):
    """Anything with a length whose items are images with labels, such as an `ImageFolder`."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> tuple[ByteImage, int]: ...


class Scaled:
    """Labelled images that are scaled to [-1, 1] as they are read, one at a time.

    Examples:
        >>> import numpy as np
        >>> from gantheory import data
        >>> pictures = [(np.full((8, 8, 1), 255, np.uint8), 0)]
        >>> image, label = data.Scaled(pictures)[0]
        >>> print(image.max(), label)
        1.0 0
    """

    def __init__(self, images: IndexedImages):
        """Scale what `images`, such as an `ImageFolder`, holds."""
        if not isinstance(images, IndexedImages):
            raise TypeError(
                "images must have a length and integer indexing, such as data.ImageFolder(…), "
                f"got {described(images)}."
            )
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int, /) -> tuple[FloatImage, int]:
        """Read one image, scaled, and its label."""
        name = f"images[{index}]"
        image, label = pair(name, self.images[index])
        return _signed(name, image), label

    def __repr__(self) -> str:
        return f"Scaled({self.images!r})"


def to_signed(images: Pixels) -> Pixels:
    r"""Bytes as single-precision numbers in the range of a hyperbolic tangent.

    $$x = \frac{b}{127.5} - 1$$

    The array keeps its kind, of NumPy or of JAX, and its shape; its range is $[-1, 1]$.

    Raises:
        TypeError: The images are not bytes; what has been scaled is not scaled again.

    Examples:
        >>> import numpy as np
        >>> from gantheory import data
        >>> print(data.to_signed(np.array([0, 51, 255], np.uint8)))
        [-1.  -0.6  1. ]
    """
    return _signed("images", images)


def to_bytes(samples: Pixels) -> UInt8[np.ndarray, "*shape"]:
    """Numbers in [-1, 1] as the nearest bytes: the inverse of `to_signed`, for showing samples.

    Raises:
        ValueError: A sample lies outside $[-1, 1]$ or is not finite. Nothing is clipped.

    Examples:
        >>> import numpy as np
        >>> from gantheory import data
        >>> print(data.to_bytes(np.array([-1.0, 0.0, 1.0])))
        [  0 128 255]
    """
    given = native("samples", samples)
    if not jnp.issubdtype(given.dtype, jnp.floating):
        raise TypeError(f"samples must hold floating-point numbers, got dtype {given.dtype}.")
    values = np.asarray(given).astype(np.float64)
    if not np.all(np.abs(values) <= 1):
        raise ValueError(
            f"samples must lie in [-1, 1], got values from {values.min()} to {values.max()}."
        )
    return np.round((values + 1) * 127.5).astype(np.uint8)


def _signed(name: str, images: Pixels) -> Pixels:
    given = native(name, images)
    if given.dtype != np.uint8:
        raise TypeError(f"{name} must hold bytes (uint8), got dtype {given.dtype}.")
    return cast(Pixels, given.astype(np.float32) / 127.5 - 1.0)
