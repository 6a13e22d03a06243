"""Sources in the memory of the device: a key in, a batch out."""

from typing import Any, Generic, overload

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Int

from gantheory._checks import is_known, require_count, require_function, require_key
from gantheory._types import LabelsLike, Sampler, SamplesLike
from gantheory.data.arrays import AnyArray, floating, integers, on_device
from gantheory.data.batch import Batch, L
from gantheory.shapes import Key, Labels, Samples

__all__ = ["Dataset", "Synthetic"]

SAMPLER = "a sampler, a function of a key and a count, such as data.Uniform(1)"


class Synthetic(eqx.Module):
    """An endless source: data and latents both come from samplers.

    Examples:
        >>> import jax
        >>> from gantheory import data
        >>> source = data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(2), batch_size=8)
        >>> batch = source(jax.random.key(0))
        >>> print(batch.real.shape, batch.latent.shape)
        (8, 1) (8, 2)
    """

    real: Sampler
    latent: Sampler
    batch_size: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        require_count(batch_size=self.batch_size)
        require_function(SAMPLER, real=self.real, latent=self.latent)

    def __call__(self, key: Key) -> Batch[None]:
        """Draw `batch_size` data and as many latents."""
        require_key(key=key)
        real_key, latent_key, key = jax.random.split(key, 3)
        return Batch(
            real=self.real(real_key, self.batch_size),
            latent=self.latent(latent_key, self.batch_size),
            key=key,
        )


class Dataset(eqx.Module, Generic[L]):
    """A source over samples in memory, with or without class labels, drawn with replacement.

    `classes` is the number of classes, read from the labels; None where there are none.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import data
        >>> samples = jnp.array([[0.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
        >>> source = data.Dataset(samples, data.Uniform(1), 4, labels=jnp.array([0, 0, 1]))
        >>> print(source.classes, source(jax.random.key(0)).label.shape)
        2 (4,)
    """

    samples: Samples
    latent: Sampler
    batch_size: int = eqx.field(static=True)
    labels: Int[Array, " batch"] | None
    classes: int | None = eqx.field(static=True)

    @overload
    def __init__(
        self: "Dataset[None]",
        samples: SamplesLike,
        latent: Sampler,
        batch_size: int,
        labels: None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: "Dataset[Labels]",
        samples: SamplesLike,
        latent: Sampler,
        batch_size: int,
        labels: LabelsLike,
    ) -> None: ...

    def __init__(
        self,
        samples: SamplesLike,
        latent: Sampler,
        batch_size: int,
        labels: LabelsLike | None = None,
    ) -> None:
        """Put samples, and a label of each, on the device; `latent` draws the latents.

        Labels are integers counted from 0. At least two classes must occur, and none below the
        largest may be missing. JAX holds float64 as float32 unless `jax_enable_x64`
        is set.
        """
        require_count(batch_size=batch_size)
        require_function(SAMPLER, latent=latent)
        given = floating("samples", samples)
        if given.ndim == 0:
            raise ValueError(
                "samples must have a leading axis, one entry per sample, got one number."
            )
        known = None if labels is None else integers("labels", labels, _NUMBERED)
        self.samples = on_device("samples", given)
        self.latent = latent
        self.batch_size = batch_size
        self.classes = None if known is None else _class_count(known, len(given))
        self.labels = None if known is None else on_device("labels", _signed(known))

    def __call__(self, key: Key) -> Batch[L]:
        """Draw `batch_size` rows, with their labels, and as many latents."""
        require_key(key=key)
        row_key, latent_key, key = jax.random.split(key, 3)
        rows = jax.random.randint(row_key, (self.batch_size,), 0, self.samples.shape[0])
        label: Any = None if self.labels is None else self.labels[rows]  # as L says
        return Batch(
            real=self.samples[rows],
            latent=self.latent(latent_key, self.batch_size),
            key=key,
            label=label,
            classes=self.classes,
        )


_NUMBERED = ": names, labels = np.unique(styles, return_inverse=True) numbers the styles"


def _signed(labels: AnyArray) -> AnyArray:
    return labels.astype(np.int32) if labels.dtype.kind == "u" else labels


def _class_count(labels: AnyArray, samples: int) -> int:
    """The number of classes; raises unless the labels are 0, 1, … and all of them occur."""
    if labels.shape != (samples,):
        raise ValueError(
            f"labels must hold one label for each of the {samples} samples, "
            f"got shape {labels.shape}."
        )
    if not is_known(labels):
        raise ValueError("labels must be known when the source is built; build it outside jit.")
    found = np.unique(np.asarray(labels))
    if found[0] < 0:
        raise ValueError(f"labels must be counted from 0, got {found[0]}.")
    if found.size < 2:
        raise ValueError(f"labels must hold at least two classes, got only {found[0]}.")
    classes = int(found[-1]) + 1
    missing = classes - found.size
    if missing:
        first = next(number for number, label in enumerate(found) if number != label)
        raise ValueError(
            f"labels must be counted from 0 without gaps: the largest is {classes - 1}, "
            f"but {missing} smaller ones never occur, the first of them {first}."
        )
    return classes
