"""Theorems of the theory pages about the library's own functions, on random laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import divergences, games, losses

LOG_TWO = float(np.log(2))


@pytest.fixture
def laws(x64):
    """Log-probabilities of 200 pairs of laws on five points."""
    logits = jax.random.normal(jax.random.key(0), (2, 200, 5), jnp.float64)
    return jax.nn.log_softmax(3 * logits)


def pairs(first, second):
    """The law of two independent draws, as logits."""
    return (first[:, :, None] + second[:, None, :]).reshape(len(first), -1)


def middle(first, second):
    return jnp.logaddexp(first, second) - LOG_TWO


def test_the_divergence_of_pairs_lies_between_one_and_two_single_ones(laws):
    p, q = laws
    single = divergences.jensen_shannon_categorical(p, q)
    paired = divergences.jensen_shannon_categorical(pairs(p, q), pairs(q, p))
    assert jnp.all(single < paired)
    assert jnp.all(paired < 2 * single)
    assert jnp.all(paired < LOG_TWO)


def test_what_the_nonsaturating_generator_descends_is_one_divergence(laws):
    p, q = laws
    difference = divergences.kl_categorical(q, p) - 2 * divergences.jensen_shannon_categorical(p, q)
    softened = 2 * divergences.kl_categorical(middle(p, q), p)
    np.testing.assert_allclose(difference, softened, atol=1e-13)


def test_a_discriminators_excess_loss_is_a_mean_kl_of_two_coins(laws):
    log_p, log_q = laws
    p, q = jnp.exp(log_p), jnp.exp(log_q)
    best = log_p - log_q
    h = jax.random.normal(jax.random.key(1), best.shape, jnp.float64)

    def loss(logits):
        return jnp.sum(p * jax.nn.softplus(-logits) + q * jax.nn.softplus(logits), axis=1)

    coins = divergences.kl_categorical(
        jnp.stack([best, jnp.zeros_like(best)], axis=-1), jnp.stack([h, jnp.zeros_like(h)], axis=-1)
    )
    np.testing.assert_allclose(loss(h) - loss(best), jnp.sum((p + q) * coins, axis=1), atol=1e-12)


def test_the_pair_loss_at_the_single_optimum_is_log_two_minus_the_divergence_of_pairs():
    real_counts, fake_counts = np.array([3, 1, 2]), np.array([1, 4, 1])
    p, q = real_counts / 6, fake_counts / 6
    h = np.log(p / q)
    real = np.repeat(np.repeat(h, real_counts), 6)
    fake = np.tile(np.repeat(h, fake_counts), 6)
    with jax.enable_x64(True):
        value = losses.relativistic_discriminator_loss(jnp.asarray(real), jnp.asarray(fake))
        first, second = np.log(np.outer(p, q)).ravel(), np.log(np.outer(q, p)).ravel()
        js = divergences.jensen_shannon_categorical(jnp.asarray(first), jnp.asarray(second))
    assert float(value) == pytest.approx(LOG_TWO - float(js), abs=1e-14)


@pytest.mark.parametrize("name", sorted(games.OBJECTIVES))
def test_no_discriminator_of_constant_logits_beats_the_value_of_knowing_nothing(name):
    """At q = p the best constant is as good as any function: noise in the logits only costs."""
    game = games.OBJECTIVES[name]()
    if not isinstance(game, games.AdversarialGame):
        pytest.skip("not a game of logits")
    constants = jnp.linspace(-3, 3, 121)
    value = jnp.min(jax.vmap(lambda c: game.discriminator_loss(c[None], c[None]))(constants))
    noise = jax.random.normal(jax.random.key(2), (64,))
    same = jnp.tile(noise, 64), jnp.repeat(noise, 64)  # every pair of two equal batches
    assert game.discriminator_loss(*same) >= value - 1e-6
