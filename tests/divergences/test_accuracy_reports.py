"""Public reports of wrong numbers, tried on this package: each failed once, and must not again.

The right values are closed forms in float64 or of mpmath; where each came from is said beside it.
"""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from jax.scipy.stats import norm, uniform

from gantheory import divergences

renyi = jax.jit(divergences.renyi_normal, static_argnames="order")


def of(*numbers: float, dtype: str = "float32") -> list[jax.Array]:
    return [jnp.asarray([number], dtype) for number in numbers]


def exact_renyi(order: float, mean_p: float, s_p: float, mean_q: float, s_q: float) -> float:
    with mpmath.workdps(60):
        order, mean_p, s_p, mean_q, s_q = map(mpmath.mpf, (order, mean_p, s_p, mean_q, s_q))
        mixed = order * mpmath.exp(s_q) + (1 - order) * mpmath.exp(s_p)
        spread = (mpmath.log(mixed) - (1 - order) * s_p - order * s_q) / (1 - order)
        return float((order * (mean_p - mean_q) ** 2 / mixed + spread) / 2)


@pytest.mark.parametrize("order", [1.5, 3.0, 10.0, 32.0])
@pytest.mark.parametrize("deviation", [0.9, 0.3, 0.03, 0.001])
def test_renyi_above_order_one_is_finite_and_right(order, deviation):
    """gonum/gonum#99: infinite, or 20 % off, in float32 and in float64."""
    s = float(np.float32(2 * math.log(deviation)))
    exact = exact_renyi(order, 0, s, 0, 0)
    assert float(renyi(*of(0.0, s, 0.0, 0.0), order=order)) == pytest.approx(exact, rel=2e-6)
    with jax.enable_x64(True):
        wide = divergences.renyi_normal(*of(0.0, s, 0.0, 0.0, dtype="float64"), order=order)
        assert float(wide) == pytest.approx(exact, rel=1e-14, abs=0)


@pytest.mark.parametrize("s", [-1e-5, 5e-5])
def test_a_huge_order_weighs_nearly_equal_variances(s):
    """α - (α - 1) σ² of numbers that nearly cancel."""
    mean, s = float(np.float32(1e-3)), float(np.float32(s))
    exact = exact_renyi(1e4, mean, s, 0, 0)
    assert float(renyi(*of(mean, s, 0.0, 0.0), order=1e4)) == pytest.approx(exact, rel=5e-6)


def test_a_tiny_order_keeps_the_digits_of_its_weights():
    exact = exact_renyi(float(np.float32(1e-4)), 1, -20, 0, 0)
    assert float(renyi(*of(1.0, -20.0, 0.0, 0.0), order=1e-4)) == pytest.approx(exact, rel=5e-6)


def test_renyi_of_order_zero_is_zero_however_narrow_the_first_is():
    assert float(renyi(*of(1.0, -40.0, 0.0, 0.0), order=0.0)) == 0
    assert float(renyi(*of(1.0, -400.0, 0.0, 0.0), order=0.0)) == 0
    assert float(renyi(*of(1.0, 400.0, 0.0, 0.0), order=0.0)) == 0


@pytest.mark.parametrize("s", [-88.0, -90.0, -200.0, -400.0])
def test_bhattacharyya_and_its_slope_survive_a_narrow_second_distribution(s):
    """At -88 the slope in the mean was silently 0, from -90 on the value was NaN."""
    exact = exact_renyi(0.5, 0, 0, 1, s) / 2
    value, slope = jax.value_and_grad(
        lambda mean: divergences.bhattacharyya_normal(mean, *of(0.0, 1.0, s))
    )(jnp.zeros(1))
    assert float(value) == pytest.approx(exact, rel=2e-6)
    # half of 2 (1/2) Δ / (2 σ²), and σ² is one half: the narrow one adds nothing to it
    assert float(slope[0]) == pytest.approx(-0.5, rel=1e-6)


def test_the_slope_in_the_order_is_right_at_order_one():
    """A branch at order 1 had made it 0 there."""

    def at(order):
        return divergences.renyi_normal(*of(0.3, 0.5, -0.1, -0.2), order=order)

    step = 1e-6
    low, high = (exact_renyi(1 + by, 0.3, 0.5, -0.1, -0.2) for by in (-step, step))
    assert float(jax.grad(at)(jnp.float32(1.0))) == pytest.approx(
        (high - low) / (2 * step), rel=1e-4
    )


@pytest.mark.parametrize(
    ("dtype", "s"),
    [("float32", -178.0), ("float32", -400.0), ("float16", -24.0), ("bfloat16", -178.0)],
)
def test_equal_normal_distributions_are_at_distance_zero_however_narrow(dtype, s):
    """pyg#500, synthcity#331: infinity times 0."""
    p = of(0.5, s, dtype=dtype)
    for distance in (
        divergences.kl_normal,
        divergences.jeffreys_normal,
        divergences.bhattacharyya_normal,
        divergences.squared_wasserstein_normal,
    ):
        value, slopes = jax.value_and_grad(distance, argnums=(0, 1, 2, 3))(*p, *p)
        assert (float(value), value.dtype) == (0, dtype)
        assert [float(slope[0]) for slope in slopes] == [0, 0, 0, 0]


def test_extreme_variances_give_what_float32_can_hold():
    exact = 0.5 * math.exp(2 * math.log(float(np.float32(1e-30))) + 180)
    assert float(divergences.kl_normal(*of(1e-30, -180.0, 0.0, -180.0))) == pytest.approx(
        exact, rel=1e-6
    )
    assert float(divergences.kl_normal(*of(0.0, -200.0, 0.0, -178.0))) == pytest.approx(
        10.5, rel=1e-6
    )
    assert float(divergences.kl_normal(*of(0.0, -3e38, 0.0, 3e38))) == pytest.approx(3e38, rel=1e-6)
    assert float(divergences.reverse_kl_to_standard_normal(*of(0.0, -200.0))) == math.inf
    assert float(divergences.squared_wasserstein_normal(*of(0.0, -400.0, 0.0, 0.0))) == 1
    assert float(divergences.exponential_excess(jnp.asarray(jnp.inf))) == math.inf


CURVATURES = {
    "kl_normal": 0.5,
    "jeffreys_normal": 1.0,
    "bhattacharyya_normal": 0.125,
    "squared_wasserstein_normal": 0.5,
}


@pytest.mark.parametrize("name", CURVATURES)
def test_the_curvature_in_the_log_variance_at_equality_is_right(name):
    """A |difference|, or a maximum with 0, has lost it: at 0 their slopes are 0 and one half."""
    function = getattr(divergences, name)

    def at(s):
        return function(*of(0.0), s[None], *of(0.0, 0.0))

    curvature = jax.grad(jax.grad(at))(jnp.float32(0.0))
    assert float(curvature) == pytest.approx(CURVATURES[name], rel=1e-5)


ROWS = divergences.F_DIVERGENCES


@pytest.mark.parametrize(
    ("name", "curvature"),
    [
        ("kl", 1), ("reverse_kl", 1), ("pearson_chi2", 2), ("squared_hellinger", 0.5),
        ("jensen_shannon", 0.5), ("gan", 0.5),
    ],
)  # fmt: skip
def test_the_curvature_of_an_f_divergence_at_equality_is_that_of_fisher(name, curvature):
    """It is f''(1) times the Fisher information diag(p) - p p'."""
    logits = jnp.asarray([0.5, -0.3, 1.0])
    p = np.asarray(jax.nn.softmax(logits), float)
    hessian = jax.hessian(lambda a: divergences.f_divergence_categorical(ROWS[name], a, logits))(
        logits
    )
    np.testing.assert_allclose(hessian, curvature * (np.diag(p) - np.outer(p, p)), atol=1e-6)


def test_a_ratio_that_overflows_costs_what_the_generator_says_at_infinity():
    """optax PR 1786 and others: finite and wrong, or NaN, for one class against the uniform."""
    sure, fair = jnp.zeros(10).at[0].set(90.0), jnp.zeros(10)
    by_name = {
        "squared_hellinger": 2 - 2 / math.sqrt(10),
        "jensen_shannon": math.log(4) + 0.1 * (10 * math.log(10) - 11 * math.log(11)),
        "kl": 90 * 0.9 - math.log(10),
    }
    for name, exact in by_name.items():
        for gap in (90.0, 300.0):
            if name == "kl":
                exact = gap * 0.9 - math.log(10)
            sure = jnp.zeros(10).at[0].set(gap)
            value = divergences.f_divergence_categorical(ROWS[name], fair, sure)
            assert float(value) == pytest.approx(exact, rel=1e-5), (name, gap)


def test_the_ratio_of_two_tiny_probabilities_counts():
    """p²/q of a class at e^-150 and e^-300 is 1, though neither is a number of float32."""
    p, q = jnp.asarray([0.0, -150.0]), jnp.asarray([0.0, -300.0])
    value = divergences.f_divergence_categorical(ROWS["pearson_chi2"], p, q)
    assert float(value) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("name", ROWS)
def test_a_class_that_both_exclude_costs_nothing_and_has_no_slope(name):
    p, q = jnp.asarray([0.3, -0.2, 0.9]), jnp.asarray([0.1, 0.4, -0.6])
    never = jnp.asarray([-jnp.inf])

    def masked(a, b):
        both = (jnp.concatenate([one, never]) for one in (a, b))
        return divergences.f_divergence_categorical(ROWS[name], *both)

    def plain(a, b):
        return divergences.f_divergence_categorical(ROWS[name], a, b)

    found = jax.value_and_grad(masked, argnums=(0, 1))(p, q)
    expected = jax.value_and_grad(plain, argnums=(0, 1))(p, q)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), found, expected)


@pytest.mark.parametrize(
    ("name", "only_p", "only_q"),
    [
        ("kl", math.inf, 1), ("reverse_kl", 1, math.inf), ("pearson_chi2", math.inf, 1),
        ("squared_hellinger", 1, 1), ("jensen_shannon", math.log(2), math.log(2)),
    ],
)  # fmt: skip
def test_a_class_that_one_excludes_costs_the_limit(name, only_p, only_q):
    """Half on a class that both share, where nothing is lost, and half on the other."""
    half, whole = jnp.zeros(2), jnp.asarray([0.0, -jnp.inf])
    f = {
        "kl": lambda u: u * math.log(u), "reverse_kl": lambda u: -math.log(u),
        "pearson_chi2": lambda u: (u - 1) ** 2,
        "squared_hellinger": lambda u: (math.sqrt(u) - 1) ** 2,
        "jensen_shannon": lambda u: u * math.log(u) - (u + 1) * math.log((u + 1) / 2),
    }[name]  # fmt: skip
    # f has slope 1 or -1 at 1 in two rows, which the terms of both classes share out differently
    at_infinity = 0.0 if name == "reverse_kl" else only_p
    at_zero = 0.0 if name == "kl" else only_q
    value = divergences.f_divergence_categorical(ROWS[name], half, whole)
    assert float(value) == pytest.approx(f(0.5) + at_infinity * 0.5, rel=1e-5)
    value = divergences.f_divergence_categorical(ROWS[name], whole, half)
    assert float(value) == pytest.approx(0.5 * f(2.0) + at_zero * 0.5, rel=1e-5)


@pytest.mark.parametrize("name", ["kl", "jensen_shannon", "total_variation", "hellinger"])
def test_near_distributions_keep_their_digits(name):
    """The rounding of the log-probabilities, 1e-7, had been as large as what they differed by."""
    p = np.asarray([0.7, -1.3, 2.1, 0.2], np.float32)
    q = (p + np.asarray([1e-5, -3e-5, 2e-5, 0], np.float32)).astype(np.float32)
    a, b = (np.exp(np.asarray(one, float)) for one in (p, q))
    with mpmath.workdps(40):
        a, b = ([mpmath.exp(mpmath.mpf(float(x))) for x in one] for one in (p, q))
        a, b = ([x / mpmath.fsum(one) for x in one] for one in (a, b))
        pairs = list(zip(a, b, strict=True))
        log = mpmath.log
        exact = {
            "kl": lambda: sum(x * log(x / y) for x, y in pairs),
            "jensen_shannon": lambda: sum(
                x * log(2 * x / (x + y)) + y * log(2 * y / (x + y)) for x, y in pairs
            ) / 2,
            "total_variation": lambda: sum(abs(x - y) for x, y in pairs) / 2,
            "hellinger": lambda: mpmath.sqrt(
                sum((mpmath.sqrt(x) - mpmath.sqrt(y)) ** 2 for x, y in pairs) / 2
            ),
        }[name]()  # fmt: skip
    value = getattr(divergences, f"{name}_categorical")(jnp.asarray(p), jnp.asarray(q))
    assert float(value) == pytest.approx(float(exact), rel=1e-5, abs=0)


def test_jensen_shannon_of_shifted_uniforms_is_half_of_log_two():
    """udlbook#242: bounded supports were refused, and under jit NaN."""
    grid = jnp.linspace(-0.5, 2.0, 5001)
    p, q = uniform.logpdf(grid), uniform.logpdf(grid, 0.5, 1.0)
    for js in (divergences.jensen_shannon_1d, jax.jit(divergences.jensen_shannon_1d)):
        assert float(js(p, q, grid)) == pytest.approx(0.5 * math.log(2), rel=1e-3)
    slope = jax.grad(divergences.jensen_shannon_1d)(p, q, grid)
    assert np.isfinite(slope).all()


def test_disjoint_samples_are_certain():
    apart = jnp.full(3, jnp.inf)
    estimate = divergences.jensen_shannon_estimate(apart, -apart)
    assert float(estimate.value) == pytest.approx(math.log(2), rel=1e-6)
    assert float(estimate.standard_error) == 0
    with pytest.raises(ValueError, match="log_ratios_q must not hold NaNs"):
        divergences.jensen_shannon_estimate(apart, apart.at[0].set(jnp.nan))


@pytest.mark.parametrize("grid", [jnp.linspace(9.0, -9.0, 50), jnp.zeros(50)])
def test_a_grid_that_does_not_increase_is_refused_or_gives_nan(grid):
    p, q = norm.logpdf(grid, -1.0), norm.logpdf(grid, 1.0)
    with pytest.raises(ValueError, match="grid must hold at least two points, each greater"):
        divergences.jensen_shannon_1d(p, q, grid)
    assert math.isnan(float(jax.jit(divergences.jensen_shannon_1d)(p, q, grid)))
    with pytest.raises(ValueError, match="grid must hold at least two points"):
        divergences.jensen_shannon_1d(p[:1], q[:1], grid[:1])


def covariance_of(features: np.ndarray) -> jax.Array:
    return jnp.asarray(np.cov(features, rowvar=False), jnp.float32)


def test_singular_covariances_have_a_transport_distance():
    """TTUR#4 and others: statistics of few samples, or of features that never change."""
    random = np.random.default_rng(0)
    first, second = random.normal(size=(5, 8)), 2 * random.normal(size=(40, 8))
    first[:, 3] = second[:, 3] = 1.0
    p, q = covariance_of(first), covariance_of(second)
    zero = jnp.zeros(8)
    centred = [
        (one - one.mean(0)) / math.sqrt(len(one) - 1) for one in (first, second)
    ]  # C = XᵀX, and the trace of the root is the sum of the singular values of X Yᵀ
    overlap = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    exact = sum((one**2).sum() for one in centred) - 2 * overlap
    distance = divergences.squared_wasserstein_multivariate_normal
    value, slope = jax.value_and_grad(distance, argnums=3)(zero, p, zero, q)
    # an eigenvalue of 0 is known to 1e-7 of the largest, and its root, which enters, to 3e-4
    assert float(value) == pytest.approx(exact, rel=1e-3)
    assert np.isfinite(slope).all()
    # the root of a rounded eigenvalue of 0 enters squared: 1e-7 of the scale
    assert float(distance(zero, p, zero, p)) < 1e-7 * float(jnp.trace(p))
    assert float(distance(zero, jnp.zeros((8, 8)), zero, q)) == pytest.approx(
        float(jnp.trace(q)), rel=1e-5
    )


def test_the_transport_slope_of_what_does_not_vary_is_that_of_the_trace():
    """As documented: the transport map is taken as 0 there."""
    zero, q = jnp.zeros(2), jnp.asarray([[4.0, 0.0], [0.0, 1.0]])
    slope = jax.grad(divergences.squared_wasserstein_multivariate_normal, argnums=1)
    np.testing.assert_array_equal(slope(zero, jnp.zeros((2, 2)), zero, q), jnp.eye(2))
    flat = slope(zero, jnp.diag(jnp.asarray([1.0, 0.0])), zero, q)
    np.testing.assert_allclose(flat, [[1 - 2, 0], [0, 1]], atol=1e-6)


def test_the_transport_slope_exists_where_eigenvalues_are_equal():
    zero, unit = jnp.zeros(3), jnp.eye(3)
    distance = divergences.squared_wasserstein_multivariate_normal
    slope = jax.grad(distance, argnums=1)(zero, 4 * unit, zero, unit)
    np.testing.assert_allclose(slope, 0.5 * np.eye(3), atol=1e-6)
    assert not np.any(np.asarray(jax.grad(distance, argnums=1)(zero, unit, zero, unit)))
    with pytest.raises(NotImplementedError, match="no second derivatives"):
        jax.hessian(distance, argnums=1)(zero, 4 * unit, zero, unit)


def test_a_covariance_that_is_singular_in_its_type_is_named():
    """dynamax#404: positive definite in float64, and NaN out of a Cholesky factor of float32."""
    hilbert = jnp.asarray([[1 / (i + j + 1) for j in range(8)] for i in range(8)], jnp.float32)
    zero = jnp.zeros(8)
    with pytest.raises(ValueError, match=r"^covariance_[pq] must be positive definite, but"):
        divergences.kl_multivariate_normal(zero, hilbert, zero, hilbert)


def test_a_singular_covariance_is_named_by_its_eigenvalue_where_it_must_not_be():
    zero, flat = jnp.zeros(2), jnp.diag(jnp.asarray([1.0, 0.0]))
    with pytest.raises(ValueError, match=r"^covariance_q must .* smallest eigenvalue is 0\."):
        divergences.kl_multivariate_normal(zero, jnp.eye(2), zero, flat)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_linear_algebra_takes_half_precision(dtype):
    """torcheval#192: NotImplementedError of the decomposition."""
    zero, p, q = (jnp.asarray(one, dtype) for one in (np.zeros(2), [[2, 0.5], [0.5, 1]], np.eye(2)))
    for function in (
        divergences.kl_multivariate_normal,
        divergences.squared_wasserstein_multivariate_normal,
    ):
        half = function(zero, p, zero, q)
        wide = function(*(one.astype(jnp.float32) for one in (zero, p, zero, q)))
        assert half.dtype == dtype
        assert float(half) == float(wide.astype(dtype))


def test_float64_arrays_of_numpy_give_no_warning():
    """jax#4490; warnings are errors in these tests."""
    p, order = np.zeros(2), np.float64(0.5)
    assert divergences.renyi_normal(p, p, p + 1, p, order=order).dtype == jnp.float32
    assert divergences.kl_categorical(p, p + 1).dtype == jnp.float32


def test_the_standard_error_of_equal_terms_is_zero_and_has_a_slope():
    slope = jax.grad(lambda r: divergences.kl_k1(r).standard_error)(jnp.ones(4))
    assert np.isfinite(slope).all()
    assert float(divergences.kl_k1(jnp.asarray([1e30, -1e30])).standard_error) == pytest.approx(
        1e30, rel=1e-5
    )


def test_a_known_grid_inside_a_traced_function_is_checked_and_used():
    """JAX traces what it computes from a constant; the check of the grid must not."""
    grid = jnp.linspace(-9.0, 9.0, 721)

    def distance(mean, grid):
        return divergences.jensen_shannon_1d(norm.logpdf(grid), norm.logpdf(grid, mean), grid)

    traced = jax.jit(jax.grad(lambda mean: distance(mean, grid)))(1.0)
    assert float(traced) == pytest.approx(float(jax.grad(distance)(1.0, grid)), rel=1e-5)
    wrong = jnp.asarray([0.0, 2.0, 1.0])
    with pytest.raises(ValueError, match="grid must hold at least two points, each greater"):
        jax.jit(lambda mean: distance(mean, wrong))(1.0)


@pytest.mark.parametrize("name", divergences.F_DIVERGENCES)
def test_the_slopes_of_a_row_are_numbers_at_the_ends_of_its_domains(name):
    """A branch that is not taken must not be one without a derivative."""
    row = divergences.F_DIVERGENCES[name]
    if math.isfinite(row.conjugate_end):
        beyond = jax.jit(jax.value_and_grad(row.conjugate))
        assert beyond(jnp.asarray(row.conjugate_end + 1)) == (jnp.inf, 0)
    if name in ("kl", "gan"):
        value, slope = jax.value_and_grad(row.generator)(jnp.zeros(()))
        assert value == 0
        assert jnp.isfinite(slope)
