"""What a loader may hand to a stream: buffers, dtypes, items; and what is refused, by number."""

import copy
import itertools
import pickle
import threading
import time

import jax
import ml_dtypes
import numpy as np
import pytest

from gantheory.data import InOrder, Shuffled, Stream, Uniform
from gantheory.data.stream import chunks, read_chunk

SAMPLES = np.arange(10, dtype=np.float32)[:, None]


def read(batches, steps: int = 3):
    return read_chunk(Stream(batches, Uniform(1)), 2, 0, steps, steps)


def full(number: int, shape=(4, 1), kind="f4") -> np.ndarray:
    return np.full(shape, number, kind)


# A buffer that is used again


def in_one_buffer():
    buffer = full(0)
    for number in itertools.count():
        buffer[:] = number
        yield buffer


class Reader:
    """Samples that are read into one buffer, as memory-saving loaders do."""

    def __init__(self):
        self.buffer = full(0, (1,))

    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int, /) -> np.ndarray:
        self.buffer[:] = index
        return self.buffer


def test_a_loader_may_fill_the_same_buffer_again():
    assert read(InOrder(in_one_buffer)).real[..., 0, 0].tolist() == [[0, 1], [2, 3], [4, 5]]
    buffer = full(0)

    def batches(number: int) -> np.ndarray:
        buffer[:] = number
        return buffer

    assert read(batches).real[..., 0, 0].tolist() == [[0, 1], [2, 3], [4, 5]]
    epoch = Shuffled(Reader(), 10, jax.random.key(0))(0)
    assert sorted(epoch[:, 0].tolist()) == list(range(10))


# Dtypes


@pytest.mark.parametrize("kind", ["f2", ">f4", "f8", ">f8", "g", ml_dtypes.bfloat16], ids=str)
def test_batches_of_every_floating_point_type_are_read(kind):
    chunk = read(lambda number: (full(number, kind=kind), np.arange(4).astype(">i2")))
    np.testing.assert_array_equal(
        np.asarray(chunk.real[..., 0, 0], float), [[0, 1], [2, 3], [4, 5]]
    )
    assert chunk.label is not None
    assert chunk.label[2, 1].tolist() == [0, 1, 2, 3]


# Refusals by number


def only_at(number: int, other, usual):
    return lambda n: other if n == number else usual


LABELLED = (full(0), np.zeros(4, int))


@pytest.mark.parametrize(
    ("other", "usual", "words"),
    [
        (
            LABELLED,
            full(0),
            r"batch 0 is .*float32\[4, 1\] without labels, and batch 3 .* with labels in an",
        ),
        (full(0), LABELLED, r"batch 3 is an array of float32\[4, 1\] without labels"),
        (full(0, (3, 1)), full(0), r"one shape and dtype, .*float32\[4, 1\].*float32\[3, 1\]"),
        (full(0, kind="f8"), full(0), r"batch 3 is an array of float64"),
        ((full(0), np.zeros(4, np.int8)), LABELLED, "with labels in an array of int8"),
    ],
)
def test_a_batch_unlike_the_first_is_named(other, usual, words):
    with pytest.raises(ValueError, match=words):
        read(only_at(3, other, usual))


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (
            (full(0), np.zeros(4, int), 1),
            r"batch 0 must be .* a pair of samples and labels, got \(",
        ),
        ([full(0)], "batch 0 must be an array of samples"),
        (
            {"image": full(0), "label": [0]},
            r"got a dict with the keys image, label: give \(batch\['image'\], batch\['label'\]\)",
        ),
        (full(0, kind="u1"), r"batch 0 must hold .* got uint8.*: data.to_signed, or data.Scaled"),
        (np.ma.masked_equal(full(0), 0), "batch 0 must not be a masked array"),
        ((full(0), np.ma.masked_equal(np.zeros(4, int), 0)), "the labels of batch 0 must not be a"),
        (np.asarray([None, 1.0]), "batch 0 must be a plain array, got an array of objects"),
        ((full(0), ["a", "b", "a", "c"]), r"batch 0 must hold one integer as label of each"),
        ((full(0), [[0], [1, 2]]), "the labels of batch 0 cannot be made a NumPy array"),
    ],
)
def test_a_batch_of_another_kind_is_refused(batch, words):
    with pytest.raises((TypeError, ValueError), match=words):
        read(lambda _: batch)


def test_an_empty_batch_is_refused():
    for empty in (full(0, (0, 1)), (full(0, (0, 1)), np.zeros(0, int))):
        with pytest.raises(ValueError, match=r"batch 0 must not be empty, got shape \(0, 1\)"):
            read(lambda _, empty=empty: empty)


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (
            full(0, (3, 1)),
            r"float32\[4, 1\] .* before step 3, and then an array of float32\[3, 1\]",
        ),
        (LABELLED, r"without labels before step 3, and then .* with labels in an array of int"),
    ],
)
def test_batches_may_not_change_from_one_chunk_to_the_next(later, words):
    stream = Stream(lambda number: full(0) if number < 4 else later, Uniform(1))
    pieces = chunks(stream, 2, 0, iter([2, 2, 2]), 2)
    next(pieces)
    with pytest.raises(ValueError, match=words):
        next(pieces)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            {"image": 1, "label": 0},
            r"samples\[0\] must be .* got a dict with the keys image, label",
        ),
        (np.ma.masked_equal(SAMPLES[0], 0), r"samples\[0\] must not be a masked array"),
        ([0.5], r"samples\[0\] must be an array, or a pair of array and label, got \(0.5\)"),
        ((), r"samples\[0\] must be an array, or a pair"),
    ],
)
def test_an_item_of_another_kind_is_refused(item, words):
    with pytest.raises(TypeError, match=words):
        Shuffled([item], 1, jax.random.key(0))(0)


@pytest.mark.parametrize("other", [full(0, (2,)), full(0, (1,), "f8")])
def test_an_item_unlike_the_others_is_named(other):
    samples = [*SAMPLES, other]
    with pytest.raises(
        ValueError, match=r"samples must be all arrays, .* of one shape and dtype, but samples\["
    ):
        Shuffled(samples, 11, jax.random.key(0))(0)


# Copies, processes, and leaving early


def test_a_shuffled_data_set_can_be_pickled_and_copied():
    shuffled = Shuffled(SAMPLES, 4, jax.random.key(0))
    batch = shuffled(7)  # after use
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(shuffled))(7), batch)
    copied = copy.deepcopy(shuffled)
    copied.samples = SAMPLES[:5]
    assert sorted(np.concatenate([copied(n) for n in range(5)])[:5, 0].tolist()) == list(range(5))
    np.testing.assert_array_equal(shuffled(7), batch)


def test_leaving_early_does_not_wait_for_a_whole_chunk():
    """As a second Ctrl-C does: the batch that is being read ends, the rest is not read."""
    slow, read_batches = threading.Event(), []

    def batches(number: int) -> np.ndarray:
        read_batches.append(number)
        if number >= 2:
            slow.set()
            time.sleep(0.05)
        return full(0)

    pieces = chunks(Stream(batches, Uniform(1)), 2, 0, iter([1, 100]), 100)
    next(pieces)
    assert slow.wait(10)
    pieces.close()
    assert len(read_batches) < 20
