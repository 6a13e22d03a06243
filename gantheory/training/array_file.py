"""Named arrays and a few texts as one file in the format of safetensors, validated on read.

The format is published and small: the length of the header in eight bytes, a header in JSON, then
the arrays, little-endian, one after the other (https://github.com/huggingface/safetensors). So
PyTorch, NumPy and others read what is written here. A digest among the texts covers every byte.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

DTYPES = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "F16": np.float16,
    "BF16": jnp.bfloat16,
    "F8_E4M3": jnp.float8_e4m3fn,
    "F8_E5M2": jnp.float8_e5m2,
    "U32": np.uint32,
    "I32": np.int32,
    "F32": np.float32,
    "U64": np.uint64,
    "I64": np.int64,
    "F64": np.float64,
    "C64": np.complex64,
}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
TEXTS = "__metadata__"
DIGEST = "digest"
NO_DIGEST = "0" * 64  # stands in for the digest while that is computed
LONGEST_HEADER = 2**24
MOST_AXES = 32

Arrays = dict[str, np.ndarray]
Texts = dict[str, str]


def encoded(
    arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]
) -> Iterator[bytes | memoryview]:
    """The file in parts: first the header with the digest, then each array; none is copied.

    Raises:
        TypeError: An array has a dtype that the format has no name for.
    """
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    header: dict[str, Any] = {TEXTS: {**texts, DIGEST: NO_DIGEST}}
    end = 0
    for name, array in ordered:
        begin, end = end, end + array.nbytes
        kind = name_of_dtype(name, array.dtype)
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": (begin, end)}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # aligned: the arrays begin at a multiple of eight
    if len(text) > LONGEST_HEADER:
        raise ValueError(f"{len(arrays)} arrays are too many for one file.")
    digest = hashlib.sha256(text)
    for _, array in ordered:
        digest.update(_bytes_of(array))
    yield len(text).to_bytes(8, "little")
    yield text.replace(NO_DIGEST.encode(), digest.hexdigest().encode(), 1)
    for _, array in ordered:
        yield _bytes_of(array)


def name_of_dtype(name: str, dtype: np.dtype) -> str:
    """The name of a dtype in the format."""
    if dtype.newbyteorder("=") not in NAMES:
        raise TypeError(f"{name} is an array of {dtype}, for which the file's format has no name.")
    return NAMES[dtype.newbyteorder("=")]


def read(path: Path) -> tuple[Arrays, Texts]:
    """The arrays and texts of a file; memory is bounded by the size of the file.

    Raises:
        ValueError: The file is damaged, or does not follow the format.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(LONGEST_HEADER, size - 8):
            raise ValueError("its header has an impossible length")
        text = file.read(length)
        data = bytearray(max(0, size - 8 - length))
        if file.readinto(data) != len(data):
            raise ValueError("it was cut short")
    try:
        header = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise ValueError("its header is not readable") from error
    texts = header.pop(TEXTS, None) if isinstance(header, dict) else None
    if not isinstance(texts, dict) or not all(isinstance(one, str) for one in texts.values()):
        raise ValueError("its header is not readable")
    digest = texts.pop(DIGEST, "").encode()
    if len(digest) != len(NO_DIGEST) or text.count(digest) != 1:
        raise ValueError("its digest is missing")
    whole = hashlib.sha256(text.replace(digest, NO_DIGEST.encode()))
    whole.update(data)
    if whole.hexdigest().encode() != digest:
        raise ValueError("its digest does not match")
    return _arrays_of(header, data), texts


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _arrays_of(header: dict[str, Any], data: bytearray) -> Arrays:
    """The arrays, which must lie one after the other and fill the file."""
    spans = {name: _span(name, entry) for name, entry in header.items()}
    arrays, end = {}, 0
    for name, (dtype, shape, begin, stop) in sorted(
        spans.items(), key=lambda item: (item[1][2:], item[0])
    ):
        if begin != end or stop - begin != math.prod(shape) * dtype.itemsize or stop > len(data):
            raise ValueError(f"{name} does not lie where its shape says")
        end = stop
        try:
            flat = np.frombuffer(data, dtype, count=math.prod(shape), offset=begin)
            arrays[name] = flat.reshape(shape)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{name} has an impossible shape") from error
    if end != len(data):
        raise ValueError("some of its bytes do not belong to an array")
    return arrays


def _span(name: str, entry: Any) -> tuple[np.dtype, list[int], int, int]:
    """Dtype, shape and place of one array, each of the right kind."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{name} is not described")
    kind, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or kind not in DTYPES:
        raise ValueError(f"{name} has an unknown dtype")
    numbers = isinstance(shape, list) and isinstance(place, list) and [*shape, *place]
    if (
        not numbers
        or len(place) != 2
        or len(shape) > MOST_AXES
        or not all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    ):
        raise ValueError(f"{name} has an impossible shape")
    return np.dtype(DTYPES[kind]), shape, place[0], place[1]


def _bytes_of(array: np.ndarray) -> memoryview:
    """The bytes of an array in the order of the file, without a copy where that is their order."""
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    return little.reshape(-1).view(np.uint8).data
