"""The presets of the live page, played by gantheory itself, over many seeds."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PyTree
from tools.results.cache import cached

from experiments.shared.one_dimensional import (
    MEAN,
    STANDARD_DEVIATION,
    distances,
    make_source,
    outputs,
)
from experiments.shared.trained_ahead import play_on, train_ahead
from gantheory import Every, Optimiser, Trainer, TrainState, data, games, networks
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar

WIDTH, BATCH, POINTS = 16, 128, 1_000  # as in start.js and element.js of the page
NOISE_LIMIT = 3**0.5
DISCRIMINATOR_RULE = Optimiser(optax.adam, learning_rate=2e-3, b1=0.5)
SCENES = {  # name to loss and to the generator's optimiser
    "minimax, descent": ("minimax", Optimiser(optax.sgd, learning_rate=1e-3)),
    "non-saturating, descent": ("nonsaturating", Optimiser(optax.sgd, learning_rate=1e-3)),
    "minimax, Adam": ("minimax", Optimiser(optax.adam, learning_rate=5e-3, b1=0.5)),
}


@cached
def strong_discriminator(seeds: int, steps: int, stride: int) -> dict[str, dict[str, Array]]:
    """Train the discriminator ahead, then both players, in each of the scenes from the same start.

    Returns, by scene, arrays (seed, record), the first record before the first step: W1 to the data
    and the norm of the generator's gradient.
    """
    keys = jax.random.split(jax.random.key(21), seeds)
    lead = partial(train_ahead, make_players, make_source(BATCH), DISCRIMINATOR_RULE)
    strong = eqx.filter_jit(eqx.filter_vmap(lead))(keys)
    return {
        name: eqx.filter_jit(eqx.filter_vmap(partial(_scene, *scene, steps, stride)))(strong, keys)
        for name, scene in SCENES.items()
    }


@cached
def recipe(seeds: int, steps: int, stride: int) -> dict[str, Array]:
    """W1 over (seed, record) of the recipe at a constant rate: of the generator and of its
    average."""

    def record(state: TrainState, batch: Batch, entries: PyTree) -> dict[str, Scalar]:
        del batch, entries
        return {"last": _prepared(state.players), "averaged": _prepared(state.ema)}

    def one_run(key: Key) -> dict[str, Array]:
        player_key, run_key = jax.random.split(key)
        optimiser = Optimiser(optax.adam, learning_rate=1e-3, b1=0.0, b2=0.99)
        trainer = Trainer(
            games.relativistic_r1_r2(r1_weight=1.0, r2_weight=1.0),
            data.Synthetic(
                real=data.Normal(0.0, 1.0),
                latent=data.Uniform(1, -NOISE_LIMIT, NOISE_LIMIT),
                batch_size=BATCH,
            ),
            optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
            ema={GENERATOR: 0.995},
            record=Every(stride, record),
        )
        state = trainer.init(make_players(player_key, first_layer_gain=3.0), key=run_key)
        return trainer.train(state, steps).history

    keys = jax.random.split(jax.random.key(22), seeds)
    return eqx.filter_jit(eqx.filter_vmap(one_run))(keys)


def make_players(key: Key, *, first_layer_gain: float = 1.0) -> games.Players:
    """The networks of the live page."""
    generator_key, discriminator_key = jax.random.split(key)
    mlp = partial(
        networks.MLP, width=WIDTH, depth=2, activation=jnp.tanh, first_layer_gain=first_layer_gain
    )
    return {
        GENERATOR: mlp(1, 1, key=generator_key),
        DISCRIMINATOR: mlp(1, "scalar", key=discriminator_key),
    }


def _scene(
    loss: str, generator_rule: Optimiser, steps: int, stride: int, strong: TrainState, key: Key
) -> dict[str, Array]:
    """Play on from a strong discriminator."""
    game = games.build(loss)
    optimisers = {DISCRIMINATOR: DISCRIMINATOR_RULE, GENERATOR: generator_rule}

    def seen(players: games.Players, batch: Batch) -> dict[str, Scalar]:
        samples = outputs(players[GENERATOR], points=POINTS)
        wasserstein, _ = distances(samples, MEAN, STANDARD_DEVIATION)
        return {"wasserstein": wasserstein, "norm": _generator_norm(game, players, batch)}

    source = make_source(BATCH)
    return play_on(game, source, optimisers, seen, strong, key, steps=steps, stride=stride)


def _generator_norm(game: games.Game, players: games.Players, batch: Batch) -> Scalar:
    def own(generator: PyTree) -> Scalar:
        return game.entries({**players, GENERATOR: generator}, batch)[GENERATOR]

    return jnp.linalg.norm(ravel_pytree(eqx.filter_grad(own)(players[GENERATOR]))[0])


def _prepared(players: games.Players) -> Scalar:
    """W1 in the data's units of a generator trained on standardised data."""
    samples = outputs(players[GENERATOR], -NOISE_LIMIT, NOISE_LIMIT, POINTS)
    return distances(MEAN + STANDARD_DEVIATION * samples, MEAN, STANDARD_DEVIATION)[0]
