"""The metrics, of samples of a few points.

Two are left out: `distance_to_polygons`, which is what a search has found, and `midpoints`, which
takes no array. Shares of points have the gradient 0.
"""

from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from experiments.accuracy.case import Case, Exact, Points, Random
from experiments.accuracy.formulas import log, mean, sqrt, transport_of_covariances
from experiments.accuracy.kernel_formulas import kernel_distance, kernel_terms, standard_error
from experiments.accuracy.points import POINTS
from gantheory import metrics


def samples(count: int, others: int, size: int = 2) -> Points:
    """Two samples of different spread and place, in units spread over powers of ten."""

    def draw(random: Random, _: Any) -> tuple[np.ndarray, ...]:
        unit = 10 ** random.uniform(-2, 2, (POINTS, 1, 1))
        unit[: POINTS // 2] = 1
        one = random.normal(0, 1, (POINTS, count, size))
        return unit * one, unit * (1.5 * random.normal(0, 1, (POINTS, others, size)) + 1)

    return draw


def numbers(*counts: int) -> Points:
    """The same on the line."""

    def draw(random: Random, type_: Any) -> tuple[np.ndarray, ...]:
        return tuple(one[..., 0] for one in samples(counts[0], counts[-1], 1)(random, type_))[
            : len(counts)
        ]

    return draw


def distance(x: list[Any], y: list[Any]) -> Any:
    return sqrt(mpmath.fsum((a - b) ** 2 for a, b in zip(x, y, strict=True)))


def reach(point: list[Any], sample: list[Any], rank: int) -> Any:
    """The distance of a member to its neighbour of that rank."""
    return sorted(distance(point, other) for other in sample)[rank]


def precision(made: Any, data: Any, rank: int) -> Any:
    reaches = [reach(one, data, rank) for one in data]
    return mean(
        int(any(distance(y, x) <= r for x, r in zip(data, reaches, strict=True))) for y in made
    )


def held(made: Any, data: Any, rank: int) -> list[int]:
    reaches = [reach(one, data, rank) for one in data]
    return [sum(distance(y, x) <= r for y in made) for x, r in zip(data, reaches, strict=True)]


def covariance(sample: Any) -> tuple[list[Any], list[Any]]:
    """The mean, and variance, covariance, variance."""
    centre = [mean(column) for column in zip(*sample, strict=True)]
    moved = [[a - b for a, b in zip(one, centre, strict=True)] for one in sample]
    return centre, [
        mpmath.fsum(one[i] * one[j] for one in moved) / (len(sample) - 1)
        for i, j in ((0, 0), (0, 1), (1, 1))
    ]


def frechet(one: Any, other: Any) -> Any:
    (mean_p, p), (mean_q, q) = covariance(one), covariance(other)
    return transport_of_covariances([a - b for a, b in zip(mean_p, mean_q, strict=True)], p, q)


def frechet_terms(one: Any, other: Any) -> Any:
    return max(max(p[0], p[2]) for _, p in map(covariance, (one, other)))


def on_the_line(one: Any, other: Any) -> Any:
    """The area between the two distribution functions."""
    places = sorted([*one, *other])
    return mpmath.fsum(
        abs(
            mpmath.mpf(sum(x <= start for x in one)) / len(one)
            - mpmath.mpf(sum(x <= start for x in other)) / len(other)
        )
        * (end - start)
        for start, end in pairwise(places)
    )


def to_uniform(one: Any) -> Any:
    """The distance to the uniform distribution on [-2, 2] by its quantiles."""
    count = len(one)
    return mean(
        abs(x - (4 * mpmath.mpf(2 * i + 1) / (2 * count) - 2)) for i, x in enumerate(sorted(one))
    )


def gap_to_uniform(one: Any) -> Any:
    count, expected = len(one), [min(max(x / 4 + 0.5, 0), 1) for x in sorted(one)]
    return max(
        max(value - mpmath.mpf(i) / count, mpmath.mpf(i + 1) / count - value)
        for i, value in enumerate(expected)
    )


def assigned(order: int) -> Exact:
    def value(one: Any, other: Any) -> Any:
        return min(
            mean(distance(x, y) ** order for x, y in zip(one, turned, strict=True))
            for turned in permutations(other)
        ) ** (mpmath.mpf(1) / order)

    return value


def along_the_axes(one: Any, other: Any) -> Any:
    return mean(
        mean(abs(a - b) for a, b in zip(sorted(left), sorted(right), strict=True))
        for left, right in zip(zip(*one, strict=True), zip(*other, strict=True), strict=True)
    )


def on_modes(points: Any, centres: Any) -> list[int]:
    """How many points lie within 1 of each centre, which is the nearest one."""
    counts = [0] * len(centres)
    for point in points:
        distances = [distance(point, centre) for centre in centres]
        nearest = min(range(len(centres)), key=distances.__getitem__)
        counts[nearest] += distances[nearest] <= 1
    return counts


def from_even(points: Any, centres: Any) -> Any:
    counts = on_modes(points, centres)
    if not sum(counts):
        return log(len(counts))
    shares = [mpmath.mpf(one) / sum(counts) for one in counts if one]
    return mpmath.fsum(one * log(len(counts) * one) for one in shares)


def on_axes(measure: Callable[..., jax.Array]) -> Exact:
    return lambda one, other: measure(one, other, jnp.eye(2, dtype=one.dtype))


def modes(one: jax.Array, other: jax.Array) -> metrics.ModeCoverage:
    return metrics.mode_coverage(one, other, radius=1.0, min_count=1)


def neighbours(measure: Callable[..., Any]) -> Exact:
    return lambda one, other: measure(features=one, reference=other, neighbours=2)


METRICS: dict[str, Case] = {
    "metrics.frechet_distance": Case(
        metrics.frechet_distance, frechet, samples(4, 5), terms=frechet_terms
    ),
    "metrics.kernel_distance": Case(
        lambda a, b: metrics.kernel_distance(a, b).value,
        kernel_distance,
        samples(4, 5),
        terms=kernel_terms,
    ),
    "metrics.kernel_distance, standard error": Case(
        lambda a, b: metrics.kernel_distance(a, b).standard_error, standard_error, samples(4, 5)
    ),
    "metrics.precision_recall, precision": Case(
        lambda a, b: neighbours(metrics.precision_recall)(a, b).precision,
        lambda a, b: precision(a, b, 2),
        samples(5, 6),
        flat=True,
    ),
    "metrics.precision_recall, recall": Case(
        lambda a, b: neighbours(metrics.precision_recall)(a, b).recall,
        lambda a, b: precision(b, a, 2),
        samples(5, 6),
        flat=True,
    ),
    "metrics.density_coverage, density": Case(
        lambda a, b: neighbours(metrics.density_coverage)(a, b).density,
        lambda a, b: mean(held(a, b, 2)) * len(b) / len(a) / 2,
        samples(5, 6),
        flat=True,
    ),
    "metrics.density_coverage, coverage": Case(
        lambda a, b: neighbours(metrics.density_coverage)(a, b).coverage,
        lambda a, b: mean(int(one > 0) for one in held(a, b, 2)),
        samples(5, 6),
        flat=True,
    ),
    "metrics.nearest_distances": Case(
        lambda a, b: jnp.sum(metrics.nearest_distances(a, b)[:1]),
        lambda a, b: min(distance(a[0], one) for one in b),
        samples(3, 4),
    ),
    "metrics.mode_coverage, share on modes": Case(
        lambda a, b: modes(a, b).share_on_modes,
        lambda a, b: mpmath.mpf(sum(on_modes(a, b))) / len(a),
        samples(6, 3),
        flat=True,
    ),
    "metrics.mode_coverage, reverse KL": Case(
        lambda a, b: modes(a, b).reverse_kl,
        from_even,
        samples(6, 3),
        terms=lambda a, b: 1,
        flat=True,
    ),
    "metrics.inversion_distances": Case(
        lambda a, b: metrics.inversion_distances(jnp.zeros_like, a, b, steps=1, learning_rate=0.1)[
            0
        ],
        lambda a, b: distance(a[0], [0, 0]),
        samples(2, 2),
        why="of a generator of one image",
    ),
    "metrics.sliced_wasserstein": Case(
        on_axes(metrics.sliced_wasserstein), along_the_axes, samples(4, 4), why="along the axes"
    ),
    "metrics.wasserstein_assignment, order=1": Case(
        lambda a, b: metrics.wasserstein_assignment(a, b, order=1), assigned(1), samples(3, 3)
    ),
    "metrics.wasserstein_assignment, order=2": Case(
        lambda a, b: metrics.wasserstein_assignment(a, b, order=2), assigned(2), samples(3, 3)
    ),
    "metrics.wasserstein_samples_1d": Case(
        metrics.wasserstein_samples_1d, on_the_line, numbers(4, 3)
    ),
    "metrics.wasserstein_1d": Case(
        lambda a: metrics.wasserstein_1d(a, lambda u: 4 * u - 2),
        to_uniform,
        numbers(5),
        terms=lambda a: 2,
        why="to the uniform distribution",
    ),
    "metrics.kolmogorov_smirnov_1d": Case(
        lambda a: metrics.kolmogorov_smirnov_1d(a, lambda x: jnp.clip(0.25 * x + 0.5, 0, 1)),
        gap_to_uniform,
        numbers(5),
        terms=lambda a: 1,
        why="to the uniform distribution",
    ),
}
