"""The presets of the live page in the plane, played by gantheory itself, over many seeds."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PyTree
from tools.results.cache import cached

from experiments.shared.trained_ahead import play_on, train_ahead
from gantheory import Every, Optimiser, Trainer, TrainState, data, games, metrics, networks
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Samples, Scalar

# as in docs/site/javascripts/live/plane-start.js
WIDTH, BATCH, JUDGED = 24, 64, 400
RING = data.ring_of_normals(8, 1.5, 0.1)
NOISE = data.Uniform(2, -1.0, 1.0)
SOURCE = data.Synthetic(RING, NOISE, batch_size=BATCH)
RADIUS, LEAST = 0.3, JUDGED // 40  # three standard deviations; a fifth of a mode's fair share
NO_MOMENTUM = partial(Optimiser, optax.adam, b1=0.0, b2=0.99)
MOMENTUM = partial(Optimiser, optax.adam, b1=0.5)
STRONG = MOMENTUM(learning_rate=2e-3)
DESCENT = Optimiser(optax.sgd, learning_rate=3e-3)


@cached
def fresh_starts(seeds: int, steps: int, stride: int) -> dict[str, dict[str, Array]]:
    """The first two presets, by name: places found and the share of samples near one, (seed,
    record)."""
    keys = jax.random.split(jax.random.key(31), seeds)
    hasty = {
        DISCRIMINATOR: MOMENTUM(learning_rate=5e-4),
        GENERATOR: MOMENTUM(learning_rate=1e-2),
    }
    careful = {
        DISCRIMINATOR: NO_MOMENTUM(learning_rate=4e-3),
        GENERATOR: NO_MOMENTUM(learning_rate=2e-3),
    }
    scenes = {
        "collapse": (games.nonsaturating(), hasty, False),
        "recipe": (games.relativistic_r1_r2(r1_weight=0.1, r2_weight=0.1), careful, True),
    }
    return {
        name: eqx.filter_jit(eqx.filter_vmap(partial(_fresh, *scene, steps, stride)))(keys)
        for name, scene in scenes.items()
    }


@cached
def strong_discriminator(seeds: int, steps: int, stride: int) -> dict[str, dict[str, Array]]:
    """Train the discriminator ahead, then both players, with each loss from the same start.

    Returns, by loss, arrays (seed, record), the first before the first step: places found, and
    "arrow", the mean length of the push on the samples.
    """
    keys = jax.random.split(jax.random.key(32), seeds)
    lead = partial(train_ahead, make_players, SOURCE, STRONG)
    strong = eqx.filter_jit(eqx.filter_vmap(lead))(keys)
    return {
        loss: eqx.filter_jit(eqx.filter_vmap(partial(_go_on, loss, steps, stride)))(strong, keys)
        for loss in ("minimax", "nonsaturating")
    }


def make_players(key: Key) -> games.Players:
    """The networks of the page."""
    generator_key, discriminator_key = jax.random.split(key)
    mlp = partial(networks.MLP, width=WIDTH, depth=2, activation=jnp.tanh, first_layer_gain=3.0)
    return {
        GENERATOR: mlp(2, 2, key=generator_key),
        DISCRIMINATOR: mlp(2, "scalar", key=discriminator_key),
    }


def _judged(generator: PyTree) -> dict[str, Scalar]:
    samples = jax.vmap(generator)(NOISE(jax.random.key(1), JUDGED))
    coverage = metrics.mode_coverage(samples, RING.centres, radius=RADIUS, min_count=LEAST)
    return {"found": coverage.found, "share": coverage.share_on_modes}


def _fresh(
    game: games.Game,
    optimisers: dict[str, Optimiser],
    averaged: bool,  # noqa: FBT001
    steps: int,
    stride: int,
    key: Key,
) -> dict[str, Array]:
    def record(state: TrainState, batch: Batch, entries: PyTree) -> dict[str, Scalar]:
        del batch, entries
        return _judged((state.ema if averaged else state.players)[GENERATOR])

    player_key, run_key = jax.random.split(key)
    trainer = Trainer(
        game,
        SOURCE,
        optimisers=optimisers,
        ema={GENERATOR: 0.995},
        record=Every(stride, record),
    )
    return trainer.train(trainer.init(make_players(player_key), key=run_key), steps).history


def _go_on(loss: str, steps: int, stride: int, strong: TrainState, key: Key) -> dict[str, Array]:
    """Play on from a strong discriminator."""
    game = games.build(loss)
    optimisers = {DISCRIMINATOR: STRONG, GENERATOR: DESCENT}

    def seen(players: games.Players, batch: Batch) -> dict[str, Scalar]:
        return {
            "found": _judged(players[GENERATOR])["found"],
            "arrow": _mean_push(game, players, batch),
        }

    return play_on(game, SOURCE, optimisers, seen, strong, key, steps=steps, stride=stride)


def _mean_push(game: games.Game, players: games.Players, batch: Batch) -> Scalar:
    """The mean length of the arrows: minus the gradient of each sample's loss."""
    fakes = jax.vmap(players[GENERATOR])(batch.latent)

    def generator_loss(samples: Samples) -> Scalar:
        at_samples = {**players, GENERATOR: _unchanged}
        return game.entries(at_samples, Batch(real=batch.real, latent=samples, key=batch.key))[
            GENERATOR
        ]

    push = BATCH * jax.grad(generator_loss)(fakes)
    return jnp.mean(jnp.linalg.norm(push, axis=1))


def _unchanged(sample: Array) -> Array:
    return sample
