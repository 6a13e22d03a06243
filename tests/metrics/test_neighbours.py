"""Metrics of nearest neighbours against scikit-learn, a naive double loop, and closed cases."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from gantheory import metrics


def two_samples(key, count, others, size=3):
    first_key, second_key = jax.random.split(key)
    first = jax.random.normal(first_key, (count, size))
    return first, 1.5 * jax.random.normal(second_key, (others, size)) + 2.0


# Precision and recall


def independent(points, sample, neighbours):
    """The share of points in some member's neighbourhood, by scikit-learn's trees."""
    distances, _ = NearestNeighbors(n_neighbors=neighbours + 1).fit(sample).kneighbors(sample)
    return np.mean(np.any(cdist(points, sample) <= distances[:, -1][None], axis=1))


@pytest.mark.parametrize("neighbours", [1, 3, 10])
def test_precision_and_recall_agree_with_scikit_learn(neighbours, x64, key):
    generated, data = two_samples(key, 150, 120)
    ours = metrics.precision_recall(features=generated, reference=data, neighbours=neighbours)
    assert float(ours.precision) == pytest.approx(independent(generated, data, neighbours))
    assert float(ours.recall) == pytest.approx(independent(data, generated, neighbours))
    assert 0 < ours.precision < 1
    assert 0 < ours.recall < 1


def test_a_sample_lies_within_itself(key):
    sample, _ = two_samples(key, 50, 50)
    assert tuple(
        map(float, metrics.precision_recall(features=sample, reference=sample, neighbours=1))
    ) == (1, 1)


def test_a_generator_of_one_image_has_no_recall(key):
    data = jax.random.normal(key, (60, 4))
    one = jnp.broadcast_to(data[:1], (60, 4))
    measured = metrics.precision_recall(features=one, reference=data, neighbours=3)
    assert float(measured.precision) == 1
    assert float(measured.recall) == pytest.approx(1 / 60)


def test_far_from_the_data_both_are_zero(key):
    data = jax.random.normal(key, (60, 4))
    measured = metrics.precision_recall(features=data + 100.0, reference=data, neighbours=3)
    assert tuple(map(float, measured)) == (0, 0)


# Density and coverage


def naive_density_coverage(generated, data, neighbours):
    generated, data = np.asarray(generated), np.asarray(data)
    held = np.zeros((len(data), len(generated)), bool)
    for i, datum in enumerate(data):
        radius = np.sort([math.dist(datum, other) for other in data])[neighbours]
        for j, point in enumerate(generated):
            held[i, j] = math.dist(datum, point) <= radius
    return held.sum() / (neighbours * len(generated)), held.any(axis=1).mean()


@pytest.mark.parametrize("neighbours", [1, 5])
def test_density_and_coverage_are_those_of_a_naive_double_loop(neighbours, x64, key):
    generated, data = two_samples(key, 90, 70)
    ours = metrics.density_coverage(features=generated, reference=data, neighbours=neighbours)
    expected = naive_density_coverage(generated, data, neighbours)
    np.testing.assert_allclose(ours, expected, rtol=1e-12)
    assert 0 < ours.coverage < 1


def test_a_sample_covers_itself_and_lies_in_each_ball_with_one_point_more_than_its_neighbours(key):
    sample = jax.random.normal(key, (50, 4))
    measured = metrics.density_coverage(features=sample, reference=sample, neighbours=5)
    assert measured.coverage == 1
    assert measured.density == pytest.approx(6 / 5)


def test_one_repeated_image_covers_no_more_than_the_balls_around_it(key):
    """On a line of equal steps the ball of one neighbour is as long as a step to both sides."""
    data = jnp.arange(40.0)[:, None]
    one = jnp.broadcast_to(data[7:8], (40, 1))
    measured = metrics.density_coverage(features=one, reference=data, neighbours=1)
    assert measured.coverage == pytest.approx(3 / 40)
    assert measured.density == pytest.approx(3)
    between = metrics.density_coverage(features=one + 0.5, reference=data, neighbours=1)
    assert between.coverage == pytest.approx(2 / 40)


def test_one_repeated_outlier_covers_itself_alone(key):
    data = jax.random.normal(key, (60, 4)).at[0].set(100.0)
    one = jnp.broadcast_to(data[:1], (60, 4))
    measured = metrics.density_coverage(features=one, reference=data, neighbours=3)
    assert measured.coverage == pytest.approx(1 / 60)
    assert measured.density == pytest.approx(1 / 3)


def test_far_from_the_data_density_and_coverage_are_zero(key):
    data = jax.random.normal(key, (60, 4))
    measured = metrics.density_coverage(features=data + 100.0, reference=data, neighbours=5)
    assert tuple(map(float, measured)) == (0, 0)


def test_for_two_samples_of_one_law_the_means_are_in_closed_form(key):
    """As the docstring says: 1, and a product; here the mean of 300 draws, within four standard
    errors."""
    count, others, neighbours, repeats = 30, 40, 3, 300
    first_key, second_key = jax.random.split(key)
    generated = jax.random.normal(first_key, (repeats, others, 2))
    data = jax.random.normal(second_key, (repeats, count, 2))
    measured = jax.jit(
        jax.vmap(
            lambda *pair: metrics.density_coverage(
                features=pair[0], reference=pair[1], neighbours=neighbours
            )
        )
    )(generated, data)
    missed = math.prod((count - i) / (count + others - i) for i in range(1, neighbours + 1))
    for values, expected in zip(measured, (1, 1 - missed), strict=True):
        standard_error = float(jnp.std(values, ddof=1)) / math.sqrt(repeats)
        assert float(jnp.mean(values)) == pytest.approx(expected, abs=4 * standard_error)
        assert standard_error < 0.02


# Nearest neighbours


def test_nearest_distances_are_scipys(x64, key):
    points, sample = two_samples(key, 40, 30)
    expected = cdist(np.asarray(points), np.asarray(sample)).min(axis=1)
    np.testing.assert_allclose(metrics.nearest_distances(points, sample), expected, rtol=1e-12)


def test_a_copy_is_at_distance_zero(key):
    sample = 1e3 + jax.random.normal(key, (30, 5))
    np.testing.assert_array_equal(metrics.nearest_distances(sample[:4], sample), jnp.zeros(4))


# Many features, whose distances are products of matrices first


def by_numpy(made, data, neighbours):
    """Precision, recall, density, coverage and nearest distances in double precision."""
    made, data = (np.asarray(sample, np.float64) for sample in (made, data))
    reach_of_made, reach_of_data = (
        np.sort(cdist(sample, sample), axis=1)[:, neighbours] for sample in (made, data)
    )
    distances = cdist(made, data)
    held = distances <= reach_of_data[None]
    recall = np.any(distances <= reach_of_made[:, None], axis=0).mean()
    density = held.sum() / (neighbours * len(made))
    return held.any(axis=1).mean(), recall, density, held.any(axis=0).mean(), distances.min(axis=1)


@pytest.mark.parametrize("offset", [0.0, 300.0])
@pytest.mark.parametrize("size", [64, 65, 300])
def test_with_many_features_they_are_those_of_double_precision(size, offset, key):
    """Far from the origin a product of matrices knows nothing of near copies, and these are
    there."""
    made, data = two_samples(key, 150, 170, size)
    made = (0.9 * made + 1.5).at[:20].set(data[:20] + 1e-3 * made[:20]) + offset
    data = data + offset
    *expected, nearest = by_numpy(made, data, 3)
    among = metrics.precision_recall(features=made, reference=data, neighbours=3)
    dense = metrics.density_coverage(features=made, reference=data, neighbours=3)
    np.testing.assert_allclose([*among, *dense], expected, rtol=1e-6)
    ours = metrics.nearest_distances(made, data)
    np.testing.assert_allclose(ours, nearest, rtol=1e-5)
    assert float(ours[0]) < 0.1 < float(ours[50])


def test_with_many_features_copies_are_told_apart_from_neighbours(key):
    """So many equal distances that whole blocks must be computed again."""
    data = 5 + jax.random.normal(key, (120, 80))
    copies = jnp.broadcast_to(data[:1], data.shape)
    measured = metrics.precision_recall(features=copies, reference=data, neighbours=3)
    assert float(measured.precision) == 1
    assert float(measured.recall) == pytest.approx(1 / 120)
    np.testing.assert_array_equal(metrics.nearest_distances(copies, data), jnp.zeros(120))


def test_with_many_features_a_sample_still_lies_on_the_surface_of_its_balls(key):
    sample = jax.random.normal(key, (70, 100))
    measured = metrics.density_coverage(features=sample, reference=sample, neighbours=5)
    assert measured.coverage == 1
    assert measured.density == pytest.approx(6 / 5)


def test_with_many_features_the_nearest_of_a_far_cluster_is_found(key):
    """Products of matrices are wrong there by a thousand times the squared distances within it, for
    more pairs of a block than are computed again one by one."""
    cluster_key, *keys = jax.random.split(key, 3)
    place = 1000 * jax.random.normal(cluster_key, (1, 80))
    made, near = (place + 0.01 * jax.random.normal(one, (40, 80)) for one in keys)
    data = jnp.concatenate([near, 0.01 * near[:8]])
    expected = cdist(*(np.asarray(sample, np.float64) for sample in (made, data))).min(axis=1)
    np.testing.assert_allclose(metrics.nearest_distances(made, data), expected, rtol=1e-3)
    assert float(expected.max()) < 0.2


# Any use


def test_equal_distances_are_counted_one_by_one():
    """The second neighbour of the first point is as near as the first one, and not the next further
    one."""
    data = jnp.asarray([[0.0], [1.0], [-1.0], [5.0]])
    probe = jnp.asarray([[-1.5], [-1.5], [-1.5]])
    reach = metrics.density_coverage(features=probe, reference=data, neighbours=2)
    assert reach.coverage == pytest.approx(1 / 4)  # the ball of -1; that of 0 has radius 1, not 5


@pytest.mark.parametrize("count", [5, 32, 33, 70])
def test_no_number_of_points_is_special(count, key):
    """Points are compared in blocks; a last block that is not full must not count twice or be left
    out."""
    generated, data = two_samples(key, count, 2 * count)
    expected = cdist(np.asarray(generated), np.asarray(data)).min(axis=1)
    np.testing.assert_allclose(metrics.nearest_distances(generated, data), expected, rtol=1e-5)
    ours = metrics.density_coverage(features=generated, reference=data, neighbours=2)
    np.testing.assert_allclose(ours, naive_density_coverage(generated, data, 2), rtol=1e-5)


def test_all_of_them_map_over_runs(key):
    generated, data = jax.random.normal(key, (2, 3, 40, 5))

    def measure(one, other):
        return (
            metrics.precision_recall(features=one, reference=other, neighbours=3),
            metrics.density_coverage(features=one, reference=other, neighbours=3),
            metrics.nearest_distances(one, other),
        )

    mapped = jax.tree.leaves(jax.jit(jax.vmap(measure))(generated, data))
    for run in range(3):
        for values, alone in zip(
            mapped, jax.tree.leaves(measure(generated[run], data[run])), strict=True
        ):
            np.testing.assert_allclose(values[run], alone, rtol=1e-6)


def test_the_surface_belongs_to_both_kinds_of_balls():
    made, data = jnp.asarray([[0.0], [1.0]]), jnp.asarray([[2.0], [30.0]])
    among = metrics.precision_recall(features=made, reference=data, neighbours=1)
    assert tuple(map(float, among)) == (1, 0.5)


def test_one_member_more_than_neighbours_is_enough():
    exactly = jnp.asarray([[0.0], [1.0], [3.0]])
    among = metrics.precision_recall(features=exactly + 0.5, reference=exactly, neighbours=2)
    assert tuple(map(float, among)) == (1, 1)
    dense = metrics.density_coverage(features=exactly[:1] + 0.5, reference=exactly, neighbours=2)
    assert tuple(map(float, dense)) == (1.5, 1)  # within all three balls, over two neighbours


# Refusals

GOOD = jnp.arange(12.0).reshape(6, 2)
BY_RANK = [metrics.precision_recall, metrics.density_coverage]


@pytest.mark.parametrize("measure", BY_RANK)
def test_too_small_a_sample_is_refused(measure):
    with pytest.raises(ValueError, match="reference must hold at least 4 points, got 3"):
        measure(features=GOOD, reference=GOOD[:3], neighbours=3)


def test_the_generated_sample_must_be_as_large_only_where_its_neighbours_count():
    with pytest.raises(ValueError, match="features must hold at least 4 points, got 3"):
        metrics.precision_recall(features=GOOD[:3], reference=GOOD, neighbours=3)
    assert metrics.density_coverage(features=GOOD[:1], reference=GOOD, neighbours=3).coverage > 0


@pytest.mark.parametrize("measure", BY_RANK)
def test_no_neighbour_is_refused(measure):
    with pytest.raises(ValueError, match="neighbours must be an integer of at least 1"):
        measure(features=GOOD, reference=GOOD, neighbours=0)


def test_a_point_that_is_not_a_number_is_refused():
    bad = GOOD.at[2, 1].set(jnp.nan)
    with pytest.raises(ValueError, match="reference must be finite"):
        metrics.nearest_distances(GOOD, bad)
    for measure in BY_RANK:
        with pytest.raises(ValueError, match="features must be finite"):
            measure(features=bad, reference=GOOD, neighbours=1)


def test_features_of_two_sizes_are_refused(without_hook):
    with pytest.raises(
        ValueError, match=r"reference must have shape \(6, 2\) to fit features \(axis 'size'\)"
    ):
        metrics.nearest_distances(GOOD, GOOD[:, :1])
