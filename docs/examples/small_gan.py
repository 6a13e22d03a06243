"""The networks that the programs beside this file train, and how."""

import jax
import jax.numpy as jnp
import optax

import gantheory as gt
from gantheory import data, games, networks

LATENT = data.Uniform(1)
LINE = data.Synthetic(data.Normal(4.0, 1.25), LATENT, batch_size=64)


def new_players(key):
    """Fresh networks from one number to one number."""
    generator_key, discriminator_key = jax.random.split(key)
    sizes = {"width": 16, "depth": 1, "activation": jnp.tanh}
    return {
        "generator": networks.MLP(1, 1, **sizes, key=generator_key),
        "discriminator": networks.MLP(1, "scalar", **sizes, key=discriminator_key),
    }


def trainer_on(source, learning_rate=1e-3):
    """The non-saturating game on a source."""
    adam = gt.Optimiser(optax.adam, learning_rate=learning_rate, b1=0.5)
    optimisers = {"generator": adam, "discriminator": adam}
    return gt.Trainer(games.nonsaturating(), source, optimisers=optimisers)


def start_of(trainer, seed=0):
    """The state before the first step."""
    players_key, key = jax.random.split(jax.random.key(seed))
    return trainer.init(new_players(players_key), key=key)


def new_painter(key):
    """A fresh generator of images of 16 by 16 pixels and 3 channels from 8 numbers."""
    return networks.ConvolutionalGenerator(8, 16, 3, width=4, activation=jax.nn.relu, key=key)
