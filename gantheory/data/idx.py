"""IDX files, the format of MNIST and Fashion-MNIST, compressed or plain."""

import gzip
import io
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
PIECE = 2**20


def read_idx(path: str | os.PathLike[str]) -> Shaped[np.ndarray, " ..."]:
    """The array in an IDX file.

    Four bytes, of which the first two are zero, give the type of the entries and the number of
    dimensions; then come the dimensions in four bytes each, then the entries, all most significant
    byte first. A file that was compressed with gzip is recognised by its content. Memory is
    allocated for what the file holds, not for what its header says.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is not an IDX file, or its data are shorter or longer than declared; the
            message names it.

    Examples:
        >>> import pathlib, tempfile
        >>> from gantheory import data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "two-bytes"
        ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]))
        ...     print(data.read_idx(path))
        [7 9]
    """
    with Path(path).open("rb") as file:
        compressed = file.read(2) == GZIP
        file.seek(0)
        try:
            return _read(path, gzip.GzipFile(fileobj=file) if compressed else file)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path} is cut short or damaged: {error}.") from error


def read_labelled_idx(
    images: str | os.PathLike[str], labels: str | os.PathLike[str]
) -> LabelledImages:
    """Images and their labels from a pair of IDX files.

    Both hold bytes, those of the images in three dimensions. The images that are returned have one
    channel, and the classes are named by their numbers.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file is damaged or holds something else, there are no images, or the counts
            differ.

    Examples:
        >>> import pathlib, tempfile
        >>> from gantheory import data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     images, labels = (pathlib.Path(folder) / name for name in ("images", "labels"))
        ...     shape = bytes([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2])
        ...     _ = images.write_bytes(bytes([0, 0, 8, 3]) + shape + bytes([7, 9]))
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


def _read(path: str | os.PathLike[str], file: io.BufferedIOBase) -> np.ndarray:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES:
        raise ValueError(
            f"{path} is not an IDX file: expected a magic number such as 00 00 08 03, "
            f"got {magic.hex(' ') or 'nothing'}."
        )
    kind, dimensions = np.dtype(TYPES[magic[2]]), magic[3]
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise ValueError(f"{path} is cut short: it ends within its {dimensions} dimensions.")
    shape = struct.unpack(f">{dimensions}I", sizes)
    expected = kind.itemsize * math.prod(shape)
    content = _at_most(file, expected + 1)
    if len(content) != expected:
        problem = "is cut short" if len(content) < expected else "holds more than it says"
        found = f"{len(content)}" if len(content) < expected else "more"
        raise ValueError(
            f"{path} {problem}: expected {expected} bytes for shape {shape}, got {found}."
        )
    try:
        entries = np.frombuffer(content, kind).reshape(shape)
    except ValueError as error:  # too many dimensions, or too large ones beside a zero
        raise ValueError(f"{path} cannot be an array of shape {shape}: {error}.") from error
    return entries.astype(kind.newbyteorder("="))


def _at_most(file: io.BufferedIOBase, count: int) -> bytearray:
    """Up to `count` bytes, read piece by piece: a header that asks for too many takes no memory."""
    content = bytearray()
    while len(content) < count:
        piece = file.read(min(PIECE, count - len(content)))
        if not piece:
            break
        content += piece
    return content
