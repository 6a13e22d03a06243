"""The assignment's one-dimensional task, in the parts that several pages share."""

from functools import partial

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm

from gantheory import data, games, metrics, networks
from gantheory.shapes import Key, Scalar, Values

MEAN, STANDARD_DEVIATION = 4.0, 1.25
QUANTILE_POINTS = 20_000


def make_players(key: Key, *, first_layer_gain: float = 1.0) -> games.Players:
    """A generator from one number to one number, and a discriminator of one number."""
    generator_key, discriminator_key = jax.random.split(key)
    mlp = partial(
        networks.MLP, width=32, depth=2, activation=jnp.tanh, first_layer_gain=first_layer_gain
    )
    return {
        "generator": mlp(1, 1, key=generator_key),
        "discriminator": mlp(1, "scalar", key=discriminator_key),
    }


def make_source(batch_size: int) -> data.Synthetic:
    """Data from N(4, 1.25²), noise uniform on the unit interval."""
    return data.Synthetic(
        real=data.Normal(MEAN, STANDARD_DEVIATION), latent=data.Uniform(1), batch_size=batch_size
    )


def outputs(
    generator: networks.MLP, low: float = 0.0, high: float = 1.0, points: int = QUANTILE_POINTS
) -> Values:
    """The generator on the midpoints of equal cells of its noise: the quantiles of what it
    generates, in some order, if it is monotone; otherwise they are so up to O(1/n)."""
    latent = low + (high - low) * metrics.midpoints(points)
    return jax.vmap(lambda u: generator(u[None])[0])(latent)


def distances(samples: Values, mean: float, standard_deviation: float) -> tuple[Scalar, Scalar]:
    """Wasserstein-1 and Kolmogorov-Smirnov distance to a normal distribution."""
    return (
        metrics.wasserstein_1d(samples, lambda u: norm.ppf(u, mean, standard_deviation)),
        metrics.kolmogorov_smirnov_1d(samples, lambda x: norm.cdf(x, mean, standard_deviation)),
    )
