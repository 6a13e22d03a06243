"""The closed forms for normal laws: accuracy against high precision, identities, bad input."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from gantheory import divergences
from gantheory._numerics import exponential_excess, half_difference_excess

mpmath.mp.dps = 50
NORMAL = divergences.kl_to_standard_normal
kl_normal = jax.jit(divergences.kl_normal)

numbers = st.floats(-4.0, 4.0, width=32)


@st.composite
def laws(draw, count: int = 2):
    """`count` normal laws on one space: means and log-variances, in turn."""
    size = draw(st.sampled_from([1, 3]))
    vector = st.lists(numbers, min_size=size, max_size=size)
    return [jnp.asarray(draw(vector), jnp.float32) for _ in range(2 * count)]


def signed_powers(random: np.random.Generator, lowest: float, highest: float, shape) -> np.ndarray:
    return random.choice([-1.0, 1.0], shape) * 10 ** random.uniform(lowest, highest, shape)


def cases(dtype, size: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Means up to a million and log-variances up to 80, and everything small, zeros included."""
    random = np.random.default_rng(size)
    shape = (rows, size)
    mean = [
        signed_powers(random, -6, 6, shape),
        signed_powers(random, -15, 0, shape),
        np.zeros(shape),
    ]
    log_variance = [
        random.uniform(-80, 80, shape),
        signed_powers(random, -15, 0, shape),
        random.uniform(-3, 3, shape),
        np.zeros(shape),
    ]
    pairs = [(m, s) for m in mean for s in log_variance]
    means, log_variances = (np.concatenate(side).astype(dtype) for side in zip(*pairs, strict=True))
    return means, log_variances


def largest_relative_error(measured: np.ndarray, true: np.ndarray, dtype) -> float:
    """The largest error relative to true values (mpmath numbers) that the type can hold."""
    limits = np.finfo(dtype)
    errors = [0.0]
    assert not np.any(np.isnan(measured))
    for value, exact in zip(np.ravel(measured), np.ravel(true), strict=True):
        if exact == 0:
            assert value == 0
        elif float(limits.tiny) <= abs(exact) <= float(limits.max):
            errors.append(float(abs(mpmath.mpf(float(value)) / exact - 1)))
    assert len(errors) > 0.5 * true.size
    return max(errors)


def exact(array) -> np.ndarray:
    return np.vectorize(lambda x: mpmath.mpf(float(x)), otypes=[object])(array)


def exact_expm1(array: np.ndarray) -> np.ndarray:
    return np.vectorize(mpmath.expm1, otypes=[object])(array)


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 1e-6), (np.float64, 2e-15)])
@pytest.mark.parametrize("size", [1, 3, 64])
def test_kl_to_standard_normal_is_accurate_in_value_and_gradient(dtype, bound, size):
    mean, log_variance = cases(dtype, size, rows=max(1, 96 // size))
    with jax.enable_x64(dtype == np.float64):
        value = np.asarray(jax.jit(NORMAL)(mean, log_variance))
        gradients = jax.jit(jax.grad(lambda m, s: jnp.sum(NORMAL(m, s)), (0, 1)))(
            mean, log_variance
        )
        mean_gradient, log_variance_gradient = map(np.asarray, gradients)
    mu, s = exact(mean), exact(log_variance)
    growth = exact_expm1(s)
    assert value.dtype == dtype
    assert largest_relative_error(value, np.sum((mu**2 + growth - s) / 2, -1), dtype) <= bound
    assert np.array_equal(mean_gradient, mean)
    assert largest_relative_error(log_variance_gradient, growth / 2, dtype) <= bound


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 1e-6), (np.float64, 2e-15)])
def test_kl_normal_is_accurate_wherever_the_value_is_representable(dtype, bound):
    mean_p, log_variance_p = cases(dtype, 1, rows=60)
    order = np.random.default_rng(5).permutation(len(mean_p))
    mean_q, log_variance_q = mean_p[order], log_variance_p[order]
    near = signed_powers(np.random.default_rng(6), -6, 0, log_variance_q[::2].shape)
    log_variance_q[::2] = (log_variance_p[::2] + near).astype(dtype)
    arguments = (mean_p, log_variance_p, mean_q, log_variance_q)
    with jax.enable_x64(dtype == np.float64):
        value = np.asarray(jax.jit(divergences.kl_normal)(*arguments))
        gradients = jax.jit(jax.grad(lambda *a: jnp.sum(divergences.kl_normal(*a)), (0, 1, 2, 3)))(
            *arguments
        )
        gradients = [np.asarray(gradient) for gradient in gradients]
    mu_p, s_p, mu_q, s_q = map(exact, arguments)
    precision = np.vectorize(mpmath.exp, otypes=[object])(-s_q)
    growth = exact_expm1(s_p - s_q)
    square = (mu_p - mu_q) ** 2 * precision
    true = np.sum((square + growth - (s_p - s_q)) / 2, -1)
    keep = np.array([abs(v) < float(np.finfo(dtype).max) for v in true])

    def error(measured, expected):
        return largest_relative_error(measured[keep], expected[keep], dtype)

    assert error(value, true) <= bound
    assert error(gradients[0], (mu_p - mu_q) * precision) <= bound
    assert error(gradients[1], growth / 2) <= bound
    assert error(gradients[2], (mu_q - mu_p) * precision) <= bound
    # The slope in q's log-variance is a difference that may vanish: it is exact up to its two
    # parts.
    for measured, part, other in zip(
        gradients[3][keep].ravel(), growth[keep].ravel(), square[keep].ravel(), strict=True
    ):
        parts = (abs(part) + other) / 2
        assert abs(mpmath.mpf(float(measured)) + (part + other) / 2) <= bound * parts + 1e-37


@pytest.mark.parametrize("s", [-1e4, -200.0, 88.5])
def test_a_log_variance_that_ran_away_has_its_divergence_and_slope(s):
    """pyg#500, synthcity#331: log-variances of an encoder at the ends of the range."""
    value, slope = jax.value_and_grad(lambda x: NORMAL(jnp.zeros(1), x[None]))(jnp.float32(s))
    assert float(value) == pytest.approx((math.expm1(s) - s) / 2, rel=1e-6)
    assert float(slope) == pytest.approx(math.expm1(s) / 2, rel=1e-6)


def test_the_naive_forms_lose_what_the_series_keeps():
    s = jnp.asarray([1e-6, 1e-4, -1e-4, 1e-2], jnp.float32)
    true = np.array([float(mpmath.expm1(v) - v) for v in exact(np.asarray(s))])

    def error(values):
        return np.abs(np.asarray(values, float) / true - 1)

    assert error(jnp.exp(s) - 1 - s)[0] > 0.5
    assert error(jnp.expm1(s) - s)[0] > 1e-2
    assert np.max(error(exponential_excess(s))) < 2e-7


@pytest.mark.parametrize("point", [-1.0, 0.0, 1.0])
def test_the_excess_is_smooth_where_its_branches_meet(point):
    step = 1e-3
    around = jnp.asarray(point, jnp.float32) + step * jnp.arange(-5.0, 6.0, dtype=jnp.float32)
    for order, derivative in enumerate([exponential_excess, jax.grad(exponential_excess)]):
        measured = jax.vmap(derivative)(around)
        expected = [mpmath.expm1(v) - (v if order == 0 else 0) for v in exact(np.asarray(around))]
        for value, truth in zip(measured, expected, strict=True):
            assert abs(mpmath.mpf(float(value)) - truth) <= 5e-7 * abs(truth) + 1e-13
    assert math.isclose(
        jax.grad(jax.grad(exponential_excess))(jnp.asarray(point)), math.exp(point), rel_tol=1e-6
    )


def test_a_difference_is_taken_without_rounding():
    a, b = jnp.float32(51.420074), jnp.float32(-17.551792)
    difference = mpmath.mpf(float(a)) - mpmath.mpf(float(b))
    true = mpmath.expm1(difference) - difference
    assert abs(2 * float(half_difference_excess(a, b)) / true - 1) < 1e-6
    assert abs(float(exponential_excess(a - b)) / true - 1) > 1e-6


def test_ratios_up_to_the_edge_of_overflow_are_accurate_and_beyond_it_infinite():
    p = jnp.linspace(39.0, 50.0, 400, dtype=jnp.float32)
    q = jnp.linspace(0.7, -40.0, 400, dtype=jnp.float32)
    slope = jax.jit(jax.vmap(jax.value_and_grad(half_difference_excess, argnums=(0, 1))))
    values, slopes = slope(p, q)
    difference = exact(np.asarray(p)) - exact(np.asarray(q))
    growth = exact_expm1(difference)
    assert largest_relative_error(values, (growth - difference) / 2, np.float32) <= 1e-6
    assert largest_relative_error(slopes[0], growth / 2, np.float32) <= 1e-6
    assert largest_relative_error(slopes[1], -growth / 2, np.float32) <= 1e-6
    zero, far = jnp.zeros(1), jnp.asarray([79.3], jnp.float32)
    for reach in (10.3, 30.1, 80.7):
        value = divergences.kl_normal(zero, far, zero, -jnp.asarray([reach], jnp.float32))
        assert float(value) == np.inf


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (0.7, 0.3), (-1.2, 2.5), (2.0, 0.05)])
def test_quadrature_agrees(mean, deviation):
    def integrand(z):
        log_q = -0.5 * ((z - mean) / deviation) ** 2 - math.log(deviation)
        return math.exp(log_q) / math.sqrt(2 * math.pi) * (log_q + 0.5 * z * z)

    reach = 12 * deviation
    quadrature, _ = integrate.quad(integrand, mean - reach, mean + reach, epsabs=1e-12, limit=200)
    with jax.enable_x64(True):
        value = NORMAL(jnp.asarray([mean]), jnp.asarray([2 * math.log(deviation)]))
    assert float(value) == pytest.approx(quadrature, rel=1e-9, abs=1e-11)


@settings(max_examples=60, deadline=None)
@given(laws())
def test_gibbs_inequality_and_its_equality_case(parameters):
    mean_p, log_variance_p, mean_q, log_variance_q = parameters
    value = float(kl_normal(*parameters))
    assert value >= 0
    equal = bool(jnp.all(mean_p == mean_q) & jnp.all(log_variance_p == log_variance_q))
    apart = float(
        jnp.max(jnp.abs(mean_p - mean_q)) + jnp.max(jnp.abs(log_variance_p - log_variance_q))
    )
    if equal:
        assert value == 0
    if apart > 1e-15:
        assert value > 0
    assert float(kl_normal(mean_p, log_variance_p, mean_p, log_variance_p)) == 0


@settings(max_examples=40, deadline=None)
@given(laws())
def test_coordinates_add_up_and_batches_are_rows(parameters):
    whole = kl_normal(*parameters)
    columns = [array[:, None] for array in parameters]
    per_coordinate = kl_normal(*columns)
    assert per_coordinate.shape == parameters[0].shape
    assert float(whole) == pytest.approx(float(jnp.sum(per_coordinate)), rel=1e-6, abs=1e-30)


@settings(max_examples=40, deadline=None)
@given(laws(), numbers, st.floats(0.25, 4.0, width=32))
def test_a_common_affine_map_changes_nothing(parameters, shift, scale):
    mean_p, log_variance_p, mean_q, log_variance_q = (np.asarray(a, float) for a in parameters)
    with jax.enable_x64(True):
        before = kl_normal(*map(jnp.asarray, (mean_p, log_variance_p, mean_q, log_variance_q)))
        moved = (
            scale * mean_p + shift,
            log_variance_p + 2 * math.log(scale),
            scale * mean_q + shift,
            log_variance_q + 2 * math.log(scale),
        )
        after = kl_normal(*map(jnp.asarray, moved))
    assert float(after) == pytest.approx(float(before), rel=1e-9, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(laws(count=1))
def test_the_standard_normal_is_one_case_of_two_laws(parameters):
    mean, log_variance = parameters
    zero = jnp.zeros_like(mean)
    forward = kl_normal(mean, log_variance, zero, zero)
    backward = kl_normal(zero, zero, mean, log_variance)
    assert float(NORMAL(mean, log_variance)) == pytest.approx(float(forward), rel=1e-6)
    reverse = divergences.reverse_kl_to_standard_normal(mean, log_variance)
    assert float(reverse) == pytest.approx(float(backward), rel=1e-6)
    jeffreys = divergences.jeffreys_normal(mean, log_variance, zero, zero)
    assert float(jeffreys) == pytest.approx(float(forward + backward), rel=1e-6)


def test_the_hessian_at_the_optimum_is_the_fisher_information():
    def value(parameters):
        return NORMAL(parameters[:2], parameters[2:])

    hessian = jax.jit(jax.hessian(value))(jnp.zeros(4))
    np.testing.assert_allclose(hessian, np.diag([1.0, 1.0, 0.5, 0.5]), rtol=1e-6, atol=1e-7)


def test_the_closed_form_lies_within_four_standard_errors_of_samples(key):
    mean, log_variance = jnp.asarray([0.5, -1.0, 0.2]), jnp.asarray([0.3, -0.7, -2.0])
    noise = jax.random.normal(key, (200_000, 3))
    samples = jax.vmap(lambda row: mean + jnp.exp(0.5 * log_variance) * row)(noise)
    log_ratio = 0.5 * jnp.sum(samples**2 - noise**2, axis=1) - 0.5 * jnp.sum(log_variance)
    error = jnp.std(log_ratio) / math.sqrt(200_000)
    assert abs(jnp.mean(log_ratio) - NORMAL(mean, log_variance)) < 4 * error


@pytest.mark.parametrize("bad", [jnp.nan, jnp.inf])
@pytest.mark.parametrize("name", ["mean", "log_variance"])
def test_parameters_that_are_not_finite_are_named(name, bad):
    arguments = {"mean": jnp.zeros(2), "log_variance": jnp.zeros(2)}
    arguments[name] = arguments[name].at[1].set(bad)
    with pytest.raises(ValueError, match=f"^{name} must be finite"):
        NORMAL(**arguments)


def test_integers_and_empty_vectors_are_refused():
    with pytest.raises(ValueError, match="mean must not be empty"):
        NORMAL(jnp.zeros((3, 0)), jnp.zeros((3, 0)))
    with pytest.raises(TypeError, match="mean must hold floating-point numbers, got dtype int32"):
        NORMAL(jnp.zeros(2, jnp.int32), jnp.zeros(2))


@pytest.mark.usefixtures("without_hook")
def test_without_the_type_checker_our_own_errors_name_the_arguments():
    with pytest.raises(
        ValueError, match=r"log_variance must have shape \(4, 1\) to fit mean .*, got \(4, 3\)"
    ):
        NORMAL(jnp.zeros((4, 1)), jnp.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"mean_p must have at least 1 axis .*, got shape \(\)"):
        divergences.kl_normal(*[jnp.zeros(())] * 4)
    with pytest.raises(TypeError, match="mean must hold floating-point numbers, got dtype int32"):
        NORMAL(jnp.zeros(2, jnp.int32), jnp.zeros(2))
    two, matrix = jnp.zeros(2), jnp.eye(2)
    with pytest.raises(ValueError, match=r"covariance_q must have shape \(2, 2\) to fit mean_p"):
        divergences.kl_multivariate_normal(two, matrix, two, jnp.eye(3))
    with pytest.raises(ValueError, match=r"logits_q must have shape \(2, 1\) to fit logits_p"):
        divergences.kl_categorical(jnp.zeros((2, 1)), jnp.zeros((2, 3)))
