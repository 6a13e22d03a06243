"""Sources: everything random that one turn of a game needs, made from one key."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.checks import require_count, require_finite, require_floating, require_positive
from gantheory.shapes import Key, Labels, LatentBatch, RealBatch, Samples

__all__ = ["Dataset", "Draw", "Normal", "Standardised", "Synthetic", "Uniform"]

Sampler = Callable[[Key, int], Samples]


class Draw(eqx.Module):
    """What one turn is played on. Given a draw, a game's losses are deterministic.

    `label` is present where the data carry classes; `key` serves what is left random inside a
    loss, such as the interpolation points of a gradient penalty.
    """

    real: RealBatch
    latent: LatentBatch
    key: Key
    label: Labels | None = None


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
        require_finite(mean=self.mean)
        require_positive(standard_deviation=self.standard_deviation)

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors."""
        noise = jax.random.normal(key, (count, *self.mean.shape))
        return jax.vmap(lambda row: self.mean + self.standard_deviation * row)(noise)


class Uniform(eqx.Module):
    """A sampler of vectors of length `size` with independent entries uniform on [0, 1)."""

    size: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        require_count(size=self.size)

    def __call__(self, key: Key, count: int) -> Float[Array, " count size"]:
        """Draw `count` vectors."""
        return jax.random.uniform(key, (count, self.size))


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
    """A source over samples in memory, drawn with replacement."""

    samples: Samples
    latent: Sampler
    batch_size: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        require_count(batch_size=self.batch_size)
        require_floating(samples=self.samples)
        require_finite(samples=self.samples)

    def __call__(self, key: Key) -> Draw:
        """Draw `batch_size` rows and as many latents."""
        row_key, latent_key, key = jax.random.split(key, 3)
        rows = jax.random.randint(row_key, (self.batch_size,), 0, self.samples.shape[0])
        return Draw(
            real=self.samples[rows], latent=self.latent(latent_key, self.batch_size), key=key
        )
