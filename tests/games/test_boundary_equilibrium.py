"""BEGAN: the losses by hand, and the third player against the published law of control."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import assert_close, sgd

from gantheory import Every, Optimiser, Trainer, data, games, networks
from gantheory.games import BALANCE, DISCRIMINATOR, GENERATOR

GAMMA, RATE = 0.6, 0.05


def parts():
    generator_key, encoder_key, decoder_key = jax.random.split(jax.random.key(2), 3)
    players = {
        GENERATOR: networks.MLP(2, 2, width=6, depth=1, activation=jnp.tanh, key=generator_key),
        DISCRIMINATOR: networks.Autoencoder(
            networks.MLP(2, 1, width=6, depth=1, activation=jnp.tanh, key=encoder_key),
            networks.MLP(1, 2, width=6, depth=1, activation=jnp.tanh, key=decoder_key),
        ),
        BALANCE: games.Balance(0.3),
    }
    source = data.Synthetic(data.ring_of_normals(8, 2.0, 0.1), data.Uniform(2, -1.0, 1.0), 16)
    return players, source


def error(autoencoder, samples) -> float:
    return float(np.mean(np.abs(np.asarray(jax.vmap(autoencoder)(samples)) - np.asarray(samples))))


def test_the_three_losses_and_the_measure_by_hand():
    players, source = parts()
    batch = source(jax.random.key(0))
    entries = games.began(gamma=GAMMA).entries(players, batch)
    real = error(players[DISCRIMINATOR], batch.real)
    fake = error(players[DISCRIMINATOR], jax.vmap(players[GENERATOR])(batch.latent))
    surplus = GAMMA * real - fake
    expected = {
        GENERATOR: fake,
        DISCRIMINATOR: real - 0.3 * fake,
        BALANCE: -0.3 * surplus,
        "real_error": real,
        "fake_error": fake,
        "measure": real + abs(surplus),
    }
    assert set(entries) == set(expected)
    for name, value in expected.items():
        assert entries[name] == pytest.approx(value, rel=1e-5), name


def test_gradient_descent_of_the_third_player_is_the_published_law_of_control():
    """k <- clip(k + rate (gamma L(x) - L(G(z)))), replayed in NumPy over forty steps."""
    players, source = parts()
    trainer = Trainer(
        games.began(gamma=GAMMA),
        source,
        optimisers={
            GENERATOR: Optimiser(optax.adam, learning_rate=0.01),
            DISCRIMINATOR: Optimiser(optax.adam, learning_rate=0.01),
            BALANCE: sgd(RATE),
        },
        record=Every(1, lambda state, batch, entries: (state.players[BALANCE].k, entries)),
    )
    state = trainer.init(players, key=jax.random.key(1))
    result = trainer.train(state, 40)
    recorded, entries = result.history
    k, replayed = 0.3, []
    for real, fake in zip(entries["real_error"], entries["fake_error"], strict=True):
        k = float(np.clip(k + RATE * (GAMMA * float(real) - float(fake)), 0, 1))
        replayed.append(k)
    np.testing.assert_allclose(recorded, replayed, atol=1e-6)
    assert np.ptp(replayed) > 0.01, "the balance must have moved for this to mean anything"


@pytest.mark.parametrize(("start", "rate", "end"), [(0.9, 1e3, {0.0, 1.0}), (0.1, 1e3, {0.0, 1.0})])
def test_the_balance_stays_in_the_unit_interval(start, rate, end):
    players, source = parts()
    players[BALANCE] = games.Balance(start)
    trainer = Trainer(games.began(gamma=GAMMA), source, optimisers={BALANCE: sgd(rate)})
    state = trainer.init(players, key=jax.random.key(1))
    result = trainer.train(state, 1)
    assert float(result.players[BALANCE].k) in end


def test_nobody_moves_by_anothers_loss():
    """With the balance at zero the discriminator ignores fakes: its gradient is that of
    autoencoding data."""
    players, source = parts()
    players[BALANCE] = games.Balance()
    batch, game = source(jax.random.key(0)), games.began()
    gradient = jax.grad(lambda d: game.entries({**players, DISCRIMINATOR: d}, batch)[DISCRIMINATOR])
    alone = jax.grad(lambda d: jnp.mean(jnp.abs(jax.vmap(d)(batch.real) - batch.real)))
    discriminator = players[DISCRIMINATOR]
    assert_close(gradient(discriminator), alone(discriminator), 1e-6)


def test_all_three_move_together_from_the_same_point():
    (turn,) = games.began().turns
    assert turn.simultaneous
    assert turn.players == (DISCRIMINATOR, GENERATOR, BALANCE)


@pytest.mark.parametrize("gamma", [-0.1, 1.0, float("nan")])
def test_the_ratio_lies_below_one(gamma):
    with pytest.raises(ValueError, match=r"gamma must lie in \[0, 1\)"):
        games.began(gamma=gamma)


@pytest.mark.parametrize("k", [-0.1, 1.1, float("nan")])
def test_the_balance_starts_in_the_unit_interval(k):
    with pytest.raises(ValueError, match=r"k must lie in \[0, 1\]"):
        games.Balance(k)


def test_an_ordinary_discriminator_is_refused(key):
    players, source = parts()
    players[DISCRIMINATOR] = networks.MLP(
        2, "scalar", width=4, depth=1, activation=jnp.tanh, key=key
    )
    with pytest.raises(ValueError, match="must map a sample to a reconstruction of the same shape"):
        games.began().entries(players, source(key))


def test_a_known_balance_may_be_built_inside_a_traced_function():
    start = jnp.asarray(0.3)
    assert jax.jit(lambda: games.Balance(start).k)() == start
