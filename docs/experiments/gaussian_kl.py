"""A normal distribution fitted in either direction of the KL divergence, the library's arithmetic,
and estimates."""

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from tools.results.cache import cached

from gantheory import divergences

WEIGHTS = (2 / 3, 1 / 3)
MODES = (-2.0, 2.0)
DEVIATION = 0.6


def log_normal(x: Array, mean: Array, log_variance: Array) -> Array:
    """The log-density of a normal distribution on the line."""
    standardised = (x - mean) * jnp.exp(-0.5 * log_variance)
    return -0.5 * (standardised**2 + log_variance + jnp.log(2 * jnp.pi))


def log_mixture(x: Array) -> Array:
    """The log-density of the target: two normal humps, one twice as heavy as the other."""
    log_variance = jnp.asarray(2 * jnp.log(DEVIATION))
    humps = [
        jnp.log(weight) + log_normal(x, jnp.asarray(mode), log_variance)
        for weight, mode in zip(WEIGHTS, MODES, strict=True)
    ]
    return jnp.logaddexp(*humps)


@cached
def fit_normal(direction: Literal["forward", "reverse"], start: float) -> dict[str, Array]:
    """Descend KL(p‖q) or KL(q‖p) in the mean and log-variance of q, by quadrature on a grid."""
    grid = jnp.linspace(-8.0, 8.0, 801)
    log_p = log_mixture(grid)

    def divergence(parameters: Array) -> Array:
        log_q = log_normal(grid, parameters[0], parameters[1])
        first, second = (log_p, log_q) if direction == "forward" else (log_q, log_p)
        return jnp.sum(jnp.exp(first) * (first - second)) * (grid[1] - grid[0])

    def step(parameters: Array, _: None) -> tuple[Array, None]:
        return parameters - 0.05 * jax.grad(divergence)(parameters), None

    fitted, _ = jax.lax.scan(step, jnp.asarray([start, 0.0]), length=4000)
    return {
        "mean": fitted[0],
        "deviation": jnp.exp(0.5 * fitted[1]),
        "divergence": divergence(fitted),
        "grid": grid,
        "target": jnp.exp(log_p),
        "fitted": jnp.exp(log_normal(grid, fitted[0], fitted[1])),
    }


@cached
def three_forms() -> dict[str, Array]:
    """The excess of the exponential over its tangent, in float32, computed in three ways."""
    s = jnp.asarray(10 ** np.linspace(-7, 0.6, 160), jnp.float32)
    library = divergences.exponential_excess(s)
    return {"s": s, "naive": jnp.exp(s) - 1 - s, "expm1": jnp.expm1(s) - s, "library": library}


@cached
def evaluate(region: str, size: int) -> dict[str, Array]:
    """Value and gradient of the KL to the standard normal at random parameters of one region."""
    random = np.random.default_rng(2)
    shape = (max(1, 128 // size), size)
    regions = {
        "wide": (_signed_powers(random, -6, 6, shape), random.uniform(-80, 80, shape)),
        "near 0": (_signed_powers(random, -15, 0, shape), _signed_powers(random, -15, 0, shape)),
        "moderate": (random.uniform(-3, 3, shape), random.uniform(-3, 3, shape)),
    }
    mean, log_variance = (jnp.asarray(array, float) for array in regions[region])
    value, pullback = jax.vjp(divergences.kl_to_standard_normal, mean, log_variance)
    slopes = pullback(jnp.ones_like(value))
    return {
        "mean": mean,
        "log_variance": log_variance,
        "value": value,
        "mean_slope": slopes[0],
        "log_variance_slope": slopes[1],
    }


@cached
def estimate(mean: float, count: int) -> dict[str, Array]:
    """Three estimates of the KL of N(mean, 1) from the standard normal, with their standard
    errors."""
    noise = jax.random.normal(jax.random.key(0), (count,))
    log_ratios = mean * noise + 0.5 * mean**2
    estimates = [f(log_ratios) for f in (divergences.kl_k1, divergences.kl_k2, divergences.kl_k3)]
    return {
        "closed_form": divergences.kl_to_standard_normal(jnp.asarray([mean]), jnp.zeros(1)),
        "values": jnp.stack([e.value for e in estimates]),
        "standard_errors": jnp.stack([e.standard_error for e in estimates]),
    }


def _signed_powers(
    random: np.random.Generator, lowest: float, highest: float, shape: tuple[int, int]
) -> np.ndarray:
    return random.choice([-1.0, 1.0], shape) * 10 ** random.uniform(lowest, highest, shape)
