"""Full covariances, Rényi divergences and optimal transport between normal laws."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, linalg

from gantheory import divergences

kl_full = jax.jit(divergences.kl_multivariate_normal)
kl_normal = jax.jit(divergences.kl_normal)
renyi = jax.jit(divergences.renyi_normal)
bures = jax.jit(divergences.squared_wasserstein_multivariate_normal)
seeds = st.integers(0, 10_000)


def vectors(seed: int, count: int, size: int = 3) -> list:
    random = np.random.default_rng(seed)
    return [jnp.asarray(random.uniform(-1.5, 1.5, size), jnp.float32) for _ in range(count)]


def full_laws(seed: int, size: int = 3) -> list[np.ndarray]:
    """Two normal laws in float64: mean and covariance of p, mean and covariance of q."""
    random = np.random.default_rng(seed)
    laws = []
    for _ in range(2):
        factor = random.normal(size=(size, size))
        laws += [random.normal(size=size), factor @ factor.T + 0.3 * np.eye(size)]
    return laws


def in_single(laws: list[np.ndarray]) -> list[jax.Array]:
    return [jnp.asarray(array, jnp.float32) for array in laws]


def kl_by_inverses(mean_p, covariance_p, mean_q, covariance_q) -> float:
    precision = np.linalg.inv(covariance_q)
    shift = mean_p - mean_q
    log_ratio = np.linalg.slogdet(covariance_q)[1] - np.linalg.slogdet(covariance_p)[1]
    quadratic = shift @ precision @ shift
    return 0.5 * (np.trace(precision @ covariance_p) + quadratic - len(mean_p) + log_ratio)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_full_covariance_is_the_general_formula(seed):
    laws = full_laws(seed)
    assert float(kl_full(*in_single(laws))) == pytest.approx(kl_by_inverses(*laws), rel=2e-4)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_full_covariance_contains_the_diagonal_case_and_is_zero_at_equality(seed):
    mean_p, s_p, mean_q, s_q = vectors(seed, 4)
    covariances = [jnp.diag(jnp.exp(s)) for s in (s_p, s_q)]
    full = float(kl_full(mean_p, covariances[0], mean_q, covariances[1]))
    assert full == pytest.approx(float(kl_normal(mean_p, s_p, mean_q, s_q)), rel=1e-5)
    mean, covariance = in_single(full_laws(seed))[:2]
    assert 0 <= float(kl_full(mean, covariance, mean, covariance)) < 1e-9


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_common_linear_map_changes_nothing(seed):
    laws = full_laws(seed)
    map_ = np.random.default_rng(seed + 1).normal(size=(3, 3)) + 3 * np.eye(3)
    moved = [map_ @ a if a.ndim == 1 else map_ @ a @ map_.T for a in laws]
    assert float(kl_full(*in_single(moved))) == pytest.approx(
        float(kl_full(*in_single(laws))), rel=1e-3
    )


def test_nearly_singular_covariances_of_a_smooth_kernel():
    """dynamax#404, pytorch#31248: of condition 1e5; the Cholesky factor is no NaN."""
    x = np.linspace(0, 1, 10)
    kernel = np.exp(-((x[:, None] - x[None]) ** 2) / 0.08)
    p, q = kernel + 1e-4 * np.eye(10), 1.5 * kernel + 0.1 * np.eye(10)
    ratio = np.linalg.solve(q, p)
    exact = (np.trace(ratio) - 10 - np.linalg.slogdet(ratio)[1]) / 2
    zero = jnp.zeros(10)
    value = kl_full(zero, jnp.asarray(p, jnp.float32), zero, jnp.asarray(q, jnp.float32))
    assert float(value) == pytest.approx(exact, rel=1e-3)


def test_batches_of_covariances_are_rows():
    first, second = in_single(full_laws(1)), in_single(full_laws(2))
    batch = [jnp.stack(pair) for pair in zip(first, second, strict=True)]
    rows = [float(kl_full(*first)), float(kl_full(*second))]
    np.testing.assert_allclose(kl_full(*batch), rows, rtol=1e-5)
    distances = [float(bures(*first)), float(bures(*second))]
    np.testing.assert_allclose(bures(*batch), distances, rtol=1e-5)


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        ([[1.0, 2.0], [2.0, 1.0]], "covariance_q must be positive (semi-)?definite, .* is -1"),
        ([[1.0, 0.5], [0.1, 1.0]], "covariance_q must be symmetric"),
        ([[1.0, jnp.nan], [jnp.nan, 1.0]], "covariance_q must be finite"),
    ],
)
@pytest.mark.parametrize(
    "function",
    [divergences.kl_multivariate_normal, divergences.squared_wasserstein_multivariate_normal],
)
def test_a_matrix_that_is_no_covariance_is_named(function, covariance, message):
    zero = jnp.zeros(2)
    with pytest.raises(ValueError, match=message):
        function(zero, jnp.eye(2), zero, jnp.asarray(covariance))


@pytest.mark.parametrize("order", [0.3, 0.5, 0.9, 1.0, 1.7])
@pytest.mark.parametrize(
    "law", [(0.0, 0.0, 0.5, 0.4), (1.0, -1.0, -0.5, 0.3), (0.2, 0.3, 0.1, 0.31)]
)
def test_renyi_agrees_with_quadrature(order, law):
    mean_p, s_p, mean_q, s_q = law

    def log_density(x, mean, s):
        return -0.5 * ((x - mean) ** 2 * np.exp(-s) + s + np.log(2 * np.pi))

    def integrand(x):
        log_p, log_q = log_density(x, mean_p, s_p), log_density(x, mean_q, s_q)
        if order == 1:
            return np.exp(log_p) * (log_p - log_q)
        return np.exp(order * log_p + (1 - order) * log_q)

    total, _ = integrate.quad(integrand, -30, 30, epsabs=1e-13, limit=400)
    expected = total if order == 1 else np.log(total) / (order - 1)
    arguments = [jnp.asarray([value], jnp.float32) for value in law]
    assert float(renyi(*arguments, order=order)) == pytest.approx(expected, rel=2e-5, abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_renyi_tends_to_kl_and_grows_with_its_order(seed):
    laws = vectors(seed, 4)
    kl = float(kl_normal(*laws))
    assert float(renyi(*laws, order=1.0)) == pytest.approx(kl, rel=1e-5)
    for near in (1 - 1e-4, 1 + 1e-4):
        assert float(renyi(*laws, order=near)) == pytest.approx(kl, rel=1e-2)
    values = [float(renyi(*laws, order=order)) for order in (0.0, 0.25, 0.5, 0.75, 1.0, 1.05)]
    assert values[0] == 0
    assert all(low <= high * (1 + 1e-5) for low, high in itertools.pairwise(values))


def test_renyi_keeps_its_digits_near_equality_and_has_finite_gradients():
    zero, s = jnp.zeros(1), jnp.asarray([1e-3], jnp.float32)
    d, alpha = np.float64(np.float32(1e-3)), 0.5
    exact = np.log1p(alpha * _excess(-0.5 * d) + 0.5 * _excess(0.5 * d)) / (2 * 0.5)
    assert float(renyi(zero, s, zero, zero, order=alpha)) == pytest.approx(exact, rel=1e-5)
    slopes = jax.jit(jax.grad(lambda s, order: jnp.sum(renyi(zero, s, zero, zero, order=order))))
    for order in (0.0, 0.5, 1.0, 3.0):
        for s in (-3.0, 0.0, 3.0):
            assert np.isfinite(slopes(jnp.asarray([s]), order)).all()


def _excess(s: float) -> float:
    return s**2 / 2 + s**3 / 6 + s**4 / 24


def test_renyi_is_infinite_where_its_integral_is():
    zero, wide = jnp.zeros(1), jnp.asarray([2.0])
    assert float(renyi(zero, wide, zero, zero, order=3.0)) == np.inf
    assert np.isfinite(float(renyi(zero, zero, zero, wide, order=3.0)))
    with pytest.raises(ValueError, match="order must be non-negative"):
        divergences.renyi_normal(zero, zero, zero, zero, order=-0.5)


def test_where_renyi_is_infinite_no_slope_is_nan():
    zero = jnp.zeros(1)

    def at(order, log_variance):
        return divergences.renyi_normal(zero + 0.5, log_variance, zero, zero, order=order)

    value, slopes = jax.jit(jax.value_and_grad(at, argnums=(0, 1)))(5.0, zero + 3)
    assert float(value) == np.inf
    assert all(np.isfinite(slope).all() for slope in slopes)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_bhattacharyya_is_symmetric_and_half_of_order_one_half(seed):
    mean_p, s_p, mean_q, s_q = vectors(seed, 4)
    forward = float(divergences.bhattacharyya_normal(mean_p, s_p, mean_q, s_q))
    backward = float(divergences.bhattacharyya_normal(mean_q, s_q, mean_p, s_p))
    assert forward == pytest.approx(backward, rel=1e-5)
    variance_p, variance_q = np.exp(s_p), np.exp(s_q)
    mean_variance = (variance_p + variance_q) / 2
    textbook = np.sum(
        (np.asarray(mean_p - mean_q)) ** 2 / (8 * mean_variance)
        + np.log(mean_variance / np.sqrt(variance_p * variance_q)) / 2
    )
    assert forward == pytest.approx(textbook, rel=1e-5)


@pytest.mark.parametrize("difference", [-10.0, -39.0, -41.0, -60.0, -86.0, -100.0, -500.0])
@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_the_slope_of_renyi_in_the_order_at_order_0(difference, shift):
    zero = jnp.zeros(1)

    def value(order, log_variance):
        return divergences.renyi_normal(zero + shift, log_variance, zero, zero, order=order)

    at = jnp.zeros(()), jnp.full(1, difference)
    with np.errstate(over="ignore"):
        growth = np.exp(-difference, dtype=np.float64)
        expected = np.float32(0.5 * ((1 + shift**2) * growth - 1 + difference))
    forward = jax.jvp(lambda order: value(order, at[1]), at[:1], (jnp.ones(()),))
    np.testing.assert_allclose([forward[1], jax.grad(value)(*at)], expected, rtol=1e-5)
    assert forward[0] == value(*at) == 0
    np.testing.assert_array_equal(jax.grad(value, argnums=1)(*at), 0)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_bures_is_the_frechet_formula(seed):
    mean_p, covariance_p, mean_q, covariance_q = laws = full_laws(seed)
    root = linalg.sqrtm(covariance_p)
    cross = linalg.sqrtm(root @ covariance_q @ root)
    expected = np.sum((mean_p - mean_q) ** 2) + np.trace(covariance_p + covariance_q - 2 * cross)
    assert float(bures(*in_single(laws))) == pytest.approx(float(expected), rel=1e-3, abs=1e-4)


def test_bures_contains_the_diagonal_case_and_its_gradient():
    mean_p, s_p, mean_q, s_q = vectors(3, 4)

    def full(s):
        return divergences.squared_wasserstein_multivariate_normal(
            mean_p, jnp.diag(jnp.exp(s)), mean_q, jnp.diag(jnp.exp(s_q))
        )

    def diagonal(s):
        return divergences.squared_wasserstein_normal(mean_p, s, mean_q, s_q)

    for one, other in zip(
        *(jax.jit(jax.value_and_grad(distance))(s_p) for distance in (full, diagonal)), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_the_bures_gradient_is_that_of_finite_differences():
    mean_p, covariance_p, mean_q, covariance_q = full_laws(8)
    direction = np.random.default_rng(9).normal(size=(3, 3))
    direction = direction + direction.T
    with jax.enable_x64(True):

        def along(t):
            return divergences.squared_wasserstein_multivariate_normal(
                jnp.asarray(mean_p),
                jnp.asarray(covariance_p) + t * jnp.asarray(direction),
                jnp.asarray(mean_q),
                jnp.asarray(covariance_q),
            )

        along = jax.jit(along)
        slope = float(jax.jit(jax.grad(along))(jnp.asarray(0.0)))
        step = 1e-5
        difference = float(along(jnp.asarray(step)) - along(jnp.asarray(-step))) / (2 * step)
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_transport_slope_in_a_covariance_does_not_depend_on_the_unit(unit):
    """What counts as singular is relative to the largest eigenvalue."""
    p, q = jnp.asarray([[2.0, 0.5], [0.5, 1.0]]), jnp.asarray([[1.0, -0.3], [-0.3, 2.0]])
    mean = jnp.zeros(2)

    def distance(covariance, other):
        return divergences.squared_wasserstein_multivariate_normal(mean, covariance, mean, other)

    value, slope = jax.value_and_grad(distance)(p, q)
    scaled_value, scaled_slope = jax.value_and_grad(distance)(unit * p, unit * q)
    np.testing.assert_allclose(scaled_value, unit * value, rtol=1e-5)
    np.testing.assert_allclose(scaled_slope, slope, rtol=1e-4)


@pytest.mark.parametrize("argument", [1, 3])
def test_the_transport_slope_is_symmetric_also_where_the_transport_map_is_not(argument):
    """From a flat distribution to one that is not, it leads out of the plane."""
    flat, full = jnp.diag(jnp.asarray([1.0, 0.0])), jnp.asarray([[2.0, 1.0], [1.0, 2.0]])
    covariances = (flat, full) if argument == 1 else (full, flat)
    slope = jax.grad(divergences.squared_wasserstein_multivariate_normal, argnums=argument)(
        jnp.zeros(2), covariances[0], jnp.zeros(2), covariances[1]
    )
    np.testing.assert_allclose(slope, slope.T, atol=1e-6)
    assert abs(slope[0, 1]) > 0.1


def test_transport_vanishes_only_at_equality_and_knows_translations():
    mean, s = vectors(4, 2)
    distance = divergences.squared_wasserstein_normal
    assert float(distance(mean, s, mean, s)) == 0
    assert float(distance(mean + 2, s, mean, s)) == pytest.approx(3 * 4.0, rel=1e-5)
    assert float(distance(mean, s + 1e-6, mean, s)) > 0
