"""Sources: distributions within error bars, determinism in the key, refusals."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gantheory.data import Batch, Dataset, Normal, Standardised, Synthetic, Uniform

COUNT = 20_000


def test_normal_has_its_law_in_every_column(key):
    normal = Normal(jnp.asarray([4.0, -1.0]), jnp.asarray([1.25, 0.5]))
    samples = np.asarray(normal(key, COUNT))
    assert samples.shape == (COUNT, 2)
    for column, mean, deviation in zip(samples.T, (4, -1), (1.25, 0.5), strict=True):
        assert stats.kstest(column, stats.norm(mean, deviation).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(samples.T)[0, 1]) < 5 / np.sqrt(COUNT)


def test_plain_numbers_make_vectors_of_length_one(key):
    assert Normal(4.0, 1.25)(key, 3).shape == (3, 1)
    np.testing.assert_allclose(
        Normal(4.0, 2.0)(key, 3), 4 + 2 * Normal(0.0, 1.0)(key, 3), rtol=1e-6
    )


def test_uniform_fills_the_unit_cube(key):
    samples = np.asarray(Uniform(2)(key, COUNT))
    assert samples.min() >= 0
    assert samples.max() < 1
    for column in samples.T:
        assert stats.kstest(column, stats.uniform.cdf).pvalue > 1e-3
    assert abs(np.corrcoef(samples.T)[0, 1]) < 5 / np.sqrt(COUNT)


def test_uniform_takes_another_interval(key):
    samples = np.asarray(Uniform(1, -2.0, 3.0)(key, COUNT)).ravel()
    assert stats.kstest(samples, stats.uniform(-2, 5).cdf).pvalue > 1e-3
    for low, high in ((1.0, 1.0), (2.0, 1.0), (0.0, float("inf")), (float("nan"), 1.0)):
        with pytest.raises(ValueError, match="high - low must be positive and finite"):
            Uniform(1, low, high)


def test_standardised_data_have_the_samples_moments_removed(key):
    normal = Normal(jnp.asarray([4.0, -1.0]), jnp.asarray([1.25, 0.5]))
    sample = normal(jax.random.key(1), 1000)
    standardised = Standardised(normal, sample)
    np.testing.assert_allclose(standardised.mean, np.mean(sample, axis=0), rtol=1e-5)
    np.testing.assert_allclose(standardised.standard_deviation, np.std(sample, axis=0), rtol=1e-5)
    values = standardised(key, COUNT)
    np.testing.assert_allclose(standardised.restore(values), normal(key, COUNT), atol=1e-5)
    assert np.all(np.abs(np.mean(values, axis=0)) < 5 * (1 / np.sqrt(1000) + 1 / np.sqrt(COUNT)))
    assert np.all(np.abs(np.std(values, axis=0) - 1) < 5 * 0.75 * (1 / np.sqrt(1000)))


def test_a_synthetic_draw_has_independent_parts(key):
    """Data and latents come from one sampler here, so a shared key would show."""
    source = Synthetic(Uniform(2), Uniform(2), 4000)
    batch = source(key)
    assert isinstance(batch, Batch)
    assert batch.real.shape == batch.latent.shape == (4000, 2)
    assert batch.label is None
    correlation = np.corrcoef(np.ravel(batch.real), np.ravel(batch.latent))[0, 1]
    assert abs(correlation) < 5 / np.sqrt(8000)
    inner = jax.random.uniform(batch.key, (4000, 2))
    for part in (batch.real, batch.latent):
        assert abs(np.corrcoef(np.ravel(part), np.ravel(inner))[0, 1]) < 5 / np.sqrt(8000)


@pytest.mark.parametrize(
    "source",
    [
        Synthetic(Normal(0.0, 1.0), Uniform(1), 4),
        Dataset(jnp.arange(8.0).reshape(4, 2), Uniform(1), 4),
    ],
    ids=["Synthetic", "Dataset"],
)
def test_a_draw_is_a_function_of_its_key(source, key):
    one, again, other = source(key), eqx.filter_jit(source)(key), source(jax.random.key(1))
    np.testing.assert_array_equal(one.real, again.real)
    np.testing.assert_array_equal(one.latent, again.latent)
    assert np.any(one.real != other.real)
    assert np.all(one.latent != other.latent)


def test_a_dataset_draws_every_row_equally_often_and_whole(key):
    samples = jnp.stack([jnp.arange(10.0), jnp.arange(10.0) ** 2], axis=1)
    batch = Dataset(samples, Uniform(1), 5000)(key)
    rows = np.asarray(batch.real[:, 0]).astype(int)
    np.testing.assert_array_equal(batch.real[:, 1], rows.astype(float) ** 2)
    assert stats.chisquare(np.bincount(rows, minlength=10)).pvalue > 1e-3


# Refusals


@pytest.mark.parametrize("deviation", [0.0, -1.0, jnp.inf, jnp.nan])
def test_a_standard_deviation_must_be_positive(deviation):
    with pytest.raises(ValueError, match="standard_deviation must be positive and finite"):
        Normal(0.0, deviation)


@pytest.mark.parametrize("mean", [jnp.inf, jnp.nan])
def test_a_mean_must_be_finite(mean):
    with pytest.raises(ValueError, match="mean must be finite"):
        Normal(mean, 1.0)


@pytest.mark.parametrize(
    ("mean", "deviation"), [(jnp.zeros(2), 1.0), (0.0, jnp.ones(2)), (jnp.zeros(3), jnp.ones(2))]
)
def test_mean_and_standard_deviation_are_not_broadcast(mean, deviation, without_hook):
    with pytest.raises(ValueError, match="mean and standard_deviation must have the same shape"):
        Normal(mean, deviation)


@pytest.mark.parametrize("size", [0, -3])
def test_uniform_needs_a_size(size):
    with pytest.raises(ValueError, match=r"size must be an? .* of at least 1"):
        Uniform(size)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_source_needs_a_batch(batch_size):
    for make in (
        lambda: Synthetic(Uniform(1), Uniform(1), batch_size),
        lambda: Dataset(jnp.zeros((3, 1)), Uniform(1), batch_size),
    ):
        with pytest.raises(ValueError, match=r"batch_size must be an? .* of at least 1"):
            make()


@pytest.mark.parametrize("bad", [jnp.inf, -jnp.inf, jnp.nan])
def test_data_must_be_finite(bad):
    samples = jnp.asarray([[1.0], [bad]])
    with pytest.raises(ValueError, match="samples must be finite, but holds infinities or NaNs"):
        Dataset(samples, Uniform(1), 4)
    with pytest.raises(ValueError, match="sample must be finite, but holds infinities or NaNs"):
        Standardised(Uniform(1), samples)


def test_data_must_not_be_empty():
    with pytest.raises(ValueError, match=r"samples must not be empty, got shape \(0, 2\)"):
        Dataset(jnp.zeros((0, 2)), Uniform(1), 4)
    with pytest.raises(ValueError, match=r"sample must not be empty, got shape \(0, 2\)"):
        Standardised(Uniform(1), jnp.zeros((0, 2)))


def test_data_must_be_floating_point(without_hook):
    with pytest.raises(TypeError, match="samples must hold floating-point numbers"):
        Dataset(jnp.zeros((3, 2), int), Uniform(1), 4)
    with pytest.raises(TypeError, match="sample must hold floating-point numbers"):
        Standardised(Uniform(1), jnp.zeros((3, 2), int))


def test_a_constant_column_cannot_be_standardised():
    sample = jnp.asarray([[1.0, 5.0], [2.0, 5.0]])
    with pytest.raises(ValueError, match="sample's standard deviation must be positive and finite"):
        Standardised(Uniform(2), sample)
