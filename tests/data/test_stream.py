"""Streams: the right batch in the right turn, the same run however it is cut, named errors."""

import threading
import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import fit, same_bits, sgd, train

from gantheory import Every, Status, Trainer, data, games
from gantheory.data import InOrder, Shuffled, Stream, stream
from gantheory.games import Turn

COUNT, BATCH, STEPS = 50, 8, 24


class Follow(games.Game):
    """One player follows the data, the other data, latents and the first; the first moves twice."""

    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",), times=2), Turn(("b",))))

    def losses(self, players, batch):
        real, latent = jnp.mean(batch.real), jnp.mean(batch.latent)
        a, b = players["a"], players["b"]
        return {"a": (a - real) ** 2, "b": (b - a - real * latent) ** 2}


GAME = Follow()
PLAYERS = {"a": jnp.ones(()), "b": jnp.zeros(())}
OPTIMISERS = {"a": sgd(0.1), "b": sgd(0.2)}
DATA = np.random.default_rng(0).normal(size=(COUNT, 1)).astype(np.float32)
SHUFFLED = Shuffled(DATA, BATCH, jax.random.key(1))


def arguments(batches, steps: int = STEPS):
    return {
        "game": GAME,
        "players": PLAYERS,
        "source": Stream(batches, data.Uniform(1)),
        "optimisers": OPTIMISERS,
        "steps": steps,
        "key": jax.random.key(3),
    }


def stream_run(batches=SHUFFLED, steps: int = STEPS, **more):
    return fit(**arguments(batches, steps), progress=False, **more)


@pytest.fixture(scope="module")
def whole():
    return stream_run()


def counted():
    """Batch n is full of n."""
    number = 0
    while True:
        yield np.full((BATCH, 1), number, np.float32)
        number += 1


# Batches


def test_an_epoch_takes_every_sample_once():
    drawn = np.concatenate([SHUFFLED(number) for number in range(25)])  # 200 = 4 epochs
    epochs = drawn.reshape(4, COUNT)
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), np.sort(DATA[:, 0]))
    assert not np.array_equal(epochs[0], epochs[1])


def test_any_batch_can_be_read_by_itself():
    fresh = Shuffled(DATA, BATCH, jax.random.key(1))
    np.testing.assert_array_equal(fresh(17), SHUFFLED(17))
    other = Shuffled(DATA, BATCH, jax.random.key(2))
    assert not np.array_equal(other(17), SHUFFLED(17))


def test_labels_stay_with_their_samples():
    pairs = [(row, int(row[0] > 0)) for row in DATA]
    samples, labels = Shuffled(pairs, BATCH, jax.random.key(1))(3)
    np.testing.assert_array_equal(labels, samples[:, 0] > 0)


def test_an_iterator_is_read_forwards_and_made_again_to_go_back():
    made = []
    in_order = InOrder(lambda: made.append(1) or counted())
    assert [in_order(number)[0, 0] for number in (0, 0, 2, 5)] == [0, 0, 2, 5]
    assert len(made) == 1
    assert in_order(3)[0, 0] == 3
    assert len(made) == 2


# Training


def test_every_draw_of_every_step_gets_its_own_batch():
    """Draws are numbered through the run: two of the critic and one of the generator in a step."""

    def watch(state, batch, entries):
        return {"last": batch.real[0, 0]} | entries

    result = stream_run(InOrder(counted), record=Every(1, watch))
    np.testing.assert_array_equal(result.history["last"], 3 * np.arange(STEPS) + 2)
    chunk = stream.read_chunk(Stream(InOrder(counted), data.Uniform(1)), 3, 5, 2, 4)
    got = [
        chunk.batch(jax.random.key(0), jnp.asarray(step), jnp.asarray(place)).real[0, 0]
        for step in (5, 6)
        for place in range(3)
    ]
    assert got == [15, 16, 17, 18, 19, 20]


def test_a_stream_trains_as_the_same_data_in_memory_would(whole):
    """The oracle: a source that looks the batch up by the batch it is asked for."""
    batches = jnp.stack([SHUFFLED(number) for number in range(3 * STEPS)])
    chunk = stream.Chunk(
        real=batches.reshape(STEPS, 3, BATCH, 1),
        label=None,
        latent=data.Uniform(1),
        first=jnp.asarray(0, jnp.int32),
        classes=None,
    )
    trainer = Trainer(GAME, chunk, optimisers=OPTIMISERS)
    result = eqx.filter_jit(trainer.train)(trainer.init(PLAYERS, key=jax.random.key(3)), STEPS)
    assert same_bits(result.state, whole.state)
    assert same_bits(result.history, whole.history)


@pytest.mark.parametrize("in_a_chunk", [1, 5])
def test_the_size_of_the_chunks_changes_no_bit(whole, in_a_chunk, monkeypatch):
    monkeypatch.setattr(stream, "BYTES_OF_A_CHUNK", in_a_chunk * 3 * 4 * BATCH)
    result = stream_run()
    assert same_bits(result.state, whole.state)
    assert same_bits(result.history, whole.history)


@pytest.mark.parametrize("kind", ["shuffled", "in order"])
def test_going_on_reads_on_at_the_same_batch(kind, tmp_path):
    def make():
        return SHUFFLED if kind == "shuffled" else InOrder(counted)

    everything = stream_run(make())
    given = arguments(make())
    first = stream_run(make(), 9)
    rest = Trainer(given["game"], given["source"], optimisers=given["optimisers"]).fit(
        first.state, STEPS - 9, progress=False
    )
    assert same_bits(rest.state, everything.state)
    np.testing.assert_array_equal(rest.steps, np.arange(10, STEPS + 1))
    stream_run(make(), 9, checkpoint=tmp_path / "run")
    again = stream_run(make(), checkpoint=tmp_path / "run")
    assert same_bits(again.state, everything.state)
    assert same_bits(again.history, everything.history)


def test_another_order_of_the_data_is_another_run(tmp_path):
    stream_run(checkpoint=tmp_path / "run", steps=4)
    with pytest.raises(ValueError, match=r"written by another run\. What differs: source"):
        stream_run(Shuffled(DATA, BATCH, jax.random.key(9)), checkpoint=tmp_path / "run")


def test_labels_reach_the_game():
    pairs = [(row, int(row[0] > 0)) for row in DATA]
    batches = Shuffled(pairs, BATCH, jax.random.key(1))
    source = Stream(batches, data.Uniform(1), classes=2)
    chunk = stream.read_chunk(source, 3, 0, 1, 1)
    batch = chunk.batch(jax.random.key(0), jnp.asarray(0), jnp.asarray(1))
    assert batch.classes == 2
    np.testing.assert_array_equal(batch.label, batch.real[:, 0] > 0)


def test_the_next_chunk_is_read_while_the_device_trains():
    """Reading goes on in another thread while the present piece is in the consumer's hands."""
    main, seen = threading.get_ident(), []

    def batches(number):
        seen.append((number, threading.get_ident()))
        return np.zeros((BATCH, 1), np.float32)

    pieces = stream.chunks(Stream(batches, data.Uniform(1)), 3, 0, iter([2, 2, 2]), 4)
    next(pieces)
    deadline = time.monotonic() + 10
    while len(seen) < 12 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [number for number, _ in seen] == list(range(12)), "two chunks, and not the third"
    assert all(thread != main for _, thread in seen)
    pieces.close()


# Refusals


def broken_at(number: int, make):
    return lambda n: make() if n == number else np.zeros((BATCH, 1), np.float32)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: 1 / 0, ZeroDivisionError, "division by zero"),
        (
            lambda: np.zeros((BATCH, 1), np.uint8),
            TypeError,
            r"batch 7 must hold .* got uint8\[8, 1\]",
        ),
        (
            lambda: np.zeros((BATCH, 2), np.float32),
            ValueError,
            r"one shape and dtype, .*\[8, 1\] .*\[8, 2\]",
        ),
        (
            lambda: (np.zeros((BATCH, 1), np.float32), np.zeros(3, int)),
            ValueError,
            "batch 7 must hold one integer as label of each of its 8 samples",
        ),
    ],
)
def test_a_bad_batch_is_named(make, error, text):
    with pytest.raises(error, match=text):
        stream_run(broken_at(7, make))


@pytest.mark.parametrize(("lowest", "highest"), [(0, 2), (-1, 1)])
def test_a_label_that_is_no_class_is_named(lowest, highest):
    """Traced, such a label only makes the loss NaN; on the host it can still be seen."""
    labels = np.clip(np.arange(BATCH) - 1, lowest, highest)
    batches = broken_at(0, lambda: (np.zeros((BATCH, 1), np.float32), labels))
    with pytest.raises(
        ValueError, match=f"between 0 and 1, as classes says, got labels from {lowest} to {highest}"
    ):
        stream.read_chunk(Stream(batches, data.Uniform(1), classes=2), 3, 0, 1, 1)


def test_samples_with_and_without_a_label_do_not_mix():
    samples = [(DATA[0], 1), (DATA[1], None), (DATA[2], 0)]
    with pytest.raises(ValueError, match=r"samples must be all arrays, .* None\)"):
        Shuffled(samples, 3, jax.random.key(0))(0)


def test_an_iterator_that_ends_is_refused():
    def short():
        yield from (np.zeros((BATCH, 1), np.float32) for _ in range(5))

    with pytest.raises(ValueError, match="ended after 5, but must be endless"):
        stream_run(InOrder(short))


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="samples must not be empty"):
        Shuffled([], 4, jax.random.key(0))
    with pytest.raises(ValueError, match=r"batch_size must be an? .* of at least 1"):
        Shuffled(DATA, 0, jax.random.key(0))


def test_a_pure_function_cannot_read_a_stream():
    with pytest.raises(TypeError, match=r"use Trainer\.fit, not Trainer\.train"):
        train(**arguments(SHUFFLED))


def test_data_that_break_a_run_are_reported():
    def batches(number):
        return np.full((BATCH, 1), np.nan if number == 31 else 0.5, np.float32)  # step 11, critic

    result = stream_run(batches)
    assert result.status == Status.nonfinite
    assert (result.failure.step, result.failure.player) == (11, "a")
    assert result.failure.what == "loss"
