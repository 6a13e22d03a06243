"""Jensen–Shannon by quadrature and by samples, and the Monte-Carlo estimators of the KL."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate

from gantheory import divergences

GRID = np.linspace(-14.0, 14.0, 2801)
coin_information = jax.jit(divergences.coin_information)
jensen_shannon_1d = jax.jit(divergences.jensen_shannon_1d)
jensen_shannon_estimate = jax.jit(divergences.jensen_shannon_estimate)


def log_normal(x, mean: float, deviation: float):
    return -0.5 * ((x - mean) / deviation) ** 2 - math.log(deviation * math.sqrt(2 * math.pi))


def quadrature(mean: float, deviation: float) -> float:
    def integrand(x):
        log_p, log_q = log_normal(x, 0.0, 1.0), log_normal(x, mean, deviation)
        log_m = np.logaddexp(log_p, log_q) - math.log(2)
        return 0.5 * (np.exp(log_p) * (log_p - log_m) + np.exp(log_q) * (log_q - log_m))

    return integrate.quad(integrand, -14, 14, epsabs=1e-12, limit=400)[0]


def test_the_coin_s_information_is_log_two_minus_an_entropy():
    ratios = jnp.asarray([1e-6, 1e-3, 0.3, 1.9, 2.1, 7.0, 30.0, 500.0])
    exact = []
    with mpmath.workdps(50):
        for ratio in ratios:
            r = mpmath.mpf(float(ratio))
            p, rest = 1 / (1 + mpmath.exp(-r)), 1 / (1 + mpmath.exp(r))
            exact.append(float(mpmath.log(2) + p * mpmath.log(p) + rest * mpmath.log(rest)))
    for sign in (1, -1):
        np.testing.assert_allclose(coin_information(sign * ratios), exact, rtol=2e-6)
    limit = coin_information(jnp.asarray([jnp.inf, -jnp.inf] * 4))
    np.testing.assert_allclose(limit, math.log(2), rtol=1e-6)
    assert float(coin_information(jnp.zeros(8))[0]) == 0
    slope = jax.jit(jax.vmap(jax.grad(divergences.coin_information)))
    assert np.isfinite(slope(jnp.asarray([-1e4, -1.0, 0.0, 2.0, 1e4, jnp.inf]))).all()


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (0.5, 1.0), (3.0, 0.4), (0.0, 2.0)])
def test_quadrature_on_a_grid_agrees_with_scipy(mean, deviation):
    laws = log_normal(GRID, 0.0, 1.0), log_normal(GRID, mean, deviation)
    measured = jensen_shannon_1d(*(jnp.asarray(array, jnp.float32) for array in (*laws, GRID)))
    assert float(measured) == pytest.approx(quadrature(mean, deviation), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("mean", "deviation"), [(0.5, 1.0), (3.0, 0.4)])
def test_the_sampled_divergence_is_within_four_standard_errors(key, mean, deviation):
    noise_p, noise_q = np.asarray(jax.random.normal(key, (2, 40_000)))
    samples_q = mean + deviation * noise_q

    def log_ratio(x):
        return jnp.asarray(log_normal(x, 0.0, 1.0) - log_normal(x, mean, deviation))

    estimate = jensen_shannon_estimate(log_ratio(noise_p), log_ratio(samples_q))
    assert abs(float(estimate.value) - quadrature(mean, deviation)) < 4 * estimate.standard_error
    assert estimate.standard_error < 0.01


def test_the_kl_estimators_against_the_closed_form(key):
    """Two are unbiased; all standard errors are those seen over repetitions."""
    mean, repeats, count = 0.5, 200, 400
    noise = jax.random.normal(key, (repeats, count))
    log_ratios = (
        mean * noise + 0.5 * mean**2
    )  # of N(mean, 1) against N(0, 1), at samples of the first
    exact = 0.5 * mean**2
    errors = {}
    for name in ("kl_k1", "kl_k2", "kl_k3"):
        estimates = jax.jit(jax.vmap(getattr(divergences, name)))(log_ratios)
        spread = float(jnp.std(estimates.value, ddof=1))
        errors[name] = spread
        assert float(jnp.mean(estimates.standard_error)) == pytest.approx(spread, rel=0.2)
        bias = float(jnp.mean(estimates.value)) - exact
        if name == "kl_k2":  # its expectation is half the log-ratio's second moment
            assert bias == pytest.approx(0.125 * mean**4, abs=4 * spread / math.sqrt(repeats))
            assert bias > 3 * spread / math.sqrt(repeats)
        else:
            assert abs(bias) < 4 * spread / math.sqrt(repeats)
    assert errors["kl_k3"] < errors["kl_k1"]
    assert float(jnp.min(divergences.exponential_excess(-log_ratios))) >= 0


def test_too_few_or_bad_log_ratios_are_named():
    with pytest.raises(ValueError, match="log_ratios must hold at least 2 samples, got 1"):
        divergences.kl_k1(jnp.zeros(1))
    with pytest.raises(ValueError, match="log_ratios must be finite"):
        divergences.kl_k3(jnp.asarray([0.0, jnp.nan]))
    with pytest.raises(ValueError, match="log_ratios_q must hold at least 2 samples, got 1"):
        divergences.jensen_shannon_estimate(jnp.zeros(3), jnp.zeros(1))
    with pytest.raises(ValueError, match="log_density_p must be finite, or -inf where"):
        divergences.jensen_shannon_1d(jnp.full(3, jnp.inf), jnp.zeros(3), jnp.arange(3.0))


def test_two_samples_are_enough_and_infinities_are_no_log_ratios_of_a_kl():
    estimate = divergences.kl_k1(jnp.asarray([0.0, 1.0]))
    assert estimate.value == 0.5
    assert estimate.standard_error == pytest.approx(0.5, rel=1e-6)
    both = divergences.jensen_shannon_estimate(jnp.zeros(2), jnp.zeros(2))
    assert both.value == both.standard_error == 0
    for estimator in (divergences.kl_k1, divergences.kl_k2, divergences.kl_k3):
        with pytest.raises(ValueError, match="log_ratios must be finite"):
            estimator(jnp.asarray([0.0, jnp.inf]))
        with pytest.raises(ValueError, match="at least 2"):
            estimator(jnp.zeros(1))


@pytest.mark.parametrize("unit", [1e-30, 1.0, 1e25])
def test_the_standard_error_and_its_slope_have_the_unit_of_the_values(unit):
    values = jnp.asarray([1.0, 2.0, 4.0]) * unit

    def error(x):
        return divergences.kl_k1(x).standard_error

    spread = np.std([1.0, 2.0, 4.0], ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(error(values), spread * unit, rtol=1e-6)
    slope = (np.asarray([1.0, 2.0, 4.0]) - 7 / 3) / (2 * 3 * spread)  # of the root of s²/3
    np.testing.assert_allclose(jax.grad(error)(values), slope, rtol=1e-5)
