"""Data that stay on the host: read ahead, chunk by chunk, while the device trains on the last one.

The batches of a run are numbered from 0, in the order of its turns. So the position in the data is
a function of the step, and a resumed run continues to read where it stopped.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gantheory._checks import described, require_count, require_function, require_key
from gantheory._types import Sampler
from gantheory.data.arrays import in_words, native
from gantheory.data.batch import Batch
from gantheory.shapes import Key, Labels

BYTES_OF_A_CHUNK = 2**24
"""At most, but for a single step with more; a chunk goes to the device whole, even for a piece of
few steps."""

Number = Int[Array, ""]
HostBatch = Any  # an array of samples, or a pair of samples and labels


@runtime_checkable
class Indexed(Protocol):
    """Anything with a length and integer indexing: a folder of images, a list, a memory map."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


class Shuffled:
    """Batches of samples in random order, a new one for every epoch.

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
        """Set the samples (arrays, or pairs of array and label) and the key of their orders."""
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
        self._seed = tuple(np.asarray(jax.random.key_data(key)).ravel().tolist())

    def __call__(self, number: int) -> HostBatch:
        """Read batch `number`, counted from 0 over all epochs."""
        first, count = number * self.batch_size, len(self.samples)
        places = [divmod(first + place, count) for place in range(self.batch_size)]
        rows = [int(_order(self._seed, epoch, count)[place]) for epoch, place in places]
        if isinstance(self.samples, np.ndarray) and _is_numeric(self.samples):
            return self.samples[rows]  # ten times as fast as sample by sample
        items = [self._item(row) for row in rows]
        kinds = [
            [None if part is None else (part.shape, part.dtype) for part in one] for one in items
        ]
        for row, item, kind in zip(rows, items, kinds, strict=True):
            if kind != kinds[0]:
                raise ValueError(
                    "samples must be all arrays, or all pairs of array and label, of one shape and "
                    f"dtype, but samples[{row}] is {in_words(item)} and samples[{rows[0]}] "
                    f"{in_words(items[0])}."
                )
        stacked = [
            None if parts[0] is None else np.stack(parts) for parts in zip(*items, strict=True)
        ]
        return tuple(stacked) if len(stacked) > 1 else stacked[0]

    def fingerprint(self) -> tuple[object, ...]:
        """What a checkpoint knows of it: the samples, and what their order is drawn from."""
        return self.samples, self.batch_size, self._seed

    def __repr__(self) -> str:
        count = f"{len(self.samples)} samples, {self.batch_size} a batch"
        return f"Shuffled({count}, seed {list(self._seed)})"

    def _item(self, row: int) -> tuple[np.ndarray | None, ...]:
        """The parts of a sample, copied: what reads it may fill the same buffer again."""
        item, name = self.samples[row], f"samples[{row}]"
        parts = item if isinstance(item, tuple | list) else (item,)
        if isinstance(item, Mapping) or (parts is item and len(parts) != 2):
            raise TypeError(
                f"{name} must be an array, or a pair of array and label, got {in_words(item)}: "
                "as pairs, [(np.asarray(item['image']), item['label']) for item in samples]."
            )
        return tuple(None if part is None else _copy(name, part) for part in parts)


@lru_cache(maxsize=4)
def _order(seed: tuple[int, ...], epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng([*seed, epoch]).permutation(count)


class InOrder:
    """Batches of an iterator, which can only be read forwards.

    To start at batch n, a new iterator is made and n batches are read and dropped. That is exact if
    every iterator gives the same batches, and takes the time of reading them.

    Examples:
        >>> import itertools
        >>> import numpy as np
        >>> from gantheory import data
        >>> batches = data.InOrder(lambda: itertools.cycle([np.zeros((4, 1)), np.ones((4, 1))]))
        >>> print(batches(3).mean())
        1.0
    """

    def __init__(self, make_iterator: Callable[[], Iterator[HostBatch]]):
        """Set the function that makes the iterator, which must be endless."""
        if not callable(make_iterator):
            raise TypeError(
                "make_iterator must be a function that makes a new iterator, such as "
                f"lambda: itertools.cycle(batches), got {described(make_iterator)}."
            )
        self.make_iterator = make_iterator
        self._read = 0
        self._iterator: Iterator[HostBatch] | None = None
        self._last: HostBatch = None

    def __call__(self, number: int) -> HostBatch:
        """Read on to batch `number`, from the start if it was passed."""
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

    def fingerprint(self) -> Callable[[], Iterator[HostBatch]]:
        """What a checkpoint knows of it: how the iterator is made, not how far it was read."""
        return self.make_iterator

    def __repr__(self) -> str:
        return f"InOrder({self.make_iterator!r})"


class Stream(eqx.Module):
    """A source for `Trainer.fit` whose data are read on the host while the device trains.

    `batches` maps a number to a batch: samples alone, or a pair of samples and labels, of the same
    shapes and dtypes throughout a run. `Shuffled` and `InOrder` are such functions, and so is the
    indexing of a dataset of batches. It is called in one thread at a time, and may use one buffer
    for all batches. Latents are sampled on the device, as for other sources.

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
            "a Stream is read by the host while the device trains: use Trainer.fit, not "
            "Trainer.train."
        )


class Chunk(eqx.Module):
    """The data of some steps in a row, on the device: what a stream looks like inside the scan.

    There is room for as many steps as a piece of the run may have; those after the last one that
    was read hold zeros and are never played.
    """

    real: Float[Array, " steps turns batch *sample"]
    label: Int[Array, " steps turns batch"] | None
    latent: Sampler
    first: Number
    classes: int | None = eqx.field(static=True)

    def batch(self, key: Key, step: Number, place: Number) -> Batch[Labels | None]:
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


def read_chunk(
    stream: Stream,
    batches_per_step: int,
    first: int,
    steps: int,
    room: int,
    stopped: Callable[[], bool] = lambda: False,
) -> Chunk:
    """Read the data of `steps` steps from step `first` on, into a chunk with room for `room`."""
    start, count = first * batches_per_step, steps * batches_per_step
    real, label = _read(stream, start)
    form = _form(real, label)
    all_real = np.zeros((room * batches_per_step, *real.shape), real.dtype)
    all_labels = None if label is None else np.zeros((len(all_real), *label.shape), label.dtype)
    for place in range(count):
        if place:
            real, label = _read(stream, start + place)
        if _form(real, label) != form:
            raise ValueError(
                "batches must have one shape and dtype, but batch "
                f"{start} is {form}, and batch {start + place} is {_form(real, label)}."
            )
        all_real[place] = real  # a copy: a loader may fill the same buffer again
        if all_labels is not None:
            all_labels[place] = label
        if stopped():
            raise CancelledError
    shape = (room, batches_per_step)
    return Chunk(
        real=_on_device(all_real, shape),
        label=None if all_labels is None else _on_device(all_labels, shape),
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
    stop = threading.Event()
    known: dict[str, str] = {}

    def read(first: int, length: int) -> Chunk:
        chunk = read_chunk(stream, batches_per_step, first, length, room, stop.is_set)
        form = _form(_one(chunk.real), None if chunk.label is None else _one(chunk.label))
        before = known.setdefault("first", form)
        if form != before:
            raise ValueError(
                "batches must have one shape and dtype throughout a run, but are "
                f"{before} before step {first + 1}, and then {form}."
            )
        return chunk

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="stream") as reader:
        try:
            waiting = None
            for length in lengths:
                reading = reader.submit(read, first, length)
                first += length
                if waiting is not None:
                    yield waiting[0], waiting[1].result()
                waiting = length, reading
            if waiting is not None:
                yield waiting[0], waiting[1].result()
        finally:
            stop.set()  # else leaving would wait until the whole chunk has been read


def _read(stream: Stream, number: int) -> tuple[np.ndarray, np.ndarray | None]:
    """One batch as arrays: samples, and labels where there are some."""
    batch, name = stream.batches(number), f"batch {number}"
    real, label = batch if isinstance(batch, tuple | list) and len(batch) == 2 else (batch, None)
    if isinstance(real, tuple | list | Mapping):
        hint = ": give (batch['image'], batch['label'])" if isinstance(real, Mapping) else ""
        raise TypeError(
            f"{name} must be an array of samples, or a pair of samples and labels, "
            f"got {in_words(batch)}{hint}."
        )
    real = _array(name, real)
    if real.ndim == 0 or not jnp.issubdtype(real.dtype, jnp.floating):
        hint = ": data.to_signed, or data.Scaled, scales images to [-1, 1]"
        raise TypeError(
            f"{name} must hold samples of floating-point numbers, got {real.dtype}"
            f"{list(real.shape)}{hint if real.dtype == np.uint8 else ''}."
        )
    if real.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {real.shape}.")
    if label is None:
        return real, None
    label = _array(f"the labels of {name}", label)
    if label.shape != real.shape[:1] or not jnp.issubdtype(label.dtype, jnp.integer):
        raise ValueError(
            f"{name} must hold one integer as label of each of its {len(real)} samples, "
            f"got {label.dtype}{list(label.shape)}."
        )
    if stream.classes is not None and (label.min() < 0 or label.max() >= stream.classes):
        raise ValueError(
            f"{name} must hold labels between 0 and {stream.classes - 1}, as classes says, "
            f"got labels from {label.min()} to {label.max()}."
        )
    return real, label


def _form(real: Any, label: Any) -> str:
    labels = "without labels" if label is None else f"with labels in {described(label)}"
    return f"{described(real)} {labels}"


def _one(held: Array) -> jax.ShapeDtypeStruct:
    """The shape and dtype of one batch in a chunk."""
    return jax.ShapeDtypeStruct(held.shape[2:], held.dtype)


def _array(name: str, value: object) -> np.ndarray:
    """The value as a NumPy array, if possible without a copy; tensors convert themselves."""
    if not isinstance(value, np.ndarray):
        try:
            value = np.asarray(value)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{name} cannot be made a NumPy array: {error}.") from error
    return np.asarray(native(name, value))


def _is_numeric(value: np.ndarray) -> bool:
    return value.dtype.kind in "fiu" and value.dtype.isnative


def _copy(name: str, value: object) -> np.ndarray:
    # the first two are the usual cases, told quickly: this is done for every sample
    if type(value) is np.ndarray and _is_numeric(value):
        return value.copy()
    if isinstance(value, int):
        return np.asarray(value)
    return np.array(_array(name, value))


def _on_device(held: np.ndarray, shape: tuple[int, int]) -> Array:
    return jnp.asarray(held.reshape(*shape, *held.shape[1:]))
