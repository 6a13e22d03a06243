"""Accuracy of the losses: value and gradient against 50 digits, over each type's whole range."""

import inspect
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from gantheory import losses
from gantheory.divergences import F_DIVERGENCES

mpmath.mp.dps = 50

DTYPES = {
    "float16": jnp.float16,
    "bfloat16": jnp.bfloat16,
    "float32": jnp.float32,
    "float64": jnp.float64,
}
Exact = mpmath.mpf


@cache
def softplus(logit: float) -> Exact:
    """log(1 + e^h), exactly for our purposes."""
    h = mpmath.mpf(logit)
    return mpmath.log1p(mpmath.exp(-abs(h))) + max(h, mpmath.mpf(0))


@cache
def sigmoid(logit: float) -> Exact:
    h = mpmath.mpf(logit)
    return 1 / (1 + mpmath.exp(-h)) if h >= 0 else mpmath.exp(h) / (1 + mpmath.exp(h))


class Case(NamedTuple):
    """A loss of one logit, with its exact value and derivative."""

    loss: Callable
    value: Callable[[float], Exact]
    gradient: Callable[[float], Exact]


def against_zero(loss: Callable, name: str) -> Callable:
    """A loss of both sides as a function of one logit, the other one held at zero."""
    other = "fake_logits" if name == "real_logits" else "real_logits"
    return lambda h: loss(**{name: h, other: jnp.zeros_like(h)})


def with_log_two(function: Callable[[float], Exact]) -> Callable[[float], Exact]:
    return lambda h: function(h) + mpmath.log(2)


def down(function: Callable[[float], Exact]) -> Callable[[float], Exact]:
    return lambda h: function(-h)


def minus(function: Callable[[float], Exact]) -> Callable[[float], Exact]:
    return lambda h: -function(h)


LOGISTIC = losses.logistic_discriminator_loss
TO_GENERATOR = losses.relativistic_generator_loss
TO_DISCRIMINATOR = losses.relativistic_discriminator_loss
CASES = {
    "minimax": Case(losses.minimax_generator_loss, minus(softplus), minus(sigmoid)),
    "nonsaturating": Case(
        losses.nonsaturating_generator_loss, down(softplus), minus(down(sigmoid))
    ),
    "logistic, real": Case(
        against_zero(LOGISTIC, "real_logits"), with_log_two(down(softplus)), minus(down(sigmoid))
    ),
    "logistic, fake": Case(against_zero(LOGISTIC, "fake_logits"), with_log_two(softplus), sigmoid),
    "relativistic generator, real": Case(
        against_zero(TO_GENERATOR, "real_logits"), softplus, sigmoid
    ),
    "relativistic generator, fake": Case(
        against_zero(TO_GENERATOR, "fake_logits"), down(softplus), minus(down(sigmoid))
    ),
    "relativistic discriminator, real": Case(
        against_zero(TO_DISCRIMINATOR, "real_logits"), down(softplus), minus(down(sigmoid))
    ),
    "relativistic discriminator, fake": Case(
        against_zero(TO_DISCRIMINATOR, "fake_logits"), softplus, sigmoid
    ),
}


def scan_of_logits(dtype) -> np.ndarray:
    """Both signs, magnitudes from 1e-45 to 3e38 in equal ratios, and [-110, 110] densely."""
    magnitudes = np.geomspace(1e-45, 3e38, 400)
    points = np.concatenate([-magnitudes, magnitudes, np.linspace(-110, 110, 1761)])
    with np.errstate(all="ignore"):
        rounded = points.astype(jnp.dtype(dtype))
    finite = rounded[np.isfinite(rounded.astype(float))]
    return np.unique(finite)


def largest_errors(got: np.ndarray, exact: list[Exact], dtype) -> tuple[float, float]:
    """Largest relative error in units of eps, and largest absolute one in units of `tiny`.

    The first is taken where the exact number is a normal float, the second where it is smaller.
    """
    limits = jnp.finfo(dtype)
    relative, absolute = 0.0, 0.0
    for number, truth in zip(got.astype(float), exact, strict=True):
        error = abs(mpmath.mpf(number) - truth)
        if abs(truth) >= float(limits.smallest_normal):
            relative = max(relative, float(error / abs(truth)))
        else:
            absolute = max(absolute, float(error))
    return relative / float(limits.eps), absolute / float(limits.smallest_normal)


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_value_and_gradient_against_fifty_digits(case, dtype, record_property, request):
    """The value is good to 2 eps and the gradient to 2 eps plus a rounded exponent.

    A gradient is exp(h - softplus(h)). Rounding the exponent costs up to half an eps of its own
    size, and where the result is not constant that size is at most |log eps|.
    """
    with jax.enable_x64(dtype == jnp.float64):
        logits = scan_of_logits(dtype)
        both = jax.jit(jax.vmap(jax.value_and_grad(case.loss)))
        values, gradients = map(np.asarray, both(jnp.asarray(logits)))
        eps = float(jnp.finfo(dtype).eps)
    assert values.dtype == gradients.dtype == logits.dtype
    points = [float(h) for h in logits]
    value_error, value_floor = largest_errors(values, [case.value(h) for h in points], dtype)
    slope_error, slope_floor = largest_errors(gradients, [case.gradient(h) for h in points], dtype)
    record_property("relative error of the value in eps", value_error)
    record_property("relative error of the gradient in eps", slope_error)
    print(
        f"\n{request.node.callspec.id}: {len(points)} logits, value {value_error:.2f} eps "
        f"= {value_error * eps:.1e}, gradient {slope_error:.2f} eps = {slope_error * eps:.1e}"
    )
    assert value_error <= 2
    assert slope_error <= 2 + abs(np.log(eps)) / 2
    assert value_floor <= 1
    assert slope_floor <= 1


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("loss", [TO_GENERATOR, TO_DISCRIMINATOR, LOGISTIC])
def test_both_logits_at_once_against_fifty_digits(loss, dtype):
    """A pair's difference is rounded, which costs half an eps of the larger of it and one more."""
    with jax.enable_x64(dtype == jnp.float64):
        draws = np.random.default_rng(3).uniform(-40, 40, (2, 400)).astype(jnp.dtype(dtype))
        got = np.asarray(jax.jit(jax.vmap(loss))(*map(jnp.asarray, draws)), float)
        eps = float(jnp.finfo(dtype).eps)
    for number, real, fake in zip(got, *draws.astype(float), strict=True):
        if loss is LOGISTIC:
            exact, bound = softplus(-real) + softplus(fake), 3 * eps
        else:
            difference = fake - real if loss is TO_DISCRIMINATOR else real - fake
            exact, bound = softplus(difference), (3 + abs(difference) / 2) * eps
        if exact >= float(jnp.finfo(dtype).smallest_normal):
            assert abs(mpmath.mpf(float(number)) - exact) <= bound * exact


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
def test_a_batch_whose_sum_exceeds_the_type_has_an_accurate_mean(dtype):
    """4,096 logits near 1,000 add up to more than float16 holds; their mean does not."""
    with jax.enable_x64(dtype == jnp.float64):
        logits = np.linspace(500, 1500, 4096).astype(jnp.dtype(dtype))
        got = float(losses.minimax_generator_loss(jnp.asarray(logits)))
        eps = float(jnp.finfo(dtype).eps)
    exact = -float(np.mean(logits.astype(float)))
    assert abs(got - exact) <= 8 * eps * abs(exact)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_value_and_gradient_at_ten_thousand(case):
    """Finite and right far beyond where the exponential overflows."""
    for h in (-1e4, -1e3, 1e3, 1e4):
        value, gradient = jax.value_and_grad(case.loss)(jnp.asarray(h))
        np.testing.assert_allclose(float(value), float(case.value(h)), rtol=1e-6, atol=1e-37)
        np.testing.assert_allclose(float(gradient), float(case.gradient(h)), rtol=1e-6, atol=1e-37)


def test_an_infinite_logit_gives_the_limit_of_the_value():
    infinity = jnp.asarray(jnp.inf)
    assert losses.minimax_generator_loss(-infinity) == 0
    assert losses.minimax_generator_loss(infinity) == -jnp.inf
    assert losses.nonsaturating_generator_loss(infinity) == 0
    assert losses.nonsaturating_generator_loss(-infinity) == jnp.inf


@pytest.mark.parametrize("name", losses.PROPERTIES)
def test_a_logit_that_is_not_a_number_is_not_hidden(name):
    function, _, divergence = name.partition(": ")
    loss = getattr(losses, function)
    if divergence:
        loss = partial(loss, F_DIVERGENCES[divergence])
    sides = len(inspect.signature(loss).parameters)
    assert jnp.isnan(loss(*[jnp.asarray([0.0, jnp.nan])] * sides))
