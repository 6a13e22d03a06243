"""Values of the losses against 50 digits; of most of them over each type's whole range."""

from collections.abc import Callable
from itertools import product

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from support.loss_rows import ROWS, Exact, Row, softplus

from gantheory import losses

DTYPES = {
    "float16": jnp.float16,
    "bfloat16": jnp.bfloat16,
    "float32": jnp.float32,
    "float64": jnp.float64,
}
LOGISTIC = losses.logistic_discriminator_loss
TO_GENERATOR = losses.relativistic_generator_loss
TO_DISCRIMINATOR = losses.relativistic_discriminator_loss
every_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
every_slope = pytest.mark.parametrize(
    ("row", "side"),
    [
        pytest.param(row, side, id=f"{name}, {side}")
        for name, row in ROWS.items()
        for side in row.slopes
    ],
)


def against_zero(row: Row, side: str) -> tuple[Callable, Callable[[float], Exact]]:
    """A loss and its exact value as functions of one logit, the other one held at zero."""

    def loss(h: jax.Array) -> jax.Array:
        return row.loss(**{**{name: jnp.zeros_like(h) for name in row.sides}, side: h})

    return loss, lambda h: row.value(**{**dict.fromkeys(row.sides, 0.0), side: h})


@every_row
def test_the_value_is_that_of_the_formula(row, x64):
    """At pairs of logits on both sides of every margin, and at their mean."""
    points = list(product((-3.0, -0.5, 0.0, 0.75, 4.0), repeat=len(row.sides)))
    exact = [row.value(**dict(zip(row.sides, point, strict=True))) for point in points]
    columns = [jnp.array(column) for column in zip(*points, strict=True)]
    got = jax.vmap(row.loss)(*columns)
    np.testing.assert_allclose(got, np.array(exact, float), rtol=1e-14, atol=1e-15)
    mean = float(mpmath.fsum(exact) / len(exact))
    np.testing.assert_allclose(row.loss(*columns), mean, rtol=1e-14, atol=1e-15)


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
@every_slope
def test_value_and_gradient_against_fifty_digits(row, side, dtype, record_property, request):
    """The value is good to 2 eps and the gradient to 2 eps plus a rounded exponent.

    A gradient is exp(h - softplus(h)). Rounding the exponent costs up to half an eps of its own
    size, and where the result is not constant that size is at most |log eps|.
    """
    loss, exact = against_zero(row, side)
    with jax.enable_x64(dtype == jnp.float64):
        logits = scan_of_logits(dtype)
        both = jax.jit(jax.vmap(jax.value_and_grad(loss)))
        values, gradients = map(np.asarray, both(jnp.asarray(logits)))
        eps = float(jnp.finfo(dtype).eps)
    assert values.dtype == gradients.dtype == logits.dtype
    points = [float(h) for h in logits]
    value_error, value_floor = largest_errors(values, [exact(h) for h in points], dtype)
    slope_error, slope_floor = largest_errors(
        gradients, [row.slopes[side](h) for h in points], dtype
    )
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


@every_slope
def test_value_and_gradient_at_ten_thousand(row, side):
    """Finite and right far beyond where the exponential overflows."""
    loss, exact = against_zero(row, side)
    for h in (-1e4, -1e3, 1e3, 1e4):
        value, gradient = jax.value_and_grad(loss)(jnp.asarray(h))
        np.testing.assert_allclose(float(value), float(exact(h)), rtol=1e-6, atol=1e-37)
        np.testing.assert_allclose(
            float(gradient), float(row.slopes[side](h)), rtol=1e-6, atol=1e-37
        )


def test_an_infinite_logit_gives_the_limit_of_the_value():
    infinity = jnp.asarray(jnp.inf)
    assert losses.minimax_generator_loss(-infinity) == 0
    assert losses.minimax_generator_loss(infinity) == -jnp.inf
    assert losses.nonsaturating_generator_loss(infinity) == 0
    assert losses.nonsaturating_generator_loss(-infinity) == jnp.inf


@every_row
def test_a_logit_that_is_not_a_number_is_not_hidden(row):
    assert jnp.isnan(row.loss(*[jnp.asarray([0.0, jnp.nan])] * len(row.sides)))
