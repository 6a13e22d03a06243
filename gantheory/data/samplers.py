"""Samplers: functions of a key and a count, for data of a known distribution and for latents."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gantheory._checks import (
    is_array,
    require_count,
    require_finite,
    require_key,
    require_positive,
    require_same_shape,
)
from gantheory._types import Sampler
from gantheory.data.arrays import floating, native, on_device
from gantheory.shapes import Key, Scalar

__all__ = [
    "Normal",
    "NormalMixture",
    "Standardised",
    "Uniform",
    "grid_of_normals",
    "ring_of_normals",
]

Vector = Float[Array | np.ndarray, " size"]
Rows = Float[Array | np.ndarray, " count size"]


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

    def __init__(self, mean: Vector | float, standard_deviation: Vector | float):
        """Set mean and standard deviation; plain numbers stand for vectors of length one."""
        self.mean = _vector("mean", mean)
        self.standard_deviation = _vector("standard_deviation", standard_deviation)
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
        """Set the length of the vectors and the interval, by default the unit interval."""
        require_count(size=size)
        require_positive(**{"high - low": high - low})
        self.size, self.low, self.high = size, low, high

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors."""
        require_key(key=key)
        return jax.random.uniform(key, (count, self.size), minval=self.low, maxval=self.high)


class NormalMixture(eqx.Module):
    """A sampler of an equally weighted mixture of isotropic normals, one at each row of `centres`.

    Examples:
        >>> import jax
        >>> from gantheory import data
        >>> mixture = data.NormalMixture(jax.numpy.array([[-2.0], [2.0]]), 0.1)
        >>> print(abs(mixture(jax.random.key(0), 1000)).mean().round(1))
        2.0
    """

    centres: Float[Array, " modes size"]
    standard_deviation: Scalar

    def __init__(
        self,
        centres: Float[Array | np.ndarray, " modes size"],
        standard_deviation: Float[Array | np.ndarray, ""] | float,
    ):
        """Set the centres, and the standard deviation that all modes share."""
        self.centres = on_device("centres", floating("centres", centres, ("modes", "size")))
        self.standard_deviation = jnp.asarray(standard_deviation, float)
        if self.standard_deviation.ndim:
            raise ValueError(
                f"standard_deviation must be one number, got shape {self.standard_deviation.shape}."
            )
        require_positive(standard_deviation=self.standard_deviation)

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors, each from one mode; all modes are equally likely."""
        require_key(key=key)
        mode_key, noise_key = jax.random.split(key)
        modes = jax.random.randint(mode_key, (count,), 0, self.centres.shape[0])
        noise = jax.random.normal(noise_key, (count, self.centres.shape[1]))
        return self.centres[modes] + self.standard_deviation * noise


def ring_of_normals(modes: int, radius: float, standard_deviation: float) -> NormalMixture:
    """Normal distributions in the plane, evenly spaced on a circle around the origin.

    Raises:
        ValueError: There are no modes, or a length is not positive.

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
    """Normal distributions in the plane on a square grid of `side` by `side` points.

    Raises:
        ValueError: There are no modes, or a length is not positive.

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
        >>> normal, key = data.Normal(4.0, 1.25), jax.random.key(0)
        >>> standard = data.Standardised(normal, normal(key, 1000))
        >>> x = standard(key, 1000)
        >>> print(abs(x.mean()) < 0.1, abs(standard.restore(x) - normal(key, 1000)).max() < 1e-4)
        True True
    """

    sampler: Sampler
    mean: Float[Array, " size"]
    standard_deviation: Float[Array, " size"]

    def __init__(self, sampler: Sampler, sample: Rows):
        """Measure the mean and the standard deviation of each column of `sample`."""
        measured = on_device("sample", floating("sample", sample, ("count", "size")))
        self.sampler = sampler
        self.mean = jnp.mean(measured, axis=0)
        self.standard_deviation = jnp.std(measured, axis=0)
        require_positive(**{"sample's standard deviation": self.standard_deviation})

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors of the underlying sampler, standardised."""
        return jax.vmap(lambda row: (row - self.mean) / self.standard_deviation)(
            self.sampler(key, count)
        )

    def restore(self, samples: Rows) -> Float[Array, " count size"]:
        """Map standardised vectors back to the data's units."""
        return jax.vmap(lambda row: self.mean + self.standard_deviation * row)(samples)


def _vector(name: str, value: Vector | float) -> Float[Array, " size"]:
    given = native(name, value) if is_array(value) else value
    vector = jnp.atleast_1d(jnp.asarray(given, float))
    if vector.ndim > 1:
        raise ValueError(f"{name} must have the axes (size), got shape {vector.shape}.")
    return vector
