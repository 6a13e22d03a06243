"""Mode coverage and sliced Wasserstein distance against hand counts and closed forms; the planar targets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from gantheory import data, metrics

KEY = jax.random.key(3)


def test_modes_are_counted_by_hand():
    centres = jnp.asarray([[0.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    samples = jnp.asarray([[0.0, 0.1], [0.1, 0.0], [0.9, 0.0], [0.5, 0.5], [0.0, 9.0]])
    coverage = metrics.mode_coverage(samples, centres, radius=0.2, least=2)
    np.testing.assert_array_equal(coverage.counts, [2, 1, 0])
    assert coverage.found == 1
    assert coverage.share_on_modes == pytest.approx(3 / 5)
    expected = 2 / 3 * np.log(2 / 3 * 3) + 1 / 3 * np.log(1 / 3 * 3)
    assert coverage.reverse_kl == pytest.approx(expected, rel=1e-6)


def test_the_target_itself_covers_its_modes():
    """Within three standard deviations lie 1 - exp(-9/2) of a planar normal law; the rest is chance."""
    target = data.grid_of_normals(5, 2.0, 0.05)
    coverage = metrics.mode_coverage(target(KEY, 10_000), target.centres, radius=0.15, least=20)
    inside = 1 - np.exp(-4.5)
    assert coverage.found == 25
    assert coverage.share_on_modes == pytest.approx(
        inside, abs=4 * np.sqrt(inside * (1 - inside)) / 100
    )
    assert 0 <= coverage.reverse_kl < 3 * 24 / 2 / 10_000  # chi-squared with 24 degrees, over 2n


def test_when_no_sample_is_on_a_mode_the_divergence_is_the_largest():
    coverage = metrics.mode_coverage(
        jnp.full((4, 2), 50.0), jnp.zeros((8, 2)).at[:, 0].set(jnp.arange(8.0)), radius=1.0, least=1
    )
    assert coverage.found == 0
    assert coverage.share_on_modes == 0
    assert coverage.reverse_kl == pytest.approx(np.log(8))


def test_a_sample_between_two_near_modes_is_counted_once():
    coverage = metrics.mode_coverage(
        jnp.asarray([[0.4, 0.0]]), jnp.asarray([[0.0, 0.0], [1.0, 0.0]]), radius=2.0, least=1
    )
    np.testing.assert_array_equal(coverage.counts, [1, 0])


def test_coverage_maps_over_seeds():
    target = data.ring_of_normals(8, 2.0, 0.05)
    samples = jnp.stack([target(key, 50) for key in jax.random.split(KEY, 3)])

    def found(points):
        return metrics.mode_coverage(points, target.centres, radius=0.15, least=1).counts

    np.testing.assert_array_equal(jax.vmap(found)(samples), [found(points) for points in samples])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"radius": 0.0}, "radius must be positive"),
        ({"least": 0}, "least must be a whole number of at least 1"),
    ],
)
def test_coverage_refuses(change, message):
    arguments = {"radius": 1.0, "least": 1} | change
    with pytest.raises(ValueError, match=message):
        metrics.mode_coverage(jnp.zeros((2, 2)), jnp.zeros((3, 2)), **arguments)


def test_coverage_refuses_samples_that_are_not_numbers():
    with pytest.raises(ValueError, match="samples must be finite"):
        metrics.mode_coverage(jnp.full((2, 2), jnp.nan), jnp.zeros((3, 2)), radius=1.0, least=1)


# Sliced Wasserstein


def test_a_shift_costs_the_mean_of_its_projections(x64):
    points = jax.random.normal(KEY, (500, 2))
    shift = jnp.asarray([[3.0, 4.0]])
    angles = jnp.pi * metrics.midpoints(400)
    directions = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)
    distance = metrics.sliced_wasserstein(points + shift, points, directions)
    assert distance == pytest.approx(5 * 2 / np.pi, rel=1e-5)  # 5 E|cos|


def test_each_direction_agrees_with_scipy():
    one, other = jax.random.normal(KEY, (2, 300, 3))
    directions = jnp.eye(3)
    expected = np.mean([wasserstein_distance(one[:, i], other[:, i]) for i in range(3)])
    got = metrics.sliced_wasserstein(one, other, directions)
    assert got == pytest.approx(expected, rel=1e-5)


def test_order_does_not_matter_and_equal_samples_are_at_distance_zero():
    points = jax.random.normal(KEY, (50, 2))
    assert metrics.sliced_wasserstein(points, points[::-1], jnp.eye(2)) == 0


def test_sliced_wasserstein_refuses(without_hook):
    points = jnp.zeros((4, 2))
    with pytest.raises(ValueError, match="samples and reference must have the same shape"):
        metrics.sliced_wasserstein(points, points[:3], jnp.eye(2))
    with pytest.raises(
        ValueError, match=r"directions must have 2 entries each, got shape \(3, 3\)"
    ):
        metrics.sliced_wasserstein(points, points, jnp.eye(3))


# Targets


def test_the_ring_and_the_grid_have_the_centres_they_should():
    ring = data.ring_of_normals(8, 2.0, 0.05).centres
    np.testing.assert_allclose(np.linalg.norm(ring, axis=1), 2.0, rtol=1e-6)
    gaps = np.linalg.norm(ring - jnp.roll(ring, 1, axis=0), axis=1)
    np.testing.assert_allclose(gaps, 4 * np.sin(np.pi / 8), rtol=1e-5)
    grid = np.asarray(data.grid_of_normals(5, 2.0, 0.05).centres)
    assert {tuple(row) for row in grid} == {
        (x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)
    }


def test_a_mixture_is_even_and_has_the_spread_it_says():
    target = data.ring_of_normals(4, 10.0, 0.5)
    samples = target(KEY, 8_000)
    nearest = np.argmin(np.linalg.norm(samples[:, None] - target.centres[None], axis=2), axis=1)
    counts = np.bincount(nearest, minlength=4)
    assert np.all(np.abs(counts - 2000) < 4 * np.sqrt(8000 * 3 / 16))
    residuals = np.asarray(samples - target.centres[nearest])
    assert np.std(residuals) == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("build", [data.ring_of_normals, data.grid_of_normals])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1.0, 0.1), "must be a whole number of at least 1"),
        ((3, -1.0, 0.1), "must be positive"),
        ((3, 1.0, 0.0), "standard_deviation must be positive"),
    ],
)
def test_targets_refuse(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(*arguments)
