"""What holds of every metric: its precision, its range, the shapes it takes, and its derivative."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import norm
from scipy.spatial.distance import cdist

from gantheory import metrics
from gantheory.data import ConvexPolygons

KEY = jax.random.key(4)
SMALL, LARGE = (48, 8), (300, 2_048)


def pair(shape, key=KEY):
    one, other = jax.random.normal(key, (2, *shape))
    return one, 1.1 * other + 0.2


def on_the_line(measure, one, other):
    return measure(one[:, 0], other[:, 0])


def to_normal(measure, function, one, other):
    del other
    return measure(one[:, 0], function)


def modes(one, other):
    return metrics.mode_coverage(one, other[:5], radius=3.0, min_count=2)


def inversion(one, other):
    return metrics.inversion_distances(
        lambda z: z**2, one[:3], other[:4], steps=20, learning_rate=0.1
    )


def polygons(one, other):
    del other
    images = jnp.asarray(one)[:2].reshape(2, -1)[:, :1].reshape(2, 1, 1, 1)
    images = jnp.broadcast_to(images, (2, 8, 8, 1))
    return metrics.distance_to_polygons(
        images, ConvexPolygons(3, 8), KEY, bank=8, starts=1, iterations=2
    )


METRICS = {
    "density_coverage": lambda a, b: metrics.density_coverage(
        features=a, reference=b, neighbours=3
    ),
    "precision_recall": lambda a, b: metrics.precision_recall(
        features=a, reference=b, neighbours=3
    ),
    "nearest_distances": metrics.nearest_distances,
    "frechet_distance": metrics.frechet_distance,
    "kernel_distance": metrics.kernel_distance,
    "mode_coverage": modes,
    "inversion_distances": inversion,
    "distance_to_polygons": polygons,
    "sliced_wasserstein": lambda a, b: metrics.sliced_wasserstein(
        a, b, np.eye(3, a.shape[1]).astype(a.dtype)
    ),
    "wasserstein_assignment": partial(metrics.wasserstein_assignment, order=2),
    "wasserstein_assignment of order 1": partial(metrics.wasserstein_assignment, order=1),
    "wasserstein_samples_1d": partial(on_the_line, metrics.wasserstein_samples_1d),
    "wasserstein_1d": partial(to_normal, metrics.wasserstein_1d, norm.ppf),
    "kolmogorov_smirnov_1d": partial(to_normal, metrics.kolmogorov_smirnov_1d, norm.cdf),
}
ALL = pytest.mark.parametrize("name", METRICS)


def test_every_metric_is_here():
    functions = {name for name in metrics.__all__ if not isinstance(getattr(metrics, name), type)}
    assert {name.split(" ")[0] for name in METRICS} == functions - {"midpoints"}


# Precision


@ALL
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_right_up_to_its_own_rounding(name, dtype):
    """The samples are rounded before, so what remains is the rounding of the result."""
    one, other = (sample.astype(dtype) for sample in pair(SMALL))
    ours = jax.tree.leaves(METRICS[name](one, other))
    exact = METRICS[name](one.astype(jnp.float32), other.astype(jnp.float32))
    for value, expected in zip(ours, jax.tree.leaves(exact), strict=True):
        assert value.dtype == (dtype if jnp.issubdtype(value.dtype, jnp.floating) else jnp.int32)
        epsilon = float(jnp.finfo(dtype).eps)
        # A latent of half precision is rounded at every step of the descent.
        tolerance = 30 * epsilon if name == "inversion_distances" else epsilon
        np.testing.assert_allclose(
            np.asarray(value, np.float64), expected, rtol=tolerance, atol=1e-6
        )


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_many_features_of_half_precision_have_the_right_neighbours(dtype):
    """Sums of thousands of squares beyond what the type itself can add up, or hold."""
    one, other = (20 * sample.astype(dtype) for sample in pair(LARGE))
    exact = cdist(*(np.asarray(sample, np.float64) for sample in (one, other)))
    nearest = np.asarray(metrics.nearest_distances(one, other), np.float64)
    np.testing.assert_allclose(nearest, exact.min(axis=1), rtol=float(jnp.finfo(dtype).eps))
    double = [np.asarray(sample, np.float64) for sample in (one, other)]
    radii = [np.sort(cdist(sample, sample), axis=1)[:, 3] for sample in double]
    measured = metrics.precision_recall(features=one, reference=other, neighbours=3)
    epsilon = float(jnp.finfo(dtype).eps)
    assert float(measured.precision) == pytest.approx(
        np.mean(np.any(exact <= radii[1][None], axis=1)), abs=epsilon
    )
    assert float(measured.recall) == pytest.approx(
        np.mean(np.any(exact <= radii[0][:, None], axis=0)), abs=epsilon
    )
    dense = metrics.density_coverage(features=one, reference=other, neighbours=3)
    held = exact <= radii[1][None]
    assert float(dense.density) == pytest.approx(held.mean(0).sum() / 3, rel=epsilon)
    assert float(dense.coverage) == pytest.approx(held.any(axis=0).mean(), abs=epsilon)


def test_images_in_0_to_255_are_not_silently_perfect():
    """Their squared distances are beyond float16, whose infinities are no further than each
    other."""
    one, other = (
        jax.random.uniform(key, (40, 3_072), maxval=top).astype(jnp.float16)
        for key, top in zip(jax.random.split(KEY), (255.0, 20.0), strict=True)
    )
    measured = metrics.precision_recall(features=one, reference=other, neighbours=3)
    assert tuple(map(float, measured)) == (0, 0)
    dense = metrics.density_coverage(features=one, reference=other, neighbours=3)
    assert tuple(map(float, dense)) == (0, 0)


@pytest.mark.parametrize("unit", [1e-30, 1e30])
@pytest.mark.parametrize(
    "name", ["precision_recall", "density_coverage", "nearest_distances", "wasserstein_assignment"]
)
def test_no_unit_of_length_is_too_small_or_too_large(name, unit):
    """Squares of such numbers are 0 or infinite in single precision."""
    one, other = pair(SMALL)
    expected = METRICS[name](one, other)
    ours = METRICS[name](unit * one, unit * other)
    if name in ("nearest_distances", "wasserstein_assignment"):
        expected = unit * expected
    for value, wanted in zip(jax.tree.leaves(ours), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-5)


@ALL
def test_double_precision_of_numpy_gives_no_warning(name, without_hook):
    """As scikit-learn and SciPy return it; warnings are errors here."""
    one, other = (np.asarray(sample, np.float64) for sample in pair(SMALL))
    expected = METRICS[name](jnp.asarray(one), jnp.asarray(other))
    ours = jax.tree.leaves(METRICS[name](one, other))
    for value, wanted in zip(ours, jax.tree.leaves(expected), strict=True):
        assert isinstance(value, jax.Array)
        np.testing.assert_allclose(value, wanted, rtol=1e-5)


@ALL
def test_single_precision_is_accepted_where_double_is_the_default(name, x64):
    one, other = (sample.astype(jnp.float32) for sample in pair(SMALL))
    for value in jax.tree.leaves(METRICS[name](one, other)):
        assert value.dtype in (jnp.float32, jnp.int64, jnp.int32)


# Shapes


@pytest.mark.parametrize(
    "call",
    [
        lambda x: metrics.kolmogorov_smirnov_1d(x, norm.cdf),
        lambda x: metrics.wasserstein_1d(x, norm.ppf),
        lambda x: metrics.wasserstein_samples_1d(x, jnp.zeros(3)),
        lambda x: metrics.wasserstein_samples_1d(jnp.zeros(3), x),
    ],
)
def test_a_column_is_not_a_row(call, without_hook):
    with pytest.raises(ValueError, match=r"must have 1 axis .* take (samples|reference)\[:, 0\]"):
        call(jax.random.normal(KEY, (100, 1)))


POINTS = {
    name: METRICS[name]
    for name in (
        "density_coverage",
        "precision_recall",
        "nearest_distances",
        "frechet_distance",
        "kernel_distance",
        "wasserstein_assignment",
    )
} | {
    "mode_coverage": partial(metrics.mode_coverage, radius=1.0, min_count=1),
    "sliced_wasserstein": lambda a, b: metrics.sliced_wasserstein(a, b, jnp.eye(2)),
}


@pytest.mark.parametrize("shape", [(6,), (6, 3, 3, 1)])
@pytest.mark.parametrize("argument", [0, 1])
@pytest.mark.parametrize("name", POINTS)
def test_points_are_rows_of_numbers(name, argument, shape, without_hook):
    arguments = [jnp.ones((6, 2)), jnp.ones((6, 2))]
    arguments[argument] = jnp.ones(shape)
    argument_name = ("(features|samples)", "(reference|centres)")[argument]
    with pytest.raises(ValueError, match=f"{argument_name} must have 2 axes"):
        POINTS[name](*arguments)


def test_centres_have_the_samples_size(without_hook):
    with pytest.raises(ValueError, match=r"centres must have shape \(3, 2\) to fit samples"):
        metrics.mode_coverage(jnp.zeros((2, 2)), jnp.zeros((3, 1)), radius=1.0, min_count=1)


@pytest.mark.parametrize("measure", [metrics.precision_recall, metrics.density_coverage])
def test_generated_and_real_cannot_be_exchanged_by_position(measure):
    with pytest.raises(TypeError, match="positional argument"):
        measure(*pair(SMALL), neighbours=3)


# Derivatives


def differences(function, point, directions, step=1e-6):
    """Central differences along directions."""
    return [
        (function(point + step * one) - function(point - step * one)) / (2 * step)
        for one in directions
    ]


def assert_derivative(function, point, tolerance=1e-6):
    directions = jax.random.normal(jax.random.key(9), (3, *point.shape))
    gradient = jax.jit(jax.grad(function))(point)
    ours = [jnp.sum(gradient * one) for one in directions]
    expected = differences(jax.jit(function), point, directions)
    np.testing.assert_allclose(ours, expected, rtol=tolerance)


@pytest.mark.parametrize("shape", [(4, 6), (2, 9), (6, 6), (7, 6), (30, 4)])
def test_the_gradient_of_the_frechet_distance_is_right_for_any_number_of_points(shape, x64):
    """Also for fewer points than features, where the covariance is singular."""
    one, other = pair(shape)
    assert_derivative(lambda x: metrics.frechet_distance(x, other), one, 1e-5)


@pytest.mark.parametrize("dead", ["feature", "generator", "both"])
def test_the_gradient_of_the_frechet_distance_is_finite_at_a_kink(dead):
    one, other = pair((20, 4))
    one = one.at[:, 1].set(3.0) if dead != "generator" else jnp.ones_like(one)
    other = other.at[:, 1].set(3.0) if dead == "both" else other
    gradient = jax.jit(jax.grad(metrics.frechet_distance))(one, other)
    assert jnp.all(jnp.isfinite(gradient))
    # The mean is pulled as always; what is undefined is only the pull on the spread.
    pull = 2 * (jnp.mean(one, axis=0) - jnp.mean(other, axis=0)) / 20
    np.testing.assert_allclose(jnp.mean(gradient, axis=0), pull, atol=1e-5)


def test_the_gradient_of_a_feature_that_is_dead_on_both_sides_is_right(x64):
    """Its variance enters twice as nothing, so there is no kink in the others' directions."""
    one, other = pair((20, 4))
    one, other = one.at[:, 1].set(3.0), other.at[:, 1].set(2.5)
    alive = jnp.asarray([1.0, 0.0, 1.0, 1.0])[None]

    def distance(x):
        return metrics.frechet_distance(one + alive * (x - one), other)

    assert_derivative(distance, one, 1e-5)


def test_the_gradient_of_the_kolmogorov_smirnov_distance_is_not_lost_in_a_compiled_program(x64):
    """The derivative of a maximum looks for the number that equals it, and may find none, since a
    compiler rounds the same number otherwise in two places."""
    samples = jax.random.uniform(KEY, (200, 5), minval=-1.9, maxval=1.9)

    def distance(x):
        return metrics.kolmogorov_smirnov_1d(x, lambda y: jnp.clip(0.25 * y + 0.5, 0, 1))

    slopes = jax.jit(jax.vmap(jax.grad(distance)))(samples)
    np.testing.assert_array_equal(jnp.sum(jnp.abs(slopes), axis=1), 0.25)


@pytest.mark.parametrize("order", [1, 2])
def test_a_memorised_sample_has_a_finite_gradient(order, x64):
    """One generated point is a datum; the others' gradients must not be lost with it."""
    one, other = pair((12, 3))
    one = one.at[2].set(other[5])

    def assigned(x):
        return metrics.wasserstein_assignment(x, other, order=order)

    def nearest(x):
        return jnp.sum(metrics.nearest_distances(x, other))

    directions = jax.random.normal(KEY, (3, *one.shape)).at[:, 2].set(0)
    for measure in map(jax.jit, (assigned, nearest)):
        gradient = jax.jit(jax.grad(measure))(one)
        assert jnp.all(jnp.isfinite(gradient))
        ours = [jnp.sum(gradient * along) for along in directions]
        np.testing.assert_allclose(ours, differences(measure, one, directions), rtol=1e-6)
    np.testing.assert_array_equal(jax.jit(jax.grad(nearest))(one)[2], 0)


@pytest.mark.parametrize("order", [1, 2])
def test_equal_samples_have_no_gradient(order):
    one, _ = pair(SMALL)
    gradient = jax.jit(jax.grad(partial(metrics.wasserstein_assignment, order=order)))(one, one)
    np.testing.assert_array_equal(gradient, 0)


def test_the_gradient_of_the_nearest_distances_is_right_among_many_features(x64):
    one, other = pair((40, 80))
    assert_derivative(lambda x: jnp.sum(metrics.nearest_distances(x, other) ** 2), one)


def test_the_gradient_of_the_kernel_distance_is_right(x64):
    one, other = pair((300, 5))
    assert_derivative(lambda x: metrics.kernel_distance(x, other).value, one)
    assert_derivative(lambda x: metrics.kernel_distance(x, other).standard_error, one)


def test_the_kernel_distance_of_one_repeated_point_has_a_finite_gradient():
    same = jnp.ones((6, 3))
    gradient = jax.jit(jax.grad(lambda x: metrics.kernel_distance(x, same).standard_error))(same)
    assert jnp.all(jnp.isfinite(gradient))
