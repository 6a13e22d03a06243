"""Distances between large samples fit into memory: the largest array of their programs, without
running them.

What a process needs in all is measured by `nox -s bench -- metrics`.
"""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import pytest
from jax.scipy.stats import norm

from gantheory import metrics

FEATURES = jax.ShapeDtypeStruct((50_000, 2_048), jnp.float32)
NUMBERS = jax.ShapeDtypeStruct((10_000_000,), jnp.float32)
CALLS = {
    "frechet_distance": metrics.frechet_distance,
    "kernel_distance": metrics.kernel_distance,
    "precision_recall": lambda a, b: metrics.precision_recall(
        features=a, reference=b, neighbours=3
    ),
    "density_coverage": lambda a, b: metrics.density_coverage(
        features=a, reference=b, neighbours=5
    ),
    "nearest_distances": metrics.nearest_distances,
    "wasserstein_1d": lambda a, _: metrics.wasserstein_1d(a, norm.ppf),
    "wasserstein_samples_1d": metrics.wasserstein_samples_1d,
    "kolmogorov_smirnov_1d": lambda a, _: metrics.kolmogorov_smirnov_1d(a, norm.cdf),
}


def gigabytes(function, shape) -> float:
    """The largest array in the program of a function of two samples of a shape."""
    return 1e-9 * max(bytes_of_arrays(jax.make_jaxpr(function)(shape, shape).jaxpr))


def bytes_of_arrays(program) -> Iterator[int]:
    for equation in program.eqns:
        for one in equation.outvars:
            yield one.aval.size * one.aval.dtype.itemsize
        for inner in jax.tree.leaves(
            list(equation.params.values()), is_leaf=lambda one: hasattr(one, "eqns")
        ):
            if hasattr(inner, "eqns"):
                yield from bytes_of_arrays(inner)


@pytest.mark.parametrize("name", CALLS)
def test_no_array_is_larger_than_a_sample_of_50000_points_or_ten_million_numbers(name):
    on_the_line = name.endswith("_1d")
    largest = gigabytes(CALLS[name], NUMBERS if on_the_line else FEATURES)
    assert largest <= (0.081 if on_the_line else 0.43)  # two samples of numbers, one of features


@pytest.mark.parametrize("part", ["value", "standard_error"])
def test_nor_in_the_gradient_of_the_kernel_distance(part):
    slope = jax.grad(lambda a, b: getattr(metrics.kernel_distance(a, b), part))
    assert gigabytes(slope, FEATURES) <= 0.43


def test_a_matrix_of_all_pairs_would_be_found():
    assert gigabytes(lambda a, b: jnp.sum(jax.lax.map(lambda x: b @ x, a)), FEATURES) > 9
