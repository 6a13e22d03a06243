"""The kernel distance against a naive double loop, and its bias and its standard error against
repeated draws."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import metrics

# one program: called as it is, it is compiled piece by piece, which takes longer
kernel_distance = jax.jit(metrics.kernel_distance)


def naive(features, reference):
    """The estimate by its definition, pair by pair."""

    def kernel(x, y):
        return (np.dot(x, y) / len(x) + 1) ** 3

    def within(sample):
        pairs = [(x, y) for i, x in enumerate(sample) for j, y in enumerate(sample) if i != j]
        return np.mean([kernel(x, y) for x, y in pairs])

    features, reference = (np.asarray(sample, np.float64) for sample in (features, reference))
    across = np.mean([kernel(x, y) for x in features for y in reference])
    return within(features) + within(reference) - 2 * across


def jackknife_variance(features, reference):
    """The variance of the estimate by leaving out one point after another."""
    variance = 0.0
    for own, other in ((features, reference), (reference, features)):
        left_out = [naive(np.delete(own, i, axis=0), other) for i in range(len(own))]
        variance += (len(own) - 1) * np.var(left_out)
    return variance


def naive_second_order(features, reference):
    """The part of the variance that no point explains alone, from doubly centred kernel matrices of
    new points."""
    samples = [np.asarray(sample, np.float64) for sample in (features, reference)]
    half = len(samples[0]) // 2, len(samples[1]) // 2
    parts = {}
    for a in (0, 1):
        for b in (0, 1):
            left, right = samples[a][: half[a]], samples[b][half[b] :]
            matrix = (left @ right.T / left.shape[1] + 1) ** 3
            matrix = matrix - matrix.mean(0) - matrix.mean(1)[:, None] + matrix.mean()
            parts[a, b] = np.sum(matrix**2) / ((len(left) - 1) * (len(right) - 1))
    count, others = map(len, samples)
    return (
        2 * parts[0, 0] / (count * (count - 1))
        + 2 * parts[1, 1] / (others * (others - 1))
        + 2 * (parts[0, 1] + parts[1, 0]) / (count * others)
    )


def draws(key, repeats, count, others, size, shift):
    first_key, second_key = jax.random.split(key)
    features = jax.random.normal(first_key, (repeats, count, size)) + shift
    return features, jax.random.normal(second_key, (repeats, others, size))


@pytest.mark.parametrize(("count", "others", "size"), [(12, 17, 3), (4, 4, 1), (25, 9, 8)])
def test_the_estimate_is_that_of_a_naive_double_loop(count, others, size, x64, key):
    features, reference = (sample[0] for sample in draws(key, 1, count, others, size, 0.3))
    ours = kernel_distance(features, reference)
    assert float(ours.value) == pytest.approx(naive(features, reference), rel=1e-10)


@pytest.mark.parametrize("shift", [0.0, 0.3])
@pytest.mark.parametrize(("count", "others"), [(60, 60), (40, 100)])
def test_estimate_and_standard_error_are_calibrated(count, others, shift, key):
    """Over 1000 draws: no bias, and a spread of the stated size, for equal laws and for different
    ones.

    The spread of 1000 draws is uncertain by some percent itself, and setting a negative part of the
    variance to 0 makes the standard error a little too large for equal laws.
    """
    repeats = 1000
    features, reference = draws(key, repeats, count, others, 8, shift)
    measured = jax.jit(jax.vmap(metrics.kernel_distance))(features, reference)
    spread = float(jnp.std(measured.value, ddof=1))
    truth = expected_distance(shift, 8)
    assert float(jnp.mean(measured.value)) == pytest.approx(
        truth, abs=4 * spread / math.sqrt(repeats)
    )
    stated = math.sqrt(float(jnp.mean(measured.standard_error**2)))
    assert 0.9 < stated / spread < 1.25


def expected_distance(shift, size):
    """The distance of N(s, I) and N(0, I), from the moments of scalar products, by expanding the
    cube.

    With a and b independent standard normal and s the mean of both, of one or of neither, x·y is
    a·b + s·(a + b) + s·s, a·b + s·b, or a·b. Its first moment is |s|², 0, 0; its second d + 2|s|² +
    |s|⁴, d + |s|², d; its third 3|s|²(d + 2) + 6|s|⁴ + |s|⁶, 0, 0.
    """
    square = size * shift**2

    def cube(first, second, third):
        return third / size**3 + 3 * second / size**2 + 3 * first / size + 1

    both = cube(
        square,
        size + 2 * square + square**2,
        3 * square * (size + 2) + 6 * square**2 + square**3,
    )
    return both + cube(0, size, 0) - 2 * cube(0, size + square, 0)


def test_the_standard_error_lies_between_the_second_order_and_the_jackknife(x64, key):
    """A jackknife counts the second order twice; near equal laws that is nearly all there is."""
    features, reference = (np.asarray(sample[0]) for sample in draws(key, 1, 60, 50, 6, 0.4))
    ours = kernel_distance(jnp.asarray(features), jnp.asarray(reference))
    jackknife = jackknife_variance(features, reference)
    second_order = jackknife - float(ours.standard_error) ** 2
    assert second_order == pytest.approx(naive_second_order(features, reference), rel=0.5)
    assert 0 < second_order < 0.5 * jackknife


def test_order_exchange_and_rotation_do_not_matter(x64, key):
    features, reference = (sample[0] for sample in draws(key, 1, 20, 30, 4, 0.5))
    rotation, _ = jnp.linalg.qr(jax.random.normal(key, (4, 4)))
    ours = kernel_distance(features, reference)
    for other in (
        kernel_distance(features[::-1], jnp.roll(reference, 7, axis=0)),
        kernel_distance(reference, features),
        kernel_distance(features @ rotation, reference @ rotation),
    ):
        np.testing.assert_allclose(jax.tree.leaves(other), jax.tree.leaves(ours), rtol=1e-9)


@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_single_precision_is_enough_far_from_the_origin(offset, key):
    """The kernel is about 1e9 at an offset of 30, the distance a millionth of that."""
    features, reference = (
        sample[0] + offset for sample in draws(key, 1, 40, 40, 4, 0.5 if offset == 0 else 0.0)
    )
    expected = naive(features, reference)
    ours = kernel_distance(features, reference)
    assert float(ours.value) == pytest.approx(expected, rel=1e-3)


def test_too_small_a_sample_is_refused():
    good = jnp.arange(12.0).reshape(6, 2)
    with pytest.raises(ValueError, match="reference must hold at least 4 points, got 3"):
        metrics.kernel_distance(good, good[:3])
    with pytest.raises(ValueError, match="features must be finite"):
        metrics.kernel_distance(good.at[0, 0].set(jnp.inf), good)


def test_other_refusals(without_hook):
    good = jnp.arange(12.0).reshape(6, 2)
    with pytest.raises(TypeError, match="features must hold floating-point numbers"):
        metrics.kernel_distance(good.astype(int), good)
    with pytest.raises(
        ValueError, match=r"reference must have shape \(6, 2\) to fit features \(axis 'size'\)"
    ):
        metrics.kernel_distance(good, good[:, :1])
