"""The variational autoencoder: its likelihoods, its bound against closed forms, and its
training."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import stats

from gantheory import Optimiser, Trainer
from gantheory.data import Batch, Dataset, Normal
from gantheory.divergences import kl_multivariate_normal, kl_to_standard_normal
from gantheory.games import (
    AUTOENCODER,
    Bernoulli,
    Gaussian,
    VariationalGame,
    importance_log_weights,
    importance_weighted_bound,
)
from gantheory.networks import MLP, Linear, VariationalAutoencoder

PIXELS, LATENT, NOISE = 5, 2, 0.6


def linear_model(key) -> VariationalAutoencoder:
    encoder_key, decoder_key = jax.random.split(key)
    return VariationalAutoencoder(
        encoder=Linear(PIXELS, 2 * LATENT, key=encoder_key),
        decoder=Linear(LATENT, PIXELS, key=decoder_key),
    )


def exact_bound(model, x):
    """The evidence lower bound of the linear model: E_q of a quadratic, minus the divergence."""
    mean, log_variance = model.encode(x)
    residual = x - model.decode(mean)
    spread = jnp.sum(jnp.exp(log_variance) * jnp.sum(model.decoder.weight**2, axis=1))
    squares = (jnp.sum(residual**2) + spread) / NOISE**2
    log_likelihood = -0.5 * squares - PIXELS * jnp.log(NOISE * jnp.sqrt(2 * jnp.pi))
    return log_likelihood - kl_to_standard_normal(mean, log_variance)


def draw_of(x, latent, key) -> Batch:
    """One sample on the points that integrate quadratic functions of the noise exactly, or on
    `latent`."""
    return Batch(real=jnp.broadcast_to(x, (len(latent), x.size)), latent=latent, key=key)


def exact_points():
    return jnp.concatenate([jnp.eye(LATENT), -jnp.eye(LATENT)]) * LATENT**0.5


@pytest.mark.usefixtures("x64")
def test_log_evidence_minus_the_bound_is_the_divergence_from_the_posterior(key):
    model_key, data_key = jax.random.split(key)
    model = linear_model(model_key)
    weight, variance = model.decoder.weight, NOISE**2
    posterior = jnp.linalg.inv(jnp.eye(LATENT) + weight @ weight.T / variance)
    marginal = np.asarray(weight.T @ weight + variance * jnp.eye(PIXELS))
    game = VariationalGame(Gaussian(NOISE), beta=1.0)

    @jax.jit
    def bound_and_gap(x):
        entries = game.entries({AUTOENCODER: model}, draw_of(x, exact_points(), key))
        mean, log_variance = model.encode(x)
        centre = posterior @ weight @ (x - model.decoder.bias) / variance
        gap = kl_multivariate_normal(mean, jnp.diag(jnp.exp(log_variance)), centre, posterior)
        return -entries[AUTOENCODER], exact_bound(model, x), gap

    evidence = stats.multivariate_normal(np.asarray(model.decoder.bias), marginal)
    for x in jax.random.normal(data_key, (4, PIXELS)):
        bound, expected, gap = map(float, bound_and_gap(x))
        assert bound == pytest.approx(expected, abs=1e-10)
        assert evidence.logpdf(np.asarray(x)) - bound == pytest.approx(gap, abs=1e-10)
        assert gap > 0.01


@pytest.mark.usefixtures("x64")
def test_the_game_s_gradient_is_that_of_the_exact_bound(key):
    model = linear_model(key)
    x = jnp.linspace(-1.0, 1.0, PIXELS)
    game = VariationalGame(Gaussian(NOISE), beta=1.0)

    def loss(model):
        return game.entries({AUTOENCODER: model}, draw_of(x, exact_points(), key))[AUTOENCODER]

    measured = jax.tree.leaves(eqx.filter_jit(eqx.filter_grad(loss))(model))
    slope = eqx.filter_jit(eqx.filter_grad(lambda model: -exact_bound(model, x)))
    expected = jax.tree.leaves(slope(model))
    for one, other in zip(measured, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_importance_weighted_bounds_are_ordered_and_stay_below_the_evidence(key):
    model_key, data_key, noise_key = jax.random.split(key, 3)
    model = linear_model(model_key)
    x = jax.random.normal(data_key, (300, PIXELS))
    noise = jax.random.normal(noise_key, (300, 64, LATENT))

    @jax.jit
    @jax.vmap
    def bounds_of(x, noise):
        weights = importance_log_weights(model, Gaussian(NOISE), x, noise)
        sampled = [
            jnp.mean(importance_weighted_bound(weights.reshape(-1, count)))
            for count in (1, 4, 16, 64)
        ]
        return jnp.stack(sampled), exact_bound(model, x)

    sampled, single = map(np.asarray, bounds_of(x, noise))
    bounds = list(sampled.T)
    weight = np.asarray(model.decoder.weight)
    marginal = stats.multivariate_normal(
        np.asarray(model.decoder.bias), weight.T @ weight + NOISE**2 * np.eye(PIXELS)
    )
    rising = np.diff([*bounds, marginal.logpdf(np.asarray(x))], axis=0)
    errors = np.std(rising, axis=1, ddof=1) / np.sqrt(300)
    assert np.all(np.mean(rising, axis=1) > -3 * errors)
    assert np.mean(rising[0]) > 3 * errors[0]
    apart = bounds[0] - single
    assert abs(np.mean(apart)) < 4 * np.std(apart, ddof=1) / np.sqrt(300)


def test_likelihoods_agree_with_scipy():
    x = np.array([0.0, 1.0, 1.0], np.float32)
    decoded = np.array([-2.0, 0.5, 30.0], np.float32)
    probabilities = 1 / (1 + np.exp(-decoded.astype(float)))
    expected = stats.bernoulli.logpmf(x.astype(int), probabilities).sum()
    assert float(Bernoulli()(jnp.asarray(x), jnp.asarray(decoded))) == pytest.approx(
        expected, rel=1e-5
    )
    expected = stats.norm.logpdf(x, decoded, 0.3).sum()
    measured = Gaussian(0.3)(jnp.asarray(x), jnp.asarray(decoded))
    assert float(measured) == pytest.approx(expected, rel=1e-5)
    extreme = jax.grad(lambda h: Bernoulli()(jnp.asarray(x), h))(jnp.asarray([1e4, -1e4, 0.0]))
    np.testing.assert_allclose(extreme, [-1.0, 1.0, 0.5])


def test_the_loss_is_its_two_parts_and_beta_weighs_the_divergence(key):
    model = linear_model(key)
    batch = draw_of(jnp.ones(PIXELS), jax.random.normal(key, (8, LATENT)), key)
    losses = eqx.filter_jit(lambda game: game.entries({AUTOENCODER: model}, batch))
    for beta in (0.0, 1.0, 3.5):
        entries = losses(VariationalGame(Gaussian(NOISE), beta=beta))
        whole = entries["reconstruction"] + beta * entries["kl"]
        assert float(entries[AUTOENCODER]) == pytest.approx(float(whole), rel=1e-6)
    expected = kl_to_standard_normal(*model.encode(jnp.ones(PIXELS)))
    assert float(entries["kl"]) == pytest.approx(float(expected), rel=1e-5)


def test_training_fits_the_data_and_a_heavy_divergence_collapses_the_code(key):
    """Two clusters: with beta = 1/4 the code tells them apart, with beta = 30 it says nothing."""
    model_key, data_key, run_key = jax.random.split(key, 3)
    signs = jnp.where(jnp.arange(256) % 2 == 0, 1.0, -1.0)
    data = signs[:, None] + 0.3 * jax.random.normal(data_key, (256, PIXELS))
    source = Dataset(data, latent=Normal(jnp.zeros(LATENT), jnp.ones(LATENT)), batch_size=32)
    encoder_key, decoder_key = jax.random.split(model_key)
    shape = {"width": 16, "depth": 1, "activation": jax.nn.gelu}
    model = VariationalAutoencoder(
        MLP(PIXELS, 2 * LATENT, key=encoder_key, **shape),
        MLP(LATENT, PIXELS, key=decoder_key, **shape),
    )

    def run(beta):
        trainer = Trainer(
            VariationalGame(Gaussian(NOISE), beta=beta),
            source,
            optimisers={AUTOENCODER: Optimiser(optax.adam, learning_rate=1e-2)},
        )
        state = trainer.init({AUTOENCODER: model}, key=run_key)
        return trainer.train(state, 400).history

    history = eqx.filter_jit(eqx.filter_vmap(run))(jnp.asarray([0.25, 30.0]))
    last = {name: np.mean(values[:, -50:], axis=1) for name, values in history.items()}
    assert last["kl"][0] > 0.5
    assert last["kl"][1] < 0.02
    assert last["reconstruction"][0] < 0.8 * last["reconstruction"][1]
    assert np.mean(history[AUTOENCODER][0, :20]) > last[AUTOENCODER][0] + 1


def test_bad_input_is_named(key, without_hook):
    with pytest.raises(ValueError, match="beta must be non-negative"):
        VariationalGame(Bernoulli(), beta=-1.0)
    with pytest.raises(ValueError, match="beta must be non-negative"):
        VariationalGame(Bernoulli(), beta=jnp.asarray(jnp.nan))
    with pytest.raises(ValueError, match="standard_deviation must be positive"):
        Gaussian(0.0)
    game = VariationalGame(Bernoulli(), beta=1.0)
    players = {AUTOENCODER: linear_model(key)}
    with pytest.raises(ValueError, match=r"mean and latent must have the same shape"):
        game.entries(players, draw_of(jnp.ones(PIXELS), jnp.zeros((3, 1)), key))
    odd = VariationalAutoencoder(Linear(PIXELS, 3, key=key), Linear(LATENT, PIXELS, key=key))
    with pytest.raises(ValueError, match="encoder must return an even number of values"):
        odd.encode(jnp.ones(PIXELS))
    short = VariationalAutoencoder(Linear(PIXELS, 4, key=key), Linear(LATENT, 1, key=key))
    with pytest.raises(ValueError, match="real and decoded must have the same shape"):
        game.entries({AUTOENCODER: short}, draw_of(jnp.ones(PIXELS), jnp.zeros((3, 2)), key))
    with pytest.raises(ValueError, match="log_weights must not be empty"):
        importance_weighted_bound(jnp.zeros((2, 0)))


@pytest.mark.usefixtures("without_hook")
def test_noise_and_what_was_decoded_are_not_broadcast(key):
    model, x = linear_model(key), jnp.ones(PIXELS)
    for noise in (jnp.zeros((5, LATENT + 1)), jnp.zeros((5, 1)), jnp.zeros(5)):
        with pytest.raises(ValueError, match="noise"):
            importance_log_weights(model, Gaussian(NOISE), x, noise)
    for likelihood in (Gaussian(NOISE), Bernoulli()):
        with pytest.raises(ValueError, match="decoded must have shape"):
            likelihood(x, x[:1])
    with pytest.raises(ValueError, match="log_weights must have at least 1 axis"):
        importance_weighted_bound(jnp.zeros(()))
