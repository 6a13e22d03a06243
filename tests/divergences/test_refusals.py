"""What every divergence refuses, asked of all of them by introspection, and in which words."""

import inspect
from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import divergences
from gantheory.divergences import F_DIVERGENCES

ROW = F_DIVERGENCES["kl"]
OF_NUMBERS = {"exponential_excess", "coin_information"}  # entry by entry; every number is welcome
FUNCTIONS = {
    name: partial(function, ROW)
    if "divergence" in inspect.signature(function).parameters
    else function
    for name, function in vars(divergences).items()
    if name in divergences.__all__ and inspect.isfunction(function) and name not in OF_NUMBERS
}
GOOD = {
    "mean": jnp.zeros(2),
    "log_variance": jnp.zeros(2),
    "covariance": jnp.eye(2),
    "logits": jnp.zeros(3),
    "log_ratios": jnp.zeros(3),
    "log_density": jnp.zeros(3),
    "grid": jnp.arange(3.0),
    "scores": jnp.zeros(3),
}
UNPAIRED = {"log_ratios", "scores"}
INFINITE = {"log_ratios_p", "log_ratios_q"}  # a density may vanish where the other does not


def kind(argument: str) -> str:
    return argument.removesuffix("_p").removesuffix("_q")


def arrays(function) -> dict:
    return {
        name: GOOD[kind(name)] for name in inspect.signature(function).parameters if name != "order"
    }


def order(function) -> dict:
    return {"order": 0.5} if "order" in inspect.signature(function).parameters else {}


EACH = [
    pytest.param(function, argument, id=f"{name}-{argument}")
    for name, function in FUNCTIONS.items()
    for argument in arrays(function)
]


def call_with(function, argument: str, array):
    return function(**{**arrays(function), argument: array}, **order(function))


def test_all_of_them_are_asked():
    assert (
        len(FUNCTIONS) == len(divergences.__all__) - len(OF_NUMBERS) - 3
    )  # the table, its row, Estimate


@pytest.mark.parametrize(
    ("function", "argument"), [case for case in EACH if kind(case.values[1]) != "scores"]
)
@pytest.mark.parametrize("bad", [jnp.nan, jnp.inf])
def test_what_is_not_a_number_is_named(function, argument, bad):
    if bad == jnp.inf and argument in INFINITE:
        return
    array = GOOD[kind(argument)]
    spoiled = array.at[(0,) * array.ndim].set(bad)
    with pytest.raises(ValueError, match=f"^{argument} must (be finite|not hold NaNs)"):
        call_with(function, argument, spoiled)


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize(("function", "argument"), EACH)
def test_integers_are_named(function, argument):
    with pytest.raises(TypeError, match=f"^{argument} must hold floating-point numbers"):
        call_with(function, argument, GOOD[kind(argument)].astype(int))


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize(("function", "argument"), EACH)
def test_an_empty_array_is_named(function, argument):
    with pytest.raises(ValueError, match=f"^{argument} must not be empty"):
        call_with(function, argument, GOOD[kind(argument)][:0])


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize(
    ("function", "argument"),
    [
        case
        for case in EACH
        if kind(case.values[1]) not in UNPAIRED and len(arrays(case.values[0])) > 1
    ],
)
def test_nothing_is_broadcast(function, argument):
    single = jnp.ones((1,) * GOOD[kind(argument)].ndim)
    with pytest.raises(ValueError, match=r"must have shape .* to fit") as raised:
        call_with(function, argument, single)
    assert argument in str(raised.value)


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize(
    ("function", "argument"),
    [case for case in EACH if kind(case.values[1]) in {"mean", "covariance", "logits"}],
)
def test_a_distribution_needs_its_axes(function, argument):
    """A single number is no vector, and a vector is no matrix."""
    flat = jnp.ones(GOOD[kind(argument)].shape[1:])
    axes = GOOD[kind(argument)].ndim
    plural = "axis" if axes == 1 else "axes"
    with pytest.raises(ValueError, match=f"^{argument} must have at least {axes} {plural}"):
        call_with(function, argument, flat)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_symmetry_is_judged_relative_to_the_size_of_a_covariance(size):
    def with_asymmetry(share):
        covariance = jnp.asarray([[2.0, 0.5], [0.5 + share, 1.0]]) * size
        return call_with(divergences.kl_multivariate_normal, "covariance_p", covariance)

    assert jnp.isfinite(with_asymmetry(1e-6))
    with pytest.raises(ValueError, match=r"^covariance_p must be symmetric"):
        with_asymmetry(1e-3)


def test_each_covariance_of_a_batch_is_judged_by_itself():
    good = jnp.asarray([[2.0, 0.5], [0.5, 1.0]])
    batch = jnp.stack([good, 1e-6 * good, 1e6 * good])
    zeros = jnp.zeros((3, 2))
    distances = divergences.kl_multivariate_normal(zeros, batch, zeros, batch)
    np.testing.assert_allclose(distances, 0, atol=1e-6)
    skewed = batch.at[1, 0, 1].set(0.0)
    with pytest.raises(ValueError, match=r"^covariance_q must be symmetric"):
        divergences.kl_multivariate_normal(zeros, batch, zeros, skewed)


def test_a_class_that_a_law_excludes_is_no_bad_logit_but_a_law_without_classes_is():
    """Asked with values known, as outside of jit; only a whole row of exclusions is no law."""
    never = -jnp.inf
    p = jnp.asarray([[0.0, never], [0.0, never]])
    q = jnp.asarray([[0.0, 0.0], [0.0, never]])
    np.testing.assert_allclose(
        divergences.kl_categorical(p, q), [np.log(2), 0], rtol=1e-6, atol=1e-7
    )
    with pytest.raises(ValueError, match=r"^logits_q must be finite, or -inf"):
        divergences.kl_categorical(p, q.at[1].set(never))
