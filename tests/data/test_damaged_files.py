"""Thousands of damaged files: each is read, or refused by an error that names it."""

import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gantheory.data import ImageFolder, read_idx


def picture(kind: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 10, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x011A] = 72.0
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, exif=exif)
    return buffer.getvalue()


def idx() -> bytes:
    return struct.pack(">HBB2I", 0, 0x0B, 2, 20, 30) + bytes(range(200)) * 6


CONTENTS: dict[str, Callable[[], bytes]] = {
    "z.jpg": lambda: picture("JPEG"),
    "z.png": lambda: picture("PNG"),
    "z.webp": lambda: picture("WEBP"),
    "z-idx2": idx,
    "z-idx2.gz": lambda: gzip.compress(idx()),
}


def damaged(content: bytes, generator: np.random.Generator) -> bytes:
    """A few bytes changed near the beginning or anywhere, and now and then the end cut off."""
    changed = bytearray(content)
    reach = int(generator.choice([len(content), 160]))
    for place in generator.integers(0, min(reach, len(content)), generator.integers(1, 6)):
        changed[place] = generator.integers(256)
    return bytes(
        changed[: generator.integers(len(content))] if generator.random() < 0.1 else changed
    )


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some damage and reads on
@pytest.mark.parametrize("tries", [150, pytest.param(3_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", CONTENTS)
def test_a_damaged_file_is_read_or_refused_by_name(tmp_path: Path, name: str, tries: int) -> None:
    content, generator = CONTENTS[name](), np.random.default_rng(1)
    path = tmp_path / "class" / name
    path.parent.mkdir()
    path.write_bytes(content)
    read = (lambda: read_idx(path)) if "idx" in name else ImageFolder(tmp_path, size=8).load
    read()
    refused = 0
    for _ in range(tries):
        path.write_bytes(damaged(content, generator))
        try:
            read()
        except ValueError as error:
            assert name in str(error)  # noqa: PT017
            refused += 1
    assert refused > tries / 10
