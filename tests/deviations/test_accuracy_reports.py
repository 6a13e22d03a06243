"""Public reports of wrong deviations and labels, tried on this package: each failed once, and must
not again."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from gantheory import deviations

slopes_of = jax.jit(jax.grad(deviations.sharma_mittal_deviation, argnums=(0, 1, 2)))

LOGITS = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), jnp.float32)


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize(
    ("logits", "labels", "error", "words"),
    [
        (LOGITS, jnp.array([2]), ValueError, r"labels must have shape \(6,\) to fit style_logits"),
        (LOGITS[:1], jnp.arange(6) % 4, ValueError, r"labels must have shape \(1,\) to fit"),
        (LOGITS.reshape(2, 3, 4), jnp.zeros((2, 3), int), ValueError, "must have 2 axes"),
        (LOGITS, jnp.zeros(6), TypeError, "labels must hold integers, got dtype float32"),
        (LOGITS, [0, 1, 2, 3, 0, 1], TypeError, "labels must be an array, got list"),
        (LOGITS, jnp.eye(6, 4, dtype=int), ValueError, r"labels must have 1 axis \(real\)"),
        (LOGITS, jnp.zeros((6, 1), int), ValueError, r"take labels\[:, 0\]"),
    ],
)  # fmt: skip
def test_labels_that_do_not_fit_are_refused_and_not_broadcast(logits, labels, error, words):
    """apache/mxnet#8350, caffe2#447: one label stood for six logits, silently."""
    with pytest.raises(error, match=words):
        deviations.style_cross_entropy(logits, labels)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32"])
def test_labels_of_every_type_of_integers_are_taken(dtype):
    labels = jnp.asarray([0, 1, 2, 3, 0, 1], dtype)
    log_posterior = np.log(np.asarray(jax.nn.softmax(LOGITS), float))
    expected = -np.mean(log_posterior[np.arange(6), np.asarray(labels)])
    value = deviations.style_cross_entropy(LOGITS, labels)
    assert float(value) == pytest.approx(expected, rel=1e-6)


def test_a_sure_and_right_style_keeps_the_digits_of_its_loss():
    """-log(1 - 1e-9) had been 0."""
    logits = jnp.asarray([[30.0, 0.0, 1.0]])
    exact = np.log1p(np.exp(-30.0) + np.exp(-29.0))
    value, slope = jax.value_and_grad(deviations.style_cross_entropy)(logits, jnp.array([0]))
    assert float(value) == pytest.approx(exact, rel=1e-6, abs=0)
    assert float(slope[0, 0]) == pytest.approx(-exact, rel=1e-6, abs=0)


@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0, 3.0])
def test_nearly_uniform_posteriors_keep_the_digits_of_their_divergence(alpha):
    near = np.asarray([1e-4, -2e-4, 3e-5, 0.0], np.float32)
    with mpmath.workdps(40):
        weights = [mpmath.exp(mpmath.mpf(float(x))) for x in near]
        p = [4 * x / mpmath.fsum(weights) for x in weights]
        if alpha == 1:
            exact = -mpmath.fsum(map(mpmath.log, p)) / 4
        else:
            exact = mpmath.log(mpmath.fsum(x ** (1 - mpmath.mpf(alpha)) for x in p) / 4) / (
                alpha - 1
            )
        to_uniform = mpmath.fsum(x * mpmath.log(x) for x in p) / 4
    value = deviations.sharma_mittal_deviation(jnp.asarray(near), alpha, 1.0)
    assert float(value) == pytest.approx(float(exact), rel=1e-5, abs=0)
    assert float(deviations.entropy_deviation(jnp.asarray(near))) == pytest.approx(
        float(to_uniform), rel=1e-5, abs=0
    )


@pytest.mark.parametrize("top", [3.0, 30.0])
def test_a_huge_order_is_the_largest_log_ratio(top):
    """At 30 the order times a log-ratio is beyond the range of single precision."""
    logits = jnp.asarray([top, 0.0, -1.0])
    largest = -np.log(3) - np.asarray(jax.nn.log_softmax(logits), float).min()
    for alpha in (1e6, 1e38):
        value = deviations.sharma_mittal_deviation(logits, alpha, 1.0)
        assert float(value) == pytest.approx(largest, rel=1e-5)


def test_an_excluded_style_has_its_limit():
    logits = jnp.asarray([0.5, -0.5, -jnp.inf])
    p = np.exp([0.5, -0.5]) / np.exp([0.5, -0.5]).sum()
    value, slope = jax.value_and_grad(deviations.entropy_deviation)(logits)
    assert float(value) == pytest.approx(np.log(3) + (p * np.log(p)).sum(), rel=1e-6)
    assert np.isfinite(slope).all()
    half = (np.sqrt(p) / np.sqrt(3)).sum()
    value, slope = jax.value_and_grad(deviations.sharma_mittal_deviation)(logits, 0.5, 1.0)
    assert float(value) == pytest.approx(-2 * np.log(half), rel=1e-6)
    assert np.isfinite(slope).all()
    for alpha in (1.0, 2.0):
        assert float(deviations.sharma_mittal_deviation(logits, alpha, 1.0)) == np.inf
        limit = jax.value_and_grad(deviations.sharma_mittal_deviation)(logits, alpha, 0.5)
        assert float(limit[0]) == 2  # 1/(1 - β)
        assert not np.any(limit[1])
    assert float(deviations.mce_deviation(logits)) == np.inf


def test_the_slope_in_the_order_is_that_of_differences():
    logits = jnp.asarray([1.0, -0.5, 0.3, 2.0])
    with jax.enable_x64(True):
        wide = jnp.asarray(logits, "float64")
        for alpha in (0.3, 0.7, 1.0, 2.5):
            at = lambda a: deviations.sharma_mittal_deviation(wide, a, 0.8)  # noqa: E731
            step = 1e-5
            difference = (at(alpha + step) - at(alpha - step)) / (2 * step)
            slope = jax.grad(at)(jnp.asarray(alpha, "float64"))
            assert float(slope) == pytest.approx(float(difference), rel=1e-6)


def exact_renyi(logits, alpha):
    """Rényi's divergence of the uniform distribution from the posterior, of any order but 1."""
    weights = [mpmath.exp(mpmath.mpf(float(x))) for x in logits]
    p = [x / mpmath.fsum(weights) for x in weights]
    alpha, u = mpmath.mpf(alpha), mpmath.mpf(1) / len(p)
    return mpmath.log(mpmath.fsum(u**alpha * q ** (1 - alpha) for q in p)) / (alpha - 1)


def test_a_tiny_order_keeps_the_digits_of_the_divergence():
    """It is in proportion to the order, whereas the terms of the plain formula do not vanish."""
    logits, alpha = jnp.asarray([1.0, 0.5, -1.0]), float(np.float32(1e-4))
    value = deviations.sharma_mittal_deviation(logits, alpha, 1.0)
    with mpmath.workdps(40):
        assert float(value) == pytest.approx(float(exact_renyi(logits, alpha)), rel=1e-6)


def test_the_curvature_in_the_order_is_right_at_order_one():
    """By reverse mode twice, which also visits the branches that are not taken."""
    logits = jnp.asarray([1.0, 0.5, -1.0])
    slope = jax.grad(lambda alpha: deviations.sharma_mittal_deviation(logits, alpha, 1.0))
    with mpmath.workdps(60):
        step = mpmath.mpf("1e-10")
        two, one, minus_one, minus_two = (exact_renyi(logits, 1 + k * step) for k in (2, 1, -1, -2))
        exact = (two - one - minus_one + minus_two) / (3 * step**2)
    assert float(jax.jit(jax.grad(slope))(1.0)) == pytest.approx(float(exact), rel=1e-5)


def test_a_huge_degree_has_a_finite_and_right_slope():
    logits, alpha, degree = jnp.asarray([0.01, -0.02, 0.015]), float(np.float32(0.7)), 1e6
    _, _, slope = slopes_of(logits, alpha, degree)
    with mpmath.workdps(40):
        renyi = exact_renyi(logits, alpha)
        exact = mpmath.diff(lambda c: mpmath.expm1(c * renyi) / c, degree - 1)
    assert float(slope) == pytest.approx(float(exact), rel=1e-4)


@pytest.mark.parametrize("degree", [1.0, 2.0])
def test_where_the_deviation_is_infinite_no_slope_is_nan(degree):
    logits = jnp.asarray([0.5, -0.5, -jnp.inf])
    assert all(np.isfinite(slope).all() for slope in slopes_of(logits, 1.0, degree))


def test_float64_arrays_of_numpy_give_no_warning():
    logits = np.asarray(LOGITS, float)
    value = deviations.sharma_mittal_deviation(logits, np.float64(0.5), np.float64(1.0))
    assert value.dtype == jnp.float32


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_summed_in_single(dtype):
    logits = jnp.asarray(np.random.default_rng(1).normal(size=(4096, 64)), dtype)
    for deviation in (
        deviations.bce_deviation,
        deviations.mce_deviation,
        deviations.entropy_deviation,
    ):
        wide = deviation(logits.astype(jnp.float32))
        assert deviation(logits) == wide.astype(dtype)
