"""Distances from a distribution on the line, against closed forms and against SciPy."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import norm
from scipy import stats

from gantheory import metrics

rng = np.random.default_rng(0)


def normal_quantile(u):
    return jnp.asarray(stats.norm.ppf(np.asarray(u)), jnp.float32)


def normal_distribution(x):
    return jnp.asarray(stats.norm.cdf(np.asarray(x)), jnp.float32)


def test_midpoints_are_the_middles_of_equal_cells():
    np.testing.assert_allclose(metrics.midpoints(4), [0.125, 0.375, 0.625, 0.875])
    grid = metrics.midpoints(20_000)
    assert grid.shape == (20_000,)
    assert jnp.all(jnp.diff(grid) > 0)
    assert 0 < grid[0] < grid[-1] < 1


def test_the_targets_own_quantiles_are_at_distance_zero():
    samples = normal_quantile(metrics.midpoints(1000))
    assert metrics.wasserstein_1d(samples, normal_quantile) == 0
    half_a_cell = metrics.kolmogorov_smirnov_1d(samples, normal_distribution)
    assert half_a_cell == pytest.approx(0.5 / 1000, abs=1e-6)


@pytest.mark.parametrize("shift", [-2.0, 0.01, 3.0])
def test_a_shift_is_as_far_as_it_is_long(shift):
    samples = normal_quantile(metrics.midpoints(1000)) + shift
    assert metrics.wasserstein_1d(samples, normal_quantile) == pytest.approx(abs(shift), abs=1e-6)


def test_a_scaling_costs_the_mean_absolute_value():
    """W1 of N(0, s²) to N(0, 1) is |s - 1|·E|x|, with E|x| = sqrt(2/pi)."""
    samples = 1.5 * normal_quantile(metrics.midpoints(20_000))
    expected = 0.5 * np.sqrt(2 / np.pi)
    assert metrics.wasserstein_1d(samples, normal_quantile) == pytest.approx(expected, abs=1e-4)


def test_wasserstein_is_scipys_between_equal_numbers_of_points():
    one, other = rng.normal(size=(2, 200)).astype("float32")
    mine = metrics.wasserstein_1d(jnp.asarray(one), lambda u: jnp.asarray(np.sort(other)))
    assert mine == pytest.approx(stats.wasserstein_distance(one, other), rel=1e-5)


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (0.7, 1.0), (0.0, 0.2), (-3.0, 2.0)])
def test_kolmogorov_smirnov_is_scipys(mean, deviation):
    samples = rng.normal(mean, deviation, 300).astype("float32")
    mine = metrics.kolmogorov_smirnov_1d(jnp.asarray(samples), normal_distribution)
    assert mine == pytest.approx(stats.kstest(samples, "norm").statistic, abs=1e-6)


def test_a_million_numbers_with_ties_are_at_scipys_distances():
    """Numbers rounded down, and samples of two sizes."""
    numbers = (np.floor(10 * rng.normal(size=1_000_000)) / 10).astype("float32")
    samples, others = jnp.asarray(numbers), 1.2 * numbers[:300_001]
    mine = metrics.kolmogorov_smirnov_1d(samples, norm.cdf)
    expected = stats.kstest(numbers.astype(float), "norm", method="asymp").statistic
    assert float(mine) == pytest.approx(expected, abs=1e-6)
    mine = metrics.wasserstein_samples_1d(samples, jnp.asarray(others))
    assert float(mine) == pytest.approx(stats.wasserstein_distance(numbers, others), rel=1e-5)


def test_distributions_of_scipy_are_taken_without_a_warning(without_hook):
    """tfp#1841: they return float64; warnings are errors here."""
    samples, law = jnp.asarray([3.0, 4.0, 6.0]), stats.norm(4, 1.25)
    expected = stats.kstest([3.0, 4.0, 6.0], law.cdf).statistic
    assert float(metrics.kolmogorov_smirnov_1d(samples, law.cdf)) == pytest.approx(expected)
    quantiles = law.ppf([1 / 6, 1 / 2, 5 / 6])
    expected = stats.wasserstein_distance([3.0, 4.0, 6.0], quantiles)
    assert float(metrics.wasserstein_1d(samples, law.ppf)) == pytest.approx(expected, rel=1e-5)


def test_one_point_far_away():
    far = jnp.asarray([50.0])
    assert metrics.kolmogorov_smirnov_1d(far, normal_distribution) == 1
    assert metrics.wasserstein_1d(far, normal_quantile) == 50


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_kolmogorov_smirnov_keeps_its_accuracy_with_many_short_numbers(dtype):
    """Ranks up to 20,000 are not all numbers of these types; their fractions must still be
    right."""
    samples = jnp.asarray(np.linspace(0, 1, 20_000), dtype)
    distance = metrics.kolmogorov_smirnov_1d(samples, lambda x: x)
    assert distance.dtype == dtype
    assert float(distance) <= 3 * float(jnp.finfo(dtype).eps)


def test_order_does_not_matter():
    samples = jnp.asarray(rng.normal(size=50), jnp.float32)
    for distance, law in (
        (metrics.wasserstein_1d, normal_quantile),
        (metrics.kolmogorov_smirnov_1d, normal_distribution),
    ):
        assert distance(samples[::-1], law) == distance(samples, law)


@pytest.mark.parametrize("distance", [metrics.wasserstein_1d, metrics.kolmogorov_smirnov_1d])
def test_a_point_that_is_not_a_number_is_not_hidden(distance):
    assert jnp.isnan(distance(jnp.asarray([0.1, jnp.nan, 0.3]), lambda x: x))


@pytest.mark.parametrize("distance", [metrics.wasserstein_1d, metrics.kolmogorov_smirnov_1d])
def test_refusals(distance, without_hook):
    with pytest.raises(ValueError, match=r"samples must not be empty, got shape \(0,\)"):
        distance(jnp.zeros(0), lambda x: x)
    with pytest.raises(TypeError, match="samples must hold floating-point numbers"):
        distance(jnp.zeros(3, int), lambda x: x)


@pytest.mark.parametrize(
    ("distance", "law"),
    [(metrics.wasserstein_1d, "quantile"), (metrics.kolmogorov_smirnov_1d, "distribution")],
)
def test_a_law_that_returns_another_shape_is_not_broadcast(distance, law, without_hook):
    with pytest.raises(ValueError, match=f"samples and {law} must have the same shape"):
        distance(jnp.zeros(3), lambda x: x[:1])


@pytest.mark.parametrize("count", [0, -1])
def test_midpoints_need_a_count(count):
    with pytest.raises(ValueError, match="count must be an integer of at least 1"):
        metrics.midpoints(count)


@pytest.mark.parametrize("value", [-1e-3, 1.001])
def test_a_distribution_beyond_0_and_1_is_refused(value):
    with pytest.raises(ValueError, match="distribution must return probabilities"):
        metrics.kolmogorov_smirnov_1d(jnp.zeros(3), lambda x: x + value)


@pytest.mark.parametrize("value", [-4e-7, 1 + 4e-7])
def test_a_distribution_may_leave_0_and_1_by_rounding(value):
    distance = metrics.kolmogorov_smirnov_1d(jnp.zeros(3), lambda x: x + value)
    assert distance == pytest.approx(1, abs=1e-6)


def test_midpoints_end_where_the_numbers_of_single_precision_are_not_dense_enough():
    most = 11_184_811
    with pytest.raises(ValueError, match=f"count must be at most {most} in float32"):
        metrics.midpoints(most + 1)
    for count in (most, 10_000_000, 2**23 + 1):
        grid = metrics.midpoints(count)
        assert jnp.all(jnp.diff(grid) > 0)
        assert 0 < grid[0] < grid[-1] < 1
