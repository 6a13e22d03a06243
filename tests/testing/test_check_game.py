"""The protocol of a game holds for the library's own, and refuses what breaks it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from support.helpers import small_gan

from gantheory import data, games, networks, testing
from gantheory.games import Turn


@pytest.mark.parametrize("objective", sorted(games.OBJECTIVES))
def test_every_objective_passes(objective, key):
    game, players, source, _ = small_gan(objective)
    if objective == "began":
        autoencoder = networks.MLP(1, 1, width=4, depth=1, activation=jnp.tanh, key=key)
        players = {**players, "discriminator": autoencoder, "balance": games.Balance(0.3)}
    testing.check_game(game, players, source(key))


def test_a_creative_game_and_a_vae_pass(key):
    mlp = {"width": 4, "depth": 1, "activation": jnp.tanh}
    heads = networks.TwoHeaded(
        networks.MLP(2, 4, **mlp, key=key), 4, 3, activation=jnp.tanh, key=key
    )
    source = data.Dataset(jax.random.normal(key, (9, 2)), data.Uniform(2), 4, jnp.arange(9) % 3)
    players = {"generator": networks.MLP(2, 2, **mlp, key=key), "discriminator": heads}
    testing.check_game(games.can(games.wgan_gp(), weight=0.5), players, source(key))


class Two(games.Game):
    """Two scalars, and whatever a test makes of their losses."""

    make: object = eqx.field(static=True)
    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",)), Turn(("b",))))

    def losses(self, players, batch):
        return self.make(players["a"], players["b"])


class Casts(Two):
    def project(self, mover, players):
        return {**players, mover: players[mover].astype(jnp.float16)}


def through_a_stop(a, b):
    return {"a": a * jax.lax.stop_gradient(a), "b": b**2}


BREAKS = {
    "a missing entry": (Two(lambda a, b: {"a": a * b}), "entry for each player.*'b'"),
    "an entry of nobody": (
        Two(lambda a, b: {"a": a, "b": b, "c": a}),
        r"entries of players only; \['c'\]",
    ),
    "a name used twice": (
        Two(lambda a, b: {"a": (a, {"x": a}), "b": (b, {"x": b})}),
        "'x' is used twice",
    ),
    "a vector": (
        Two(lambda a, b: {"a": jnp.stack([a, a]), "b": b}),
        "'a' must be a floating-point scalar",
    ),
    "a stopped gradient": (Two(through_a_stop), "gradient of 'a' must be that of finite"),
    "a projection that casts": (Casts(lambda a, b: {"a": a, "b": b}), "keep structure, shapes"),
}


@pytest.mark.parametrize(("game", "text"), BREAKS.values(), ids=BREAKS)
def test_a_game_that_breaks_the_protocol_is_told_where(game, text):
    players = {"a": jnp.asarray(0.7, jnp.float32), "b": jnp.asarray(-0.4, jnp.float32)}
    with pytest.raises(AssertionError, match=text):
        testing.check_game(game, players, None)


def test_losses_that_change_on_the_same_batch_are_found():
    calls = []

    def restless(a, b):
        calls.append(0)
        return {"a": a * len(calls), "b": b}

    with pytest.raises(AssertionError, match="must be the same on the same batch twice"):
        testing.check_game(Two(restless), {"a": jnp.ones(()), "b": jnp.ones(())}, None)
