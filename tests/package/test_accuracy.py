"""The accuracy of every function of arrays, against 50 digits, stays within what the table
promises.

Single and double precision are measured for every function, and compared with the table of the
page; half precision in a part of the cases.
"""

import inspect
from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from experiments.accuracy import accuracy
from experiments.accuracy.cases import CASES, TYPES, bound
from experiments.accuracy.measure import measured
from tools.results import rows, tables

from gantheory import deviations, divergences, losses, metrics, penalties

ELSEWHERE = {
    "metrics.distance_to_polygons",  # what a search has found
    "metrics.midpoints",  # takes no array
}


def test_every_function_of_arrays_is_measured():
    public = {
        f"{module.__name__.split('.')[1]}.{name}"
        for module in (losses, penalties, divergences, deviations, metrics)
        for name in module.__all__
        if inspect.isfunction(getattr(module, name))
    }
    assert {name.split(",")[0] for name in CASES} == public - ELSEWHERE


def assert_within(errors, most):
    assert errors.value <= most.value
    assert errors.gradient <= most.gradient


row = cache(accuracy.run_row)
table = cache(tables.read)


@pytest.mark.parametrize("name", CASES)
def test_the_errors_are_within_their_bounds(name):
    for type_name in TYPES:
        most = bound(name, type_name)
        assert row(name)[f"value, {type_name}"][0] <= most.value
        assert row(name)[f"gradient, {type_name}"][0] <= most.gradient


@pytest.mark.parametrize("name", accuracy.RECHECKED)
def test_the_table_of_the_page_is_that_of_this_library(name):
    kept = table("accuracy")["rows"][name]
    for one in rows.compared(accuracy, kept, row(name)):
        assert one.fits, str(one)


@pytest.mark.parametrize("name", list(CASES)[::8])
@pytest.mark.parametrize("type_name", ["bfloat16", "float16"])
def test_half_precision_is_right_to_its_last_digit(name, type_name):
    assert_within(measured(CASES[name], type_name), bound(name, type_name))


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("penalties.")])
def test_half_precision_is_single_precision_rounded_once(name):
    case = CASES[name]
    points = case.points(np.random.default_rng(0), jnp.finfo(jnp.float16))
    half = [jnp.asarray(one, jnp.float16) for one in points]
    function = jax.vmap(case.function)
    single = function(*(one.astype(jnp.float32) for one in half))
    np.testing.assert_array_equal(function(*half), single.astype(jnp.float16))


def test_a_wrong_function_is_found():
    right = CASES["divergences.kl_to_standard_normal"]
    wrong = replace(right, function=lambda m, s: right.function(m, s) + 1e-3)
    assert measured(wrong, "float32").value > 1e3
