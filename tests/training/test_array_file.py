"""The format of the files: others read it, and a forged or damaged file is refused by name and
reason."""

import hashlib
import itertools
import json
import random
import tracemalloc

import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.training import array_file
from gantheory.training.array_file import DTYPES, encoded, read

ARRAYS = {
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
    "number": np.asarray(2.5),
    "none": np.zeros((0, 3), np.int32),
    "flags": np.asarray([True, False, True]),
    "name with “quotes” and \\": np.arange(5, dtype=np.uint8),
    "turned": np.arange(6.0).reshape(2, 3).T,
    **{f"as {name}": np.ones(3, dtype) for name, dtype in DTYPES.items()},
}
TEXTS = {"format": "a test", "empty": ""}


def written(path, arrays=ARRAYS, texts=TEXTS):
    path.write_bytes(b"".join(encoded(arrays, texts)))
    return path


def forged(path, header, data=b"", *, length=None, digest=True):
    """A file whose digest is right, whatever else is not."""
    if isinstance(header, dict):
        header = json.dumps({"__metadata__": {"digest": array_file.NO_DIGEST}, **header}).encode()
    if digest:
        mark = hashlib.sha256(header + data).hexdigest().encode()
        header = header.replace(array_file.NO_DIGEST.encode(), mark)
    size = len(header) if length is None else length
    path.write_bytes(size.to_bytes(8, "little") + header + data)
    return path


def test_what_is_written_is_read(tmp_path):
    arrays, texts = read(written(tmp_path / "file"))
    assert texts == TEXTS
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)
        assert arrays[name].tobytes() == array.tobytes()
        assert arrays[name].flags.aligned


def test_big_endian_arrays_are_written_little_endian(tmp_path):
    array = np.arange(3, dtype=">f8")
    found = read(written(tmp_path / "file", {"a": array}))[0]["a"]
    np.testing.assert_array_equal(found, array)


def test_no_arrays_are_a_file_too(tmp_path):
    assert read(written(tmp_path / "file", {})) == ({}, TEXTS)


@pytest.mark.parametrize("dtype", [np.complex128, np.longdouble, "U3", object, jnp.int4])
def test_a_dtype_without_a_name_is_refused(dtype):
    with pytest.raises(TypeError, match=r"weights is an array of .*, for which the file's format"):
        list(encoded({"weights": np.zeros(2, dtype)}, {}))


def test_the_package_safetensors_reads_it(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    ordinary = {
        name: array
        for name, array in ARRAYS.items()
        if array.dtype.isbuiltin == 1  # its NumPy side knows no smaller floats
    }
    found = safetensors.load_file(written(tmp_path / "file", ordinary))
    assert set(found) == set(ordinary)
    for name, array in ordinary.items():
        np.testing.assert_array_equal(found[name], array)


def test_pytorch_reads_it(tmp_path):
    pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    halves = {"half": np.arange(3, dtype=jnp.bfloat16), "single": np.ones((2, 2), np.float32)}
    found = safetensors.load_file(written(tmp_path / "file", halves))
    assert found["half"].tolist() == [0.0, 1.0, 2.0]
    assert found["single"].tolist() == [[1.0, 1.0], [1.0, 1.0]]


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
DEEP = b"[" * 100_000
FORGED = {
    "no dict": ([1], b""),
    "deep": (b'{"__metadata__":{"digest":"' + b"0" * 64 + b'"},"a":' + DEEP, b""),
    "text only": (b"hello, this is no JSON at all", b""),
    "doubled": (
        b'{"__metadata__":{"digest":"' + b"0" * 64 + b'"},"a":1,"a":1}',
        b"",
    ),
    "entry": ({"a": 3}, b""),
    "more": ({"a": {**ENTRY, "other": 1}}, bytes(8)),
    "dtype": ({"a": {**ENTRY, "dtype": "F31"}}, bytes(8)),
    "dtype list": ({"a": {**ENTRY, "dtype": ["F32"]}}, bytes(8)),
    "negative": ({"a": {**ENTRY, "shape": [-2]}}, bytes(8)),
    "fraction": ({"a": {**ENTRY, "shape": [2.0]}}, bytes(8)),
    "truth": ({"a": {**ENTRY, "shape": [True, 2]}}, bytes(8)),
    "huge": ({"a": {**ENTRY, "shape": [2**62, 0, 2**62], "data_offsets": [0, 0]}}, b""),
    "larger": ({"a": {**ENTRY, "shape": [2**40]}}, bytes(8)),
    "number": ({"a": {**ENTRY, "shape": 2}}, bytes(8)),
    "axes": ({"a": {**ENTRY, "shape": [1] * 65 + [2]}}, bytes(8)),
    "places": ({"a": {**ENTRY, "data_offsets": [0, 8, 8]}}, bytes(8)),
    "beyond": ({"a": {**ENTRY, "data_offsets": [8, 16]}}, bytes(8)),
    "backwards": ({"a": {**ENTRY, "data_offsets": [8, 0]}}, bytes(8)),
    "overlap": ({"a": ENTRY, "b": {**ENTRY, "data_offsets": [4, 12]}}, bytes(12)),
    "same": ({"a": ENTRY, "b": ENTRY}, bytes(8)),
    "hole": ({"a": ENTRY, "b": {**ENTRY, "data_offsets": [12, 20]}}, bytes(20)),
    "rest": ({"a": ENTRY}, bytes(9)),
    "short": ({"a": ENTRY}, bytes(7)),
    "texts": ({"__metadata__": {"digest": "0" * 64, "number": 1}}, b""),
    "no texts": ({"__metadata__": [1]}, b""),
    "digest": ({"__metadata__": {"digest": ""}}, b""),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_header_is_refused(tmp_path, case):
    """The digest is right in each: what is wrong is looked for, not only hoped for."""
    header, data = FORGED[case]
    if isinstance(header, list):
        header = json.dumps(header).encode()
    with pytest.raises(ValueError, match=r"header|digest|shape|dtype|described|lie|belong"):
        read(forged(tmp_path / "file", header, data))


def test_a_sound_forgery_is_a_file(tmp_path):
    arrays, _ = read(forged(tmp_path / "file", {"a": ENTRY}, bytes(8)))
    np.testing.assert_array_equal(arrays["a"], np.zeros(2, np.float32))


@pytest.mark.parametrize("length", [0, 1, 10**6, 2**63 - 1, 2**64 - 1])
def test_a_lying_length_costs_no_memory(tmp_path, length):
    path = forged(tmp_path / "file", {"a": ENTRY}, bytes(8), length=length)
    tracemalloc.start()
    with pytest.raises(ValueError, match="impossible length"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 2**16
    tracemalloc.stop()


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9])
def test_almost_nothing_is_no_file(tmp_path, size):
    (tmp_path / "file").write_bytes(bytes(size))
    with pytest.raises(ValueError, match="impossible length"):
        read(tmp_path / "file")


def test_no_flipped_byte_and_no_cut_goes_unseen(tmp_path):
    """Every byte once, by each of eight bits in turn; every length."""
    path = tmp_path / "file"
    whole = written(path, {"a": np.arange(3.0), "b": np.ones(2, np.int8)}).read_bytes()
    bits = itertools.cycle(range(8))
    damaged = [
        whole[:place] + bytes([whole[place] ^ 1 << next(bits)]) + whole[place + 1 :]
        for place in range(len(whole))
    ]
    damaged += [whole[:size] for size in range(len(whole))]
    generator = random.Random(1)
    damaged += [whole + generator.randbytes(size) for size in (1, 8, 100)]
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"header|digest"):
            read(path)
