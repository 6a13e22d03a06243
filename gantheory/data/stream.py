"""Data that stay on the host: read ahead, chunk by chunk, while the device trains on the last one.

The batches of a run are numbered from 0, in the order of its turns. So the position in the data is a
function of the step, and a run that goes on continues reading where it stopped.
"""

import math
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from gantheory._checks import described, require_count, require_function, require_key
from gantheory.data.batch import Batch
from gantheory.shapes import Key, LatentBatch

BYTES_OF_A_CHUNK = 2**26

Number = Int[Array, ""]
Source = Callable[[Key], PyTree]
Sampler = Callable[[Key, int], LatentBatch]
HostBatch = Any  # an array of samples, or a pair of samples and labels


@runtime_checkable
class Indexed(Protocol):
    """Anything with a length and integer indexing: a folder of images, a list, a memory map."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


class Shuffled:
    """Batches of samples in an order that is drawn anew for every epoch.

    An epoch takes every sample once; a batch may end one epoch and begin the next. Any batch can be
    made by itself, so a run may start at any of them.

    Examples:
        >>> import jax
        >>> import numpy as np
        >>> from gantheory import data
        >>> batches = data.Shuffled(np.arange(6.0)[:, None], 3, jax.random.key(0))
        >>> sorted(np.concatenate([batches(0), batches(1)]).ravel().tolist())
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """

    def __init__(self, samples: Indexed, batch_size: int, key: Key):
        """Take the samples (arrays, or pairs of array and label), the batch size and the key of the orders."""
        require_count(batch_size=batch_size)
        require_key(key=key)
        if not isinstance(samples, Indexed):
            raise TypeError(
                "samples must have a length and integer indexing, as a list, an array or "
                f"data.Scaled(data.ImageFolder(…)) do; got {described(samples)}."
            )
        if len(samples) == 0:
            raise ValueError("samples must not be empty.")
        self.samples = samples
        self.batch_size = batch_size
        self._seed = np.asarray(jax.random.key_data(key)).ravel().tolist()
        self._order = lru_cache(maxsize=2)(self._drawn_order)

    def __call__(self, number: int) -> HostBatch:
        """Read batch `number`, counted from 0 over all epochs."""
        first = number * self.batch_size
        rows = [divmod(first + place, len(self.samples)) for place in range(self.batch_size)]
        rows = [int(self._order(epoch)[place]) for epoch, place in rows]
        read = [self.samples[row] for row in rows]
        for row, item in zip(rows, read, strict=True):
            if jax.tree.structure(item) != jax.tree.structure(read[0]):
                raise ValueError(
                    f"samples must be all arrays, or all pairs of array and label, but samples[{row}] is "
                    f"{_parts(item)} and samples[{rows[0]}] {_parts(read[0])}."
                )
        return jax.tree.map(lambda *leaves: np.stack(leaves), *read)

    def __repr__(self) -> str:
        return (
            f"Shuffled({len(self.samples)} samples, {self.batch_size} a batch, seed {self._seed})"
        )

    def _drawn_order(self, epoch: int) -> np.ndarray:
        return np.random.default_rng([*self._seed, epoch]).permutation(len(self.samples))


class InOrder:
    """Batches of an iterator, which can only be read forwards.

    To start at batch n, a fresh iterator is made and n batches are read and dropped. That is exact if
    the iterator gives the same batches every time it is made, and takes the time of reading them.

    Examples:
        >>> import itertools
        >>> import numpy as np
        >>> from gantheory import data
        >>> batches = data.InOrder(lambda: itertools.cycle([np.zeros((4, 1)), np.ones((4, 1))]))
        >>> print(batches(3).mean())
        1.0
    """

    def __init__(self, make_iterator: Callable[[], Iterator[HostBatch]]):
        """Take the function that makes the iterator, which must be endless."""
        if not callable(make_iterator):
            raise TypeError(
                "make_iterator must be a function that makes the iterator anew, such as "
                f"lambda: itertools.cycle(batches), got {described(make_iterator)}."
            )
        self.make_iterator = make_iterator
        self._read = 0
        self._iterator: Iterator[HostBatch] | None = None
        self._last: HostBatch = None

    def __call__(self, number: int) -> HostBatch:
        """Read on to batch `number`, from the start if it lies behind."""
        if self._iterator is None or number < self._read - 1:
            self._iterator, self._read = self.make_iterator(), 0
        while self._read <= number:
            try:
                self._last = next(self._iterator)
            except StopIteration:
                raise ValueError(
                    f"the iterator of batches ended after {self._read}, but must be endless."
                ) from None
            self._read += 1
        return self._last

    def __repr__(self) -> str:
        return f"InOrder({self.make_iterator!r})"


class Stream(eqx.Module):
    """A source for `Trainer.fit` whose data are read on the host while the device trains.

    `batches` maps a number to a batch: NumPy arrays of one shape, samples alone or a pair of samples and
    labels. `Shuffled` and `InOrder` are such functions, and so is the indexing of a dataset of batches.
    It is called in one thread at a time. Latents are drawn on the device, as for other sources.

    Examples:
        >>> import jax
        >>> import numpy as np
        >>> from gantheory import data
        >>> batches = data.Shuffled(np.arange(6.0, dtype=np.float32)[:, None], 3, jax.random.key(0))
        >>> stream = data.Stream(batches, latent=data.Uniform(1))
        >>> print(stream.batches(0).shape, stream.classes)
        (3, 1) None
    """

    batches: Callable[[int], HostBatch]
    latent: Sampler
    classes: int | None = eqx.field(static=True, default=None)

    def __check_init__(self) -> None:
        require_function(
            "a function of a batch's number, such as Shuffled(…) or InOrder(…)",
            batches=self.batches,
        )
        require_function(
            "a sampler, a function of a key and a count, such as data.Uniform(1)",
            latent=self.latent,
        )

    def __call__(self, key: Key) -> HostBatch:
        """Raise: a stream is read on the host, not drawn from a key."""
        raise TypeError(
            "a Stream is read by the host, between the pieces of a run: use Trainer.fit, not "
            "Trainer.train (and not inside OnMesh)."
        )


class Chunk(eqx.Module):
    """The data of some steps in a row, on the device: what a stream looks like inside the scan.

    There is room for as many steps as a piece of the run may have; those after the last one that
    was read repeat it and are never played.
    """

    real: Float[Array, " steps turns batch *sample"]
    label: Int[Array, " steps turns batch"] | None
    latent: Sampler
    first: Number
    classes: int | None = eqx.field(static=True)

    def batch(self, key: Key, step: Number, place: Number) -> Batch:
        """What turn number `place` of a step is played on."""
        _, latent_key, key = jax.random.split(key, 3)  # as a data set in memory does it
        at = (step - self.first, place)
        real = self.real[at]
        return Batch(
            real=real,
            latent=self.latent(latent_key, real.shape[0]),
            key=key,
            label=None if self.label is None else self.label[at],
            classes=self.classes,
        )


def batch_of(source: Source | Chunk, key: Key, step: Number, place: Number) -> PyTree:
    """What a source, or a chunk of a stream, gives for turn number `place` of a step."""
    return source.batch(key, step, place) if isinstance(source, Chunk) else source(key)


def shape_of_batch(source: Source | Chunk, key: Key) -> PyTree:
    """The shapes of what a source gives."""
    first = jnp.zeros((), jnp.int32)
    return eqx.filter_eval_shape(batch_of, source, key, first, first)


def read_chunk(stream: Stream, batches_per_step: int, first: int, steps: int, room: int) -> Chunk:
    """Read the data of `steps` steps from step `first` on, into a chunk with room for `room`."""
    numbers = range(first * batches_per_step, (first + steps) * batches_per_step)
    real, labels = zip(*(_read(stream, number) for number in numbers), strict=True)
    shape = (room, batches_per_step)
    return Chunk(
        real=_stacked(real, shape),
        label=None if labels[0] is None else _stacked(labels, shape),
        latent=stream.latent,
        first=jnp.asarray(first, jnp.int32),
        classes=stream.classes,
    )


def steps_in_a_chunk(stream: Stream, batches_per_step: int, most: int) -> int:
    """How many steps at most are read at once; one batch is read to find out."""
    size = sum(part.nbytes for part in _read(stream, 0) if part is not None)
    return max(1, min(most, BYTES_OF_A_CHUNK // max(1, size * batches_per_step)))


def chunks(
    stream: Stream,
    batches_per_step: int,
    first: int,
    lengths: Iterator[int],
    room: int,
) -> Generator[tuple[int, Chunk], None, None]:
    """Lengths of pieces, each with its data; the next chunk is read while one is trained on."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="stream") as reader:
        waiting = None
        for length in lengths:
            reading = reader.submit(read_chunk, stream, batches_per_step, first, length, room)
            first += length
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = length, reading
        if waiting is not None:
            yield waiting[0], waiting[1].result()


def _read(stream: Stream, number: int) -> tuple[np.ndarray, np.ndarray | None]:
    """One batch as arrays: samples, and labels where there are some."""
    batch = stream.batches(number)
    real, label = batch if isinstance(batch, tuple | list) else (batch, None)
    real = np.asarray(real)
    if real.ndim == 0 or not np.issubdtype(real.dtype, np.floating):
        raise TypeError(
            f"batch {number} must hold samples of floating-point numbers, got {real.dtype}"
            f"{list(real.shape)}."
        )
    if label is None:
        return real, None
    label = np.asarray(label)
    if label.shape != real.shape[:1] or not np.issubdtype(label.dtype, np.integer):
        raise ValueError(
            f"batch {number} must hold one whole number as label of each of its {len(real)} samples, "
            f"got {label.dtype}{list(label.shape)}."
        )
    if stream.classes is not None and (label.min() < 0 or label.max() >= stream.classes):
        raise ValueError(
            f"batch {number} must hold labels between 0 and {stream.classes - 1}, as classes says, "
            f"got labels from {label.min()} to {label.max()}."
        )
    return real, label


def _parts(item: object) -> str:
    """An array, or a pair of two things, in a few words."""
    if isinstance(item, tuple | list):
        return f"({', '.join(described(part) for part in item)})"
    return described(item)


def _stacked(parts: tuple[np.ndarray, ...], shape: tuple[int, int]) -> Array:
    """Batches as one device array with the axes of `shape` first, filled up with the last batch."""
    for part in parts:
        if part.shape != parts[0].shape:
            raise ValueError(
                f"batches must have one shape, but one is {parts[0].shape} and another {part.shape}."
            )
    stacked = np.empty((math.prod(shape), *parts[0].shape), parts[0].dtype)
    np.stack(parts, out=stacked[: len(parts)])
    stacked[len(parts) :] = parts[-1]
    return jnp.asarray(stacked.reshape(*shape, *parts[0].shape))
