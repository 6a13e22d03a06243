"""Mode coverage against hand counts; the planar targets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import data, metrics

KEY = jax.random.key(3)


def test_modes_are_counted_by_hand():
    centres = jnp.asarray([[0.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    samples = jnp.asarray([[0.0, 0.1], [0.1, 0.0], [0.9, 0.0], [0.5, 0.5], [0.0, 9.0]])
    coverage = metrics.mode_coverage(samples, centres, radius=0.2, min_count=2)
    np.testing.assert_array_equal(coverage.counts, [2, 1, 0])
    assert coverage.found == 1
    assert coverage.share_on_modes == pytest.approx(3 / 5)
    expected = 2 / 3 * np.log(2 / 3 * 3) + 1 / 3 * np.log(1 / 3 * 3)
    assert coverage.reverse_kl == pytest.approx(expected, rel=1e-6)


def test_the_target_itself_covers_its_modes():
    """Within three standard deviations lie 1 - exp(-9/2) of a planar normal law; the rest is
    chance."""
    target = data.grid_of_normals(5, 2.0, 0.05)
    coverage = metrics.mode_coverage(target(KEY, 10_000), target.centres, radius=0.15, min_count=20)
    inside = 1 - np.exp(-4.5)
    assert coverage.found == 25
    assert coverage.share_on_modes == pytest.approx(
        inside, abs=4 * np.sqrt(inside * (1 - inside)) / 100
    )
    assert 0 <= coverage.reverse_kl < 3 * 24 / 2 / 10_000  # chi-squared with 24 degrees, over 2n


def test_when_no_sample_is_on_a_mode_the_divergence_is_the_largest():
    coverage = metrics.mode_coverage(
        jnp.full((4, 2), 50.0),
        jnp.zeros((8, 2)).at[:, 0].set(jnp.arange(8.0)),
        radius=1.0,
        min_count=1,
    )
    assert coverage.found == 0
    assert coverage.share_on_modes == 0
    assert coverage.reverse_kl == pytest.approx(np.log(8))


def test_a_sample_between_two_near_modes_is_counted_once():
    coverage = metrics.mode_coverage(
        jnp.asarray([[0.4, 0.0]]), jnp.asarray([[0.0, 0.0], [1.0, 0.0]]), radius=2.0, min_count=1
    )
    np.testing.assert_array_equal(coverage.counts, [1, 0])


def test_the_radius_and_the_least_count_themselves_are_enough():
    modes = jnp.asarray([[0.0, 0.0], [5.0, 0.0]])
    samples = jnp.asarray([[0.5, 0.0], [0.0, -0.5], [5.0, 0.5]])
    coverage = metrics.mode_coverage(samples, modes, radius=0.5, min_count=2)
    np.testing.assert_array_equal(coverage.counts, [2, 1])
    assert coverage.found == 1
    assert coverage.share_on_modes == 1


def test_coverage_does_not_depend_on_the_unit_of_length():
    modes = jnp.asarray([[0.0, 0.0], [5.0, 0.0]])
    samples = jnp.asarray([[0.5, 0.0], [0.0, -0.7], [5.0, 0.5]])
    for unit in (1e-30, 1.0, 1e30):
        coverage = metrics.mode_coverage(
            unit * samples, unit * modes, radius=0.6 * unit, min_count=1
        )
        np.testing.assert_array_equal(coverage.counts, [1, 1])


def test_coverage_maps_over_seeds():
    target = data.ring_of_normals(8, 2.0, 0.05)
    samples = jnp.stack([target(key, 50) for key in jax.random.split(KEY, 3)])

    def found(points):
        return metrics.mode_coverage(points, target.centres, radius=0.15, min_count=1).counts

    np.testing.assert_array_equal(jax.vmap(found)(samples), [found(points) for points in samples])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"radius": 0.0}, "radius must be positive"),
        ({"min_count": 0}, "min_count must be an integer of at least 1"),
    ],
)
def test_coverage_refuses(change, message):
    arguments = {"radius": 1.0, "min_count": 1} | change
    with pytest.raises(ValueError, match=message):
        metrics.mode_coverage(jnp.zeros((2, 2)), jnp.zeros((3, 2)), **arguments)


def test_coverage_refuses_samples_that_are_not_numbers():
    with pytest.raises(ValueError, match="samples must be finite"):
        metrics.mode_coverage(jnp.full((2, 2), jnp.nan), jnp.zeros((3, 2)), radius=1.0, min_count=1)


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
        ((0, 1.0, 0.1), "must be an integer of at least 1"),
        ((3, -1.0, 0.1), "must be positive"),
        ((3, 1.0, 0.0), "standard_deviation must be positive"),
    ],
)
def test_targets_refuse(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(*arguments)
