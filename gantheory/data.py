"""Sources: everything random that one turn of a game needs, made from one key."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gantheory.checks import (
    is_known,
    require_count,
    require_finite,
    require_floating,
    require_positive,
    require_same_shape,
)
from gantheory.shapes import Key, Labels, LatentBatch, RealBatch, Samples, Scalar

__all__ = [
    "Dataset",
    "Draw",
    "Normal",
    "NormalMixture",
    "Standardised",
    "Synthetic",
    "Uniform",
    "grid_of_normals",
    "ring_of_normals",
]

Sampler = Callable[[Key, int], Samples]


class Draw(eqx.Module):
    """What one turn is played on. Given a draw, a game's losses are deterministic.

    `label` is present where the data carry classes, and `classes` then says how many there are;
    `key` serves what is left random inside a loss, such as the interpolation points of a gradient
    penalty.
    """

    real: RealBatch
    latent: LatentBatch
    key: Key
    label: Labels | None = None
    classes: int | None = eqx.field(static=True, default=None)


class Normal(eqx.Module):
    """A sampler of vectors with independent normal entries, one per entry of `mean`."""

    mean: Float[Array, " size"]
    standard_deviation: Float[Array, " size"]

    def __init__(
        self, mean: Float[Array, " size"] | float, standard_deviation: Float[Array, " size"] | float
    ):
        """Take mean and standard deviation; plain numbers stand for vectors of length one."""
        self.mean = jnp.atleast_1d(jnp.asarray(mean, float))
        self.standard_deviation = jnp.atleast_1d(jnp.asarray(standard_deviation, float))
        require_same_shape(mean=self.mean, standard_deviation=self.standard_deviation)
        require_finite(mean=self.mean)
        require_positive(standard_deviation=self.standard_deviation)

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors."""
        noise = jax.random.normal(key, (count, *self.mean.shape))
        return jax.vmap(lambda row: self.mean + self.standard_deviation * row)(noise)


class Uniform(eqx.Module):
    """A sampler of vectors of length `size` with independent entries uniform on [low, high)."""

    size: int = eqx.field(static=True)
    low: float = eqx.field(static=True)
    high: float = eqx.field(static=True)

    def __init__(self, size: int, low: float = 0.0, high: float = 1.0):
        """Take the length of the vectors and the interval, by default the unit interval."""
        require_count(size=size)
        require_positive(**{"high - low": high - low})
        self.size, self.low, self.high = size, low, high

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors."""
        return jax.random.uniform(key, (count, self.size), minval=self.low, maxval=self.high)


class NormalMixture(eqx.Module):
    """A sampler of an even mixture of round normal laws, one around each row of `centres`."""

    centres: Float[Array, " modes size"]
    standard_deviation: Scalar

    def __init__(
        self,
        centres: Float[Array, " modes size"],
        standard_deviation: Float[Array, ""] | float,
    ):
        """Take the centres and the standard deviation that all modes share."""
        require_floating(centres=centres)
        require_finite(centres=centres)
        require_positive(standard_deviation=standard_deviation)
        self.centres = centres
        self.standard_deviation = jnp.asarray(standard_deviation, float)

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors; each belongs to one mode, all modes alike."""
        mode_key, noise_key = jax.random.split(key)
        modes = jax.random.randint(mode_key, (count,), 0, self.centres.shape[0])
        noise = jax.random.normal(noise_key, (count, self.centres.shape[1]))
        return self.centres[modes] + self.standard_deviation * noise


def ring_of_normals(modes: int, radius: float, standard_deviation: float) -> NormalMixture:
    """Normal laws in the plane, evenly spaced on a circle around the origin.

    Raises:
        ValueError: There is no mode, or a length is not positive.
    """
    require_count(modes=modes)
    require_positive(radius=radius)
    angles = 2 * jnp.pi * jnp.arange(modes, dtype=float) / modes
    centres = radius * jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)
    return NormalMixture(centres, standard_deviation)


def grid_of_normals(side: int, spacing: float, standard_deviation: float) -> NormalMixture:
    """Normal laws in the plane on a square grid of `side` by `side` points around the origin.

    Raises:
        ValueError: There is no mode, or a length is not positive.
    """
    require_count(side=side)
    require_positive(spacing=spacing)
    line = spacing * (jnp.arange(side, dtype=float) - (side - 1) / 2)
    centres = jnp.stack(jnp.meshgrid(line, line), axis=-1).reshape(-1, 2)
    return NormalMixture(centres, standard_deviation)


class Standardised(eqx.Module):
    r"""Another sampler's output $x$ as $(x - m)/s$, with $m$ and $s$ measured on a sample.

    `restore` maps standardised values back, so that a generator trained on standardised data can be
    read in the data's own units.
    """

    sampler: Sampler
    mean: Float[Array, " size"]
    standard_deviation: Float[Array, " size"]

    def __init__(self, sampler: Sampler, sample: Float[Array, " count size"]):
        """Measure the mean and the standard deviation of each column of `sample`."""
        require_floating(sample=sample)
        require_finite(sample=sample)
        self.sampler = sampler
        self.mean = jnp.mean(sample, axis=0)
        self.standard_deviation = jnp.std(sample, axis=0)
        require_positive(**{"sample's standard deviation": self.standard_deviation})

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors of the underlying sampler, standardised."""
        return jax.vmap(lambda row: (row - self.mean) / self.standard_deviation)(
            self.sampler(key, count)
        )

    def restore(self, samples: Float[Array, " count size"]) -> Float[Array, " count size"]:
        """Map standardised vectors back to the data's units."""
        return jax.vmap(lambda row: self.mean + self.standard_deviation * row)(samples)


class Synthetic(eqx.Module):
    """An endless source: data and latents both come from samplers."""

    real: Sampler
    latent: Sampler
    batch_size: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        require_count(batch_size=self.batch_size)

    def __call__(self, key: Key) -> Draw:
        """Draw `batch_size` data and as many latents."""
        real_key, latent_key, key = jax.random.split(key, 3)
        return Draw(
            real=self.real(real_key, self.batch_size),
            latent=self.latent(latent_key, self.batch_size),
            key=key,
        )


class Dataset(eqx.Module):
    """A source over samples in memory, with or without class labels, drawn with replacement.

    `classes` is the number of classes, read from the labels; None where there are none.
    """

    samples: Samples
    latent: Sampler
    batch_size: int = eqx.field(static=True)
    labels: Int[Array, " batch"] | None
    classes: int | None = eqx.field(static=True)

    def __init__(
        self,
        samples: Samples,
        latent: Sampler,
        batch_size: int,
        labels: Int[Array, " batch"] | None = None,
    ):
        """Take samples, a sampler of latents, the batch size, and one label per sample.

        Labels are whole numbers counted from 0. At least two classes must occur, and none between
        the first and the last may be missing.
        """
        require_count(batch_size=batch_size)
        require_floating(samples=samples)
        require_finite(samples=samples)
        self.samples = samples
        self.latent = latent
        self.batch_size = batch_size
        self.labels = labels
        self.classes = None if labels is None else _class_count(labels, samples)

    def __call__(self, key: Key) -> Draw:
        """Draw `batch_size` rows, with their labels, and as many latents."""
        row_key, latent_key, key = jax.random.split(key, 3)
        rows = jax.random.randint(row_key, (self.batch_size,), 0, self.samples.shape[0])
        return Draw(
            real=self.samples[rows],
            latent=self.latent(latent_key, self.batch_size),
            key=key,
            label=None if self.labels is None else self.labels[rows],
            classes=self.classes,
        )


def _class_count(labels: Int[Array, " batch"], samples: Samples) -> int:
    """The number of classes; raises unless the labels are 0, 1, … and all of them occur."""
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise TypeError(f"labels must hold whole numbers, got dtype {labels.dtype}.")
    if labels.shape != samples.shape[:1]:
        raise ValueError(
            f"labels must hold one label per sample, {samples.shape[0]} in all, "
            f"got shape {labels.shape}."
        )
    if not is_known(labels):
        raise ValueError("labels must be known when the source is built; build it outside of jit.")
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
