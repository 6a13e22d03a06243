"""The penalties of a quadratic critic, in the samples and in its weights, and the projections."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.accuracy.case import Case, Exact, Points, Random
from experiments.accuracy.formulas import mean, sqrt
from experiments.accuracy.points import POINTS, row, signed
from gantheory import penalties

KEY = jax.random.key(0)
AWAY_FROM_ONE = "slopes below 0.7 or above 1.5"


def critic(weights: jax.Array) -> Exact:
    """A quadratic critic, whose slope at x is the product of the weights and x."""
    return lambda x: jnp.sum(weights * x * x) / 2


def slope(sample: list[Any], weights: list[Any]) -> Any:
    return sqrt(sum((w * x) ** 2 for w, x in zip(weights, sample, strict=True)))


def of_slopes(term: Exact) -> Exact:
    return lambda samples, weights: mean(term(slope(one, weights)) for one in samples)


def sloped(low: float, high: float, gap: tuple[float, float] = (1.0, 1.0)) -> Points:
    """Three samples of two numbers, and weights, for slopes of sizes spread over powers of ten."""

    def draw(random: Random, _: Any) -> tuple[np.ndarray, ...]:
        weights = signed(random, (POINTS, 2), -1, 1)
        samples = random.normal(0, 1, (POINTS, 3, 2))
        below = 10 ** random.uniform(low, np.log10(gap[0]), (POINTS, 3))
        above = 10 ** random.uniform(np.log10(gap[1]), high, (POINTS, 3))
        wanted = np.where(random.random((POINTS, 3)) < 0.5, below, above)
        slopes = np.linalg.norm(samples * weights[:, None], axis=-1)
        return samples * (wanted / slopes)[..., None], weights

    return draw


def largest_singular_value(entries: list[Any]) -> Any:
    (a, b), (c, d) = entries
    squares, determinant = a * a + b * b + c * c + d * d, a * d - b * c
    return sqrt((squares + sqrt(squares * squares - 4 * determinant * determinant)) / 2)


def matrices(random: Random, _: Any) -> tuple[np.ndarray, ...]:
    return (random.normal(0, 1, (POINTS, 2, 2)) * 10 ** random.uniform(-2, 2, (POINTS, 1, 1)),)


PENALTIES: dict[str, Case] = {
    "penalties.r1": Case(
        lambda x, w: penalties.r1(critic(w), x), of_slopes(lambda s: s * s / 2), sloped(-3, 3)
    ),
    "penalties.r2": Case(
        lambda x, w: penalties.r2(critic(w), x), of_slopes(lambda s: s * s / 2), sloped(-3, 3)
    ),
    "penalties.wgan_gp": Case(
        lambda x, w: penalties.wgan_gp(critic(w), x, x, KEY),
        of_slopes(lambda s: (s - 1) ** 2),
        sloped(-3, 3, gap=(0.7, 1.5)),
        why=f"fakes equal to the data; {AWAY_FROM_ONE}",
    ),
    "penalties.dragan": Case(
        lambda x, w: penalties.dragan(critic(w), x, KEY, 0.0),
        of_slopes(lambda s: (s - 1) ** 2),
        sloped(-3, 3, gap=(0.7, 1.5)),
        why=f"without noise; {AWAY_FROM_ONE}",
    ),
    "penalties.clip_weights": Case(
        lambda w: penalties.clip_weights(w, 1.0)[0],
        lambda w: min(max(w[0], -1), 1),
        row(-3, 3, 1),
    ),
    "penalties.spectral_normalise": Case(
        lambda w: penalties.spectral_normalise(w)[0, 1],
        lambda w: w[0][1] / largest_singular_value(w),
        matrices,
        slope_terms=lambda w: 1 / largest_singular_value(w),
    ),
}
