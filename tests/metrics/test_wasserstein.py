"""Wasserstein distances of two samples against SciPy and against closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

from gantheory import metrics

# one program each: called as they are, they are compiled piece by piece, which takes longer
samples_1d = jax.jit(metrics.wasserstein_samples_1d)
assignment = jax.jit(metrics.wasserstein_assignment, static_argnames="order")
sliced = jax.jit(metrics.sliced_wasserstein)

# On the line


@pytest.mark.parametrize(("count", "others"), [(50, 50), (50, 37), (1, 20), (3, 1)])
def test_on_the_line_it_is_scipys(count, others, x64, key):
    samples = jax.random.normal(key, (count,))
    reference = 2 * jax.random.normal(jax.random.fold_in(key, 1), (others,)) + 1
    ours = metrics.wasserstein_samples_1d(samples, reference)
    expected = wasserstein_distance(np.asarray(samples), np.asarray(reference))
    assert float(ours) == pytest.approx(expected, rel=1e-12)
    assert float(jax.jit(metrics.wasserstein_samples_1d)(samples, reference)) == pytest.approx(
        expected, rel=1e-12
    )


def test_on_the_line_repeating_every_point_changes_nothing(key):
    samples = jax.random.normal(key, (30,))
    assert float(samples_1d(jnp.repeat(samples, 7), samples)) < 1e-6
    reference = samples[:11] + 1
    once = samples_1d(samples, reference)
    thrice = samples_1d(samples, jnp.repeat(reference, 3))
    assert float(thrice) == pytest.approx(float(once), rel=1e-5)


def test_on_the_line_the_assignment_finds_the_same(key):
    samples, reference = jax.random.normal(key, (2, 40))
    through_functions = samples_1d(samples, reference)
    assigned = assignment(samples[:, None], reference[:, None], order=1)
    assert float(assigned) == pytest.approx(float(through_functions), rel=1e-5)


def test_on_the_line_the_floor_halves_with_four_times_the_points(key):
    def floor(count):
        pairs = jax.random.normal(jax.random.fold_in(key, count), (400, 2, count))
        return jnp.mean(jax.jit(jax.vmap(lambda pair: samples_1d(*pair)))(pairs))

    assert 1.8 < floor(100) / floor(400) < 2.2


# By assignment


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("count", "size"), [(1, 2), (40, 3), (70, 16)])
def test_the_assignment_is_scipys(order, count, size, x64, key):
    samples = jax.random.normal(key, (count, size))
    reference = 1.5 * jax.random.normal(jax.random.fold_in(key, 1), (count, size)) + 0.3
    costs = cdist(np.asarray(samples), np.asarray(reference)) ** order
    expected = costs[linear_sum_assignment(costs)].mean() ** (1 / order)
    ours = assignment(samples, reference, order=order)
    assert float(ours) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_a_translation_costs_its_length(order, key):
    """No transport moves the mean for less, by Jensen's inequality, and translating every point
    costs just that."""
    sample = jax.random.normal(key, (60, 3))
    shift = jnp.asarray([[2.0, -1.0, 2.0]])
    moved = jnp.roll(sample, 5, axis=0) + shift
    distance = assignment(sample, moved, order=order)
    assert float(distance) == pytest.approx(3, rel=1e-5)


@pytest.mark.parametrize("order", [1, 2])
def test_the_order_of_the_points_does_not_matter(order, key):
    sample = 1e3 + jax.random.normal(key, (50, 4))
    shuffled = jax.random.permutation(key, sample)
    assert assignment(sample, shuffled, order=order) == 0


def test_the_second_order_is_the_greater(key):
    samples, reference = jax.random.normal(key, (2, 30, 2))
    first, second = (assignment(samples, reference, order=order) for order in (1, 2))
    assert 0 < first < second


def test_single_precision_is_accepted_in_double_precision_mode(x64, key):
    samples, reference = jax.random.normal(key, (2, 20, 2), jnp.float32)
    distance = assignment(samples, reference, order=1)
    assert distance.dtype == jnp.float32
    costs = cdist(np.asarray(samples), np.asarray(reference))
    expected = costs[linear_sum_assignment(costs)].mean()
    assert float(distance) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("value", [jnp.nan, jnp.inf])
def test_a_run_that_diverged_is_not_hidden_and_does_not_hang(value, key):
    """Inside a trace values are not checked, and the solver must end for the sake of the other
    runs."""
    samples, reference = jax.random.normal(key, (2, 2, 20, 3))
    measure = jax.jit(jax.vmap(lambda *pair: assignment(*pair, order=2)))
    distances = measure(samples.at[0, 4, 1].set(value), reference)
    assert not jnp.isfinite(distances[0])
    alone = assignment(samples[1], reference[1], order=2)
    assert float(distances[1]) == pytest.approx(float(alone), rel=1e-5)


# Along directions


def test_a_shift_costs_the_mean_of_its_projections(x64, key):
    points = jax.random.normal(key, (500, 2))
    shift = jnp.asarray([[3.0, 4.0]])
    angles = jnp.pi * metrics.midpoints(400)
    directions = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)
    distance = sliced(points + shift, points, directions)
    assert distance == pytest.approx(5 * 2 / np.pi, rel=1e-5)  # 5 E|cos|


def test_each_direction_agrees_with_scipy(key):
    one, other = jax.random.normal(key, (2, 300, 3))
    directions = jnp.eye(3)
    expected = np.mean([wasserstein_distance(one[:, i], other[:, i]) for i in range(3)])
    got = sliced(one, other, directions)
    assert got == pytest.approx(expected, rel=1e-5)


def test_order_does_not_matter_and_equal_samples_are_at_distance_zero(key):
    points = jax.random.normal(key, (50, 2))
    assert sliced(points, points[::-1], jnp.eye(2)) == 0


def test_sliced_wasserstein_refuses(without_hook):
    points = jnp.zeros((4, 2))
    with pytest.raises(ValueError, match=r"reference must have shape \(4, 2\) to fit samples"):
        metrics.sliced_wasserstein(points, points[:3], jnp.eye(2))
    with pytest.raises(
        ValueError, match=r"directions must have shape \(3, 2\) to fit samples \(axis 'size'\)"
    ):
        metrics.sliced_wasserstein(points, points, jnp.eye(3))
    with pytest.raises(ValueError, match="directions must be unit vectors"):
        metrics.sliced_wasserstein(points, points, 2 * jnp.eye(2))


@pytest.mark.parametrize("length", [0.985, 1.015])
def test_directions_may_be_rounded_to_half_precision_but_no_further(length):
    points = jnp.asarray([[0.0, 0.0], [1.0, 1.0]])
    moved = metrics.sliced_wasserstein(points + 1, points, length * jnp.eye(2))
    assert moved == pytest.approx(length, rel=1e-6)
    with pytest.raises(ValueError, match="directions must be unit vectors"):
        metrics.sliced_wasserstein(points, points, jnp.eye(2) * (1 + 2 * (length - 1)))


# Refusals


def test_on_the_line_refusals(without_hook):
    good = jnp.arange(3.0)
    with pytest.raises(ValueError, match="reference must not be empty"):
        metrics.wasserstein_samples_1d(good, jnp.zeros(0))
    with pytest.raises(ValueError, match="samples must be finite"):
        metrics.wasserstein_samples_1d(good.at[0].set(jnp.nan), good)
    with pytest.raises(TypeError, match="samples must hold floating-point numbers"):
        metrics.wasserstein_samples_1d(jnp.arange(3), good)


def test_assignment_refusals(without_hook):
    good = jnp.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match=r"reference must have shape \(3, 2\) to fit samples"):
        metrics.wasserstein_assignment(good, good[:2], order=1)
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        metrics.wasserstein_assignment(good, good, order=3)
    with pytest.raises(ValueError, match="reference must be finite"):
        metrics.wasserstein_assignment(good, good.at[0, 0].set(jnp.inf), order=1)
