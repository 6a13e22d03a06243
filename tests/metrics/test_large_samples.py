"""Distances between large samples fit into memory: the largest array of their programs, without
running them.

What a process needs in all is measured by `nox -s bench -- metrics`.
"""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import pytest
from support.large_samples import OF_FEATURES, OF_NUMBERS

from gantheory import metrics

FEATURES = jax.ShapeDtypeStruct((50_000, 2_048), jnp.float32)
NUMBERS = jax.ShapeDtypeStruct((10_000_000,), jnp.float32)
CALLS = {**OF_FEATURES, **OF_NUMBERS}


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
