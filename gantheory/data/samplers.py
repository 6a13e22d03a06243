"""Samplers: functions of a key and a count, for data whose law is known and for latents."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import (
    require_count,
    require_finite,
    require_floating,
    require_key,
    require_positive,
    require_same_shape,
)
from gantheory.shapes import Key, Samples, Scalar

__all__ = [
    "Normal",
    "NormalMixture",
    "Sampler",
    "Standardised",
    "Uniform",
    "grid_of_normals",
    "ring_of_normals",
]

Sampler = Callable[[Key, int], Samples]


class Normal(eqx.Module):
    """A sampler of vectors with independent normal entries, one per entry of `mean`.

    Examples:
        >>> import jax
        >>> from gantheory import data
        >>> data.Normal(4.0, 1.25)(jax.random.key(0), 5).shape
        (5, 1)
    """

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
        require_key(key=key)
        noise = jax.random.normal(key, (count, *self.mean.shape))
        return jax.vmap(lambda row: self.mean + self.standard_deviation * row)(noise)


class Uniform(eqx.Module):
    """A sampler of vectors of length `size` with independent entries uniform on [low, high).

    Examples:
        >>> import jax
        >>> from gantheory import data
        >>> z = data.Uniform(2, low=-1.0, high=1.0)(jax.random.key(0), 5)
        >>> print(z.shape, bool(abs(z).max() < 1))
        (5, 2) True
    """

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
        require_key(key=key)
        return jax.random.uniform(key, (count, self.size), minval=self.low, maxval=self.high)


class NormalMixture(eqx.Module):
    """A sampler of an even mixture of round normal laws, one around each row of `centres`.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import data
        >>> mixture = data.NormalMixture(jnp.array([[-2.0], [2.0]]), 0.1)
        >>> print(abs(mixture(jax.random.key(0), 1000)).mean().round(1))
        2.0
    """

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
        require_key(key=key)
        mode_key, noise_key = jax.random.split(key)
        modes = jax.random.randint(mode_key, (count,), 0, self.centres.shape[0])
        noise = jax.random.normal(noise_key, (count, self.centres.shape[1]))
        return self.centres[modes] + self.standard_deviation * noise


def ring_of_normals(modes: int, radius: float, standard_deviation: float) -> NormalMixture:
    """Normal laws in the plane, evenly spaced on a circle around the origin.

    Raises:
        ValueError: There is no mode, or a length is not positive.

    Examples:
        >>> from gantheory import data
        >>> print(data.ring_of_normals(4, 2.0, 0.1).centres.round(1) + 0.0)
        [[ 2.  0.]
         [ 0.  2.]
         [-2.  0.]
         [ 0. -2.]]
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

    Examples:
        >>> from gantheory import data
        >>> print(data.grid_of_normals(2, 2.0, 0.1).centres)
        [[-1. -1.]
         [ 1. -1.]
         [-1.  1.]
         [ 1.  1.]]
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

    Examples:
        >>> import jax
        >>> from gantheory import data
        >>> law, key = data.Normal(4.0, 1.25), jax.random.key(0)
        >>> standard = data.Standardised(law, law(key, 1000))
        >>> x = standard(key, 1000)
        >>> print(abs(x.mean()) < 0.1, abs(standard.restore(x) - law(key, 1000)).max() < 1e-4)
        True True
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
