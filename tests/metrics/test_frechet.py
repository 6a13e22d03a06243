"""The Fréchet distance against independent implementations and closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from gantheory import metrics


def two_samples(key, count=400, others=300, size=6):
    first_key, second_key, mix_key = jax.random.split(key, 3)
    mix = jax.random.normal(mix_key, (size, size))
    first = jax.random.normal(first_key, (count, size)) @ mix
    return first, 1.5 * jax.random.normal(second_key, (others, size)) + 0.7


# Fréchet distance


def test_frechet_distance_is_the_textbook_formula(x64, key):
    first, second = map(np.asarray, two_samples(key))
    covariances = [np.cov(sample, rowvar=False) for sample in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    expected = np.sum((first.mean(0) - second.mean(0)) ** 2)
    expected += np.trace(covariances[0] + covariances[1] - 2 * root.real)
    ours = metrics.frechet_distance(jnp.asarray(first), jnp.asarray(second))
    assert float(ours) == pytest.approx(expected, rel=1e-9)
    assert float(metrics.frechet_distance(jnp.asarray(second), jnp.asarray(first))) == (
        pytest.approx(expected, rel=1e-9)
    )


def test_frechet_distance_of_one_feature_is_in_closed_form(x64, key):
    first, second = (sample[:, :1] for sample in two_samples(key))
    spreads = [jnp.std(sample, ddof=1) for sample in (first, second)]
    expected = (jnp.mean(first) - jnp.mean(second)) ** 2 + (spreads[0] - spreads[1]) ** 2
    assert float(metrics.frechet_distance(first, second)) == pytest.approx(float(expected))


def test_frechet_distance_of_a_shift_is_its_square(x64, key):
    """Also with fewer points than features, where no covariance has an inverse or a Cholesky
    factor."""
    sample = jax.random.normal(key, (4, 9))
    shift = jnp.arange(9.0)
    distance = metrics.frechet_distance(sample, sample + shift[None])
    assert float(distance) == pytest.approx(float(shift @ shift), rel=1e-9)


def test_frechet_distance_to_one_repeated_point_is_mean_and_variance(x64, key):
    sample, _ = two_samples(key)
    point = jnp.ones((5, sample.shape[1]))
    expected = float(
        jnp.sum((jnp.mean(sample, 0) - 1) ** 2) + jnp.sum(jnp.var(sample, axis=0, ddof=1))
    )
    assert float(metrics.frechet_distance(sample, point)) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_a_sample_to_itself_is_zero(key):
    sample, _ = two_samples(key)
    assert float(metrics.frechet_distance(sample, sample)) < 1e-5 * float(jnp.var(sample))


def test_frechet_distance_of_few_points_far_from_the_origin(key):
    """TTUR#4, pytorch-fid#13: in single precision, fewer points than features, and one of them
    dead."""
    first, second = 100 + jax.random.normal(key, (2, 20, 64)) * jnp.asarray([1, 1.2])[:, None, None]
    first, second = first.at[:, 5].set(100), second.at[:, 5].set(100)
    double = [np.asarray(one, np.float64) for one in (first, second)]
    centred = [(one - one.mean(0)) / np.sqrt(len(one) - 1) for one in double]
    overlap = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    expected = np.sum((double[0].mean(0) - double[1].mean(0)) ** 2) - 2 * overlap
    expected += sum(np.sum(one**2) for one in centred)
    assert float(metrics.frechet_distance(first, second)) == pytest.approx(expected, rel=3e-6)


def test_frechet_distance_has_a_floor_that_falls_with_the_sample(key):
    """Two samples of one law are apart, about half as far with twice the points."""

    def floor(count, keys):
        samples = jax.vmap(lambda k: jax.random.normal(k, (2, count, 8)))(keys)
        return jnp.mean(jnp.stack([metrics.frechet_distance(*pair) for pair in samples]))

    keys = jax.random.split(key, 12)
    small, large = floor(100, keys), floor(200, keys)
    assert 1.6 < small / large < 2.6


# Refusals

GOOD = jnp.arange(12.0).reshape(6, 2)


def test_frechet_distance_refuses():
    with pytest.raises(ValueError, match="reference must hold at least 2 points, got 1"):
        metrics.frechet_distance(GOOD, GOOD[:1])
    with pytest.raises(ValueError, match="reference must be finite"):
        metrics.frechet_distance(GOOD, GOOD.at[2, 1].set(jnp.nan))


def test_frechet_distance_refuses_features_of_two_sizes(without_hook):
    with pytest.raises(
        ValueError, match=r"reference must have shape \(6, 2\) to fit features \(axis 'size'\)"
    ):
        metrics.frechet_distance(GOOD, GOOD[:, :1])
