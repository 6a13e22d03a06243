"""The tasks whose time to a result is measured, for the trainer.

The line is the recipe of the page on the 1-D task, on data that are standardised. The grid has the
settings with which the chapter of D2L-neu on convergence (commit e14d97f2, August 2026) trains the
same 25 normal distributions; its programs are not used.
"""

from functools import partial

import jax
import jax.numpy as jnp
import optax
from experiments.shared.one_dimensional import make_players
from experiments.uniform_to_normal import FIRST_LAYER_GAIN, NOISE_LIMIT, fading_adam

from gantheory import Every, Optimiser, Trainer, TrainState, data, games, networks

Run = tuple[Trainer, TrainState]

BATCH = 256
WIDTH_ON_THE_LINE, STEPS_ON_THE_LINE, STRIDE_ON_THE_LINE = 32, 4_000, 100
SIDE, SPACING, SPREAD = 5, 2.0, 0.05
LATENTS, WIDTH, STEPS_ON_THE_GRID, STRIDE_ON_THE_GRID = 64, 256, 20_000, 500
TARGET = data.grid_of_normals(SIDE, SPACING, SPREAD)
NOISE = data.Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))


def line(key: jax.Array) -> Run:
    """The recipe on N(0, 1), and the state it starts from."""
    player_key, run_key = jax.random.split(key)
    players = make_players(player_key, first_layer_gain=FIRST_LAYER_GAIN)
    adam = Optimiser(fading_adam, learning_rate=1e-3, steps=STEPS_ON_THE_LINE)
    trainer = Trainer(
        games.relativistic_r1_r2(),
        data.Synthetic(data.Normal(0.0, 1.0), data.Uniform(1, -NOISE_LIMIT, NOISE_LIMIT), BATCH),
        optimisers=dict.fromkeys(players, adam),
        ema={games.GENERATOR: 0.995},
        record=Every(STRIDE_ON_THE_LINE),
    )
    return trainer, trainer.init(players, key=run_key)


def grid(key: jax.Array) -> Run:
    """The chapter's game, and the state it starts from."""
    generator_key, discriminator_key, run_key = jax.random.split(key, 3)
    perceptron = partial(networks.MLP, width=WIDTH, depth=2)
    leaky = partial(jax.nn.leaky_relu, negative_slope=0.2)
    players = {
        games.GENERATOR: perceptron(LATENTS, 2, activation=jax.nn.relu, key=generator_key),
        games.DISCRIMINATOR: perceptron(2, "scalar", activation=leaky, key=discriminator_key),
    }
    adam = Optimiser(optax.adam, learning_rate=2e-4, b1=0.0, b2=0.99)
    trainer = Trainer(
        games.relativistic_r1_r2(),
        data.Synthetic(TARGET, NOISE, BATCH),
        optimisers=dict.fromkeys(players, adam),
        record=Every(STRIDE_ON_THE_GRID),
    )
    return trainer, trainer.init(players, key=run_key)
