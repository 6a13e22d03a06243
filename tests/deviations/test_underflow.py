"""Deviations whose styles are excluded, or so rare that their probability underflows."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from gantheory.deviations import bce_deviation, mce_deviation, sharma_mittal_deviation

TOLERANCE = {"rel": 2e-6, "abs": 2e-6}


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9])
def test_an_excluded_style_counts_in_the_slope_in_the_order(alpha: float) -> None:
    """R = log(K / m) alpha / (1 - alpha) where m of K styles share all probability evenly."""
    logits = jnp.log(jnp.array([0.5, 0.5, 0.0]))
    slope = jax.grad(lambda order: sharma_mittal_deviation(logits[None], order, 1.0))(alpha)
    assert float(slope) == pytest.approx(np.log(1.5) / (1 - alpha) ** 2, **TOLERANCE)


def test_a_style_far_below_counts_as_an_excluded_one_does() -> None:
    """A finite logit whose probability underflows: no derivative may turn into a NaN."""

    def of_order(lowest: float) -> float:
        logits = jnp.array([[0.0, lowest, 1.0]])
        return float(jax.grad(lambda order: sharma_mittal_deviation(logits, order, 0.5))(0.5))

    assert of_order(-200.0) == pytest.approx(of_order(-jnp.inf), **TOLERANCE)
    curvature = jax.hessian(lambda o: sharma_mittal_deviation(o[None], 0.5, 0.5))
    np.testing.assert_allclose(
        curvature(jnp.array([0.0, -200.0, 1.0])), curvature(jnp.array([0.0, -60.0, 1.0])), atol=1e-6
    )


def test_a_masked_style_costs_at_order_one_what_mce_says() -> None:
    masked = jnp.array([[0.0, jnp.finfo(jnp.float32).min, 1.0]])
    ours = jax.value_and_grad(lambda o: sharma_mittal_deviation(o, 1.0, 1.0))(masked)
    for found, expected in zip(ours, jax.value_and_grad(mce_deviation)(masked), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_an_infinite_divergence_has_no_slope() -> None:
    """From order 1 on an excluded style makes R infinite, and SM constant for an order below 1."""
    logits = jnp.array([[-jnp.inf, -100.0, 0.0]])
    value, slopes = jax.value_and_grad(sharma_mittal_deviation, argnums=(0, 1))(logits, 2.0, 0.5)
    assert value == 2
    assert not np.any(slopes[0])
    assert slopes[1] == 0


def test_a_large_order_has_the_slope_of_its_values() -> None:
    logits = jnp.concatenate([jnp.log(jnp.array([99.0])), jnp.zeros(99)])[None]
    slope = jax.grad(lambda o: sharma_mittal_deviation(o, 31.0, 1.0))(logits)[0, 0]
    exact = mpmath.diff(lambda logit: renyi(mpmath.exp(logit), order=31), mpmath.log(99))
    assert float(slope) == pytest.approx(float(exact), rel=1e-4)


def renyi(odds: mpmath.mpf, order: int) -> mpmath.mpf:
    """Rényi's divergence of the uniform law from one style of 100 with these odds to each other."""
    shares = [odds / (odds + 99), *[1 / (odds + 99)] * 99]
    u = mpmath.mpf(1) / 100
    return mpmath.log(mpmath.fsum(u**order * q ** (1 - order) for q in shares)) / (order - 1)


@pytest.mark.parametrize("logits", [[0.0, -np.inf], [-np.inf, -np.inf, 0.0]])
def test_a_lone_style_has_a_finite_slope(logits: list[float]) -> None:
    value, slope = jax.value_and_grad(bce_deviation)(jnp.array([logits]))
    assert value == np.inf
    assert np.all(np.isfinite(slope))
    assert float(slope.sum()) == pytest.approx(0, abs=2e-6)
    assert slope[0, int(np.argmax(logits))] > 0
