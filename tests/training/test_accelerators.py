"""A run asks its host for nothing. On a machine without an accelerator its program can still be
lowered for one, and is looked through for calls back into Python."""

import re

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from support.helpers import sgd, small_gan

from gantheory import Trainer, data, games, networks


def called(trainer: Trainer, players: dict, platform: str) -> set[str]:
    """What the program of a run calls outside of XLA's own operations."""
    state = trainer.init(players, key=jax.random.key(0))
    moving, fixed = eqx.partition(state, eqx.is_array)

    def run(moving):
        return eqx.filter(trainer.train(eqx.combine(moving, fixed), 4), eqx.is_array)

    lowered = jax.jit(run).trace(moving).lower(lowering_platforms=(platform,))
    return set(re.findall(r"custom_call\s+@([\w.]+)", lowered.as_text()))


@pytest.mark.parametrize("objective", ["nonsaturating", "wgan_gp"])
def test_a_run_on_an_accelerator_calls_nothing_on_its_host(objective):
    game, players, source, optimisers = small_gan(objective)
    trainer = Trainer(game, source, optimisers=optimisers, ema={games.GENERATOR: 0.9})
    assert called(trainer, players, "cuda") == set()


@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_nor_does_a_creative_run_of_convolutions(platform):
    keys = jax.random.split(jax.random.key(1), 3)
    trunk = networks.ConvolutionalTrunk(8, 3, width=4, activation=jax.nn.relu, key=keys[0])
    players = {
        games.GENERATOR: networks.ConvolutionalGenerator(
            4, 8, 3, width=4, activation=jax.nn.relu, key=keys[1]
        ),
        games.DISCRIMINATOR: networks.TwoHeaded(
            trunk, trunk.features, 2, activation=jax.nn.relu, key=keys[2]
        ),
    }
    images = jnp.zeros((4, 8, 8, 3))
    latents = data.Normal(jnp.zeros(4), jnp.ones(4))
    trainer = Trainer(
        games.can(games.relativistic_r1_r2(), weight=0.1),
        data.Dataset(images, latents, 2, jnp.arange(4, dtype=jnp.int32) % 2),
        optimisers=dict.fromkeys(players, sgd()),
    )
    assert called(trainer, players, platform) == set()


def test_a_call_back_would_be_found():
    game, players, source, optimisers = small_gan()

    def talkative(key):
        jax.debug.print("a draw")
        return source(key)

    with pytest.raises(ValueError, match="different from the lowering platform"):
        called(Trainer(game, talkative, optimisers=optimisers), players, "cuda")
