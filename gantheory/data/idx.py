"""IDX files, the format of MNIST and Fashion-MNIST, compressed or plain."""

import gzip
import math
import os
import struct
import zlib
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Shaped

from gantheory.data.images import LabelledImages

__all__ = ["read_idx", "read_labelled_idx"]

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str]) -> Shaped[np.ndarray, " ..."]:
    """The array in an IDX file.

    The file says in four bytes, which begin with two zeros, the type of the entries and the number of dimensions, then
    the dimensions in four bytes each, then the entries; all most significant byte first.

    Args:
        path: The file; one that was compressed with gzip is recognised by its content.

    Returns:
        The array, of the type and shape that the file says.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no IDX file, or holds less or more than it says; the message names it.

    Examples:
        >>> import pathlib, tempfile
        >>> from gantheory import data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "two-bytes"
        ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]))
        ...     print(data.read_idx(path))
        [7 9]
    """
    content = _content(Path(path))
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise ValueError(
            f"{path} is no IDX file: expected a magic number such as 00 00 08 03, got {content[:4].hex(' ') or 'nothing'}."
        )
    kind, dimensions = np.dtype(TYPES[content[2]]), content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise ValueError(f"{path} is cut short: it ends within its {dimensions} dimensions.")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    expected = start + kind.itemsize * math.prod(shape)
    if len(content) != expected:
        problem = "is cut short" if len(content) < expected else "holds more than it says"
        raise ValueError(
            f"{path} {problem}: expected {expected} bytes for shape {shape}, got {len(content)}."
        )
    return np.frombuffer(content, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))


def read_labelled_idx(
    images: str | os.PathLike[str], labels: str | os.PathLike[str]
) -> LabelledImages:
    """Images and their labels from a pair of IDX files.

    Args:
        images: The file of images: bytes, in three dimensions.
        labels: The file of labels: bytes, one per image.

    Returns:
        The images, with one channel, and their labels. The classes are named by their numbers.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file is broken or holds something else, there are no images, or the counts differ.

    Examples:
        >>> import pathlib, tempfile
        >>> from gantheory import data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     images, labels = (pathlib.Path(folder) / name for name in ("images", "labels"))
        ...     _ = images.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9]))
        ...     _ = labels.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 1, 3]))
        ...     print(data.read_labelled_idx(images, labels).images.shape)
        (1, 1, 2, 1)
    """
    pixels, classes = read_idx(images), read_idx(labels)
    for path, array, dimensions in ((images, pixels, 3), (labels, classes, 1)):
        if array.dtype != np.uint8 or array.ndim != dimensions:
            raise ValueError(
                f"{path} must hold bytes in {dimensions} dimension{'s' if dimensions > 1 else ''}, "
                f"got {array.dtype} of shape {array.shape}."
            )
    if pixels.size == 0:
        raise ValueError(f"{images} holds no images, its shape is {pixels.shape}.")
    if len(pixels) != len(classes):
        raise ValueError(
            f"{labels} holds {len(classes)} labels, but {images} {len(pixels)} images."
        )
    return LabelledImages(
        images=jnp.asarray(pixels[..., None]),
        labels=jnp.asarray(classes, jnp.int32),
        class_names=tuple(str(label) for label in range(int(classes.max()) + 1)),
    )


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path} is cut short or damaged: {error}.") from error
