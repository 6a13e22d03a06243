"""IDX files: what is written by the definition of the format is read back, and nothing less."""

import gzip
import math
import struct
import tracemalloc

import numpy as np
import pytest

from gantheory.data import Dataset, Uniform, read_idx, read_labelled_idx, to_signed

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.asarray([1, 0, 2], np.uint8)
CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def encoded(array: np.ndarray) -> bytes:
    code = CODES[array.dtype.str[1:]]
    head = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def pair(tmp_path):
    """Paths of images (compressed) and labels (plain)."""
    images, labels = tmp_path / "images-idx3-ubyte.gz", tmp_path / "labels-idx1-ubyte"
    images.write_bytes(gzip.compress(encoded(IMAGES)))
    labels.write_bytes(encoded(LABELS))
    return images, labels


@pytest.mark.parametrize("compress", [gzip.compress, bytes])
@pytest.mark.parametrize("kind", CODES)
def test_every_type_and_number_of_dimensions(tmp_path, kind, compress):
    path = tmp_path / "array"
    for shape in ((6,), (2, 3), (1, 2, 3, 1), (0, 4)):
        array = (np.arange(np.prod(shape)) * 3).astype(kind).reshape(shape)
        path.write_bytes(compress(encoded(array)))
        read = read_idx(path)
        assert read.dtype == array.dtype
        assert read.shape == shape
        np.testing.assert_array_equal(read, array)


def test_bytes_in_the_order_of_the_format(tmp_path):
    path = tmp_path / "array"
    path.write_bytes(bytes.fromhex("00000b01 00000002 0102 ff00"))
    assert read_idx(str(path)).tolist() == [258, -256]


def test_images_with_labels_make_a_source(pair, key):
    read = read_labelled_idx(*pair)
    assert read.images.shape == (3, 4, 5, 1)
    np.testing.assert_array_equal(read.images[..., 0], IMAGES)
    assert read.labels.tolist() == [1, 0, 2]
    assert read.class_names == ("0", "1", "2")
    source = Dataset(to_signed(read.images), Uniform(1), 8, read.labels)
    assert source.classes == 3
    assert source(key).real.shape == (8, 4, 5, 1)


# Refusals


@pytest.mark.parametrize("keep", [0, 3, 4, 15, 16, 75])
def test_a_plain_file_cut_short_is_named(tmp_path, keep):
    path = tmp_path / "cut"
    path.write_bytes(encoded(IMAGES)[:keep])
    words = "cut is not an IDX file" if keep < 4 else "cut is cut short"
    with pytest.raises(ValueError, match=words):
        read_idx(path)


@pytest.mark.parametrize("keep", [2, 12, 30, -9, -1])
def test_a_compressed_file_cut_short_is_named(pair, keep):
    images, labels = pair
    images.write_bytes(images.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"images-idx3-ubyte\.gz is cut short or damaged"):
        read_labelled_idx(images, labels)


def test_a_damaged_compressed_file_is_named(pair):
    images, _ = pair
    content = bytearray(images.read_bytes())
    content[-6] ^= 1  # in the checksum
    images.write_bytes(content)
    with pytest.raises(ValueError, match=r"images-idx3-ubyte\.gz is cut short or damaged"):
        read_idx(images)


def test_a_file_that_holds_more_than_it_says_is_named(tmp_path):
    path = tmp_path / "long"
    path.write_bytes(encoded(IMAGES) + b"\0")
    with pytest.raises(
        ValueError,
        match=r"long holds more than it says: expected 60 bytes for shape \(3, 4, 5\), got more",
    ):
        read_idx(path)


def test_dimensions_that_cannot_be_are_refused_without_taking_memory(tmp_path):
    path = tmp_path / "vast"
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1))
    with pytest.raises(ValueError, match="vast is cut short"):
        read_idx(path)


@pytest.mark.parametrize("compress", [gzip.compress, bytes])
@pytest.mark.parametrize("sizes", [(2**32 - 1,) * 3, (2, 3, 4)])
def test_a_lying_header_takes_no_memory(tmp_path, sizes, compress):
    """The entries are 64 MiB of zeros; what is read of them is what the header asks for."""
    path = tmp_path / "lying"
    held = min(2**26, math.prod(sizes) + 2**21)
    path.write_bytes(compress(struct.pack(">HBB3I", 0, 8, 3, *sizes) + bytes(2**26)))
    tracemalloc.start()
    words = "lying holds more than it says" if sizes[0] == 2 else "lying is cut short"
    with pytest.raises(ValueError, match=words):
        read_idx(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * held


@pytest.mark.parametrize("shape", [(1,) * 255, (0, 2**32 - 1, 2**32 - 1, 2**32 - 1)])
def test_a_shape_that_numpy_does_not_have_is_refused_by_name(tmp_path, shape):
    path = tmp_path / "vast"
    sizes = struct.pack(f">{len(shape)}I", *shape)
    path.write_bytes(struct.pack(">HBB", 0, 8, len(shape)) + sizes + bytes(math.prod(shape)))
    with pytest.raises(ValueError, match="vast cannot be an array of shape"):
        read_idx(path)


@pytest.mark.parametrize("head", ["01000803", "00010803", "00000703", "89504e47"])
def test_another_magic_number_is_refused(tmp_path, head):
    path = tmp_path / "other"
    path.write_bytes(bytes.fromhex(head) + encoded(IMAGES)[4:])
    spaced = bytes.fromhex(head).hex(" ")
    with pytest.raises(ValueError, match=f"other is not an IDX file: .* got {spaced}"):
        read_idx(path)


def test_counts_must_agree(pair):
    images, labels = pair
    labels.write_bytes(encoded(LABELS[:2]))
    with pytest.raises(ValueError, match=r"labels-idx1-ubyte holds 2 labels, but .*gz 3 images"):
        read_labelled_idx(images, labels)


def test_files_in_each_others_place_are_named(pair):
    images, labels = pair
    with pytest.raises(ValueError, match=r"labels-idx1-ubyte must hold bytes in 3 dimensions, got"):
        read_labelled_idx(labels, images)
    labels.write_bytes(encoded(IMAGES))
    with pytest.raises(ValueError, match=r"labels-idx1-ubyte must hold bytes in 1 dimension, got"):
        read_labelled_idx(images, labels)
    labels.write_bytes(encoded(LABELS.astype(np.int32)))
    with pytest.raises(ValueError, match=r"labels-idx1-ubyte must hold bytes .* got int32"):
        read_labelled_idx(images, labels)


def test_no_images_and_no_file(pair, tmp_path):
    images, labels = pair
    images.write_bytes(encoded(IMAGES[:0]))
    with pytest.raises(ValueError, match=r"gz holds no images, its shape is \(0, 4, 5\)"):
        read_labelled_idx(images, labels)
    with pytest.raises(FileNotFoundError, match="absent"):
        read_idx(tmp_path / "absent")
