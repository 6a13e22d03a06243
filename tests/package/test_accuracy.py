"""The accuracy of every function of arrays, against 50 digits, stays within what the table
promises."""

import inspect

import pytest
from experiments.accuracy import CASES, Case, bound, measured

from gantheory import deviations, divergences, losses


def test_every_function_of_arrays_is_measured():
    public = {
        f"{module.__name__.split('.')[1]}.{name}"
        for module in (losses, divergences, deviations)
        for name in module.__all__
        if inspect.isfunction(getattr(module, name))
    }
    # the bound of an f-GAN's critic is measured as its loss, with the sign changed
    assert {name.split(",")[0] for name in CASES} == public - {"divergences.variational_bound"}


@pytest.mark.parametrize("name", CASES)
def test_the_error_is_within_its_bound(name):
    found, most = measured(name, "float32"), bound(name)
    assert found.value <= most.value
    assert found.gradient <= most.gradient


@pytest.mark.parametrize("name", list(CASES)[::8])
@pytest.mark.parametrize("type_name", ["bfloat16", "float16"])
def test_half_precision_is_right_to_its_last_digit(name, type_name):
    found = measured(name, type_name)
    assert max(found.value, found.gradient) <= 0.75


def test_a_wrong_function_is_found():
    right = CASES["divergences.kl_to_standard_normal"]
    CASES["wrong"] = Case(lambda m, s: right.function(m, s) + 1e-3, right.exact, right.points)
    try:
        assert measured("wrong", "float32").value > 1e3
    finally:
        del CASES["wrong"]
