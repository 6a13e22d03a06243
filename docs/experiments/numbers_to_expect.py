"""What the losses of several objectives look like on the 1-D task, beside the distance that
matters."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array
from tools.results.cache import cached

from experiments.shared.one_dimensional import (
    MEAN,
    STANDARD_DEVIATION,
    distances,
    make_players,
    make_source,
    outputs,
)
from experiments.shared.several_games import OneOf
from gantheory import Every, Optimiser, Trainer, TrainState, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar

BATCH = 64
CLIP_BOUND = 0.1


@cached
def losses_and_distances(
    objectives: tuple[str, ...], seeds: int, steps: int, stride: int
) -> dict[str, Array]:
    """Train objectives that alternate; both losses on a batch and W1, (objective, seed, record)
    each."""
    played = tuple(games.build(name) for name in objectives)

    def one_run(number: Array, key: Key) -> dict[str, Array]:
        return _history(OneOf(games=played, number=number), key, steps, stride)

    over_seeds = eqx.filter_vmap(one_run, in_axes=(None, 0))
    over_objectives = eqx.filter_vmap(over_seeds, in_axes=(0, None))
    return eqx.filter_jit(over_objectives)(jnp.arange(len(objectives)), _keys(seeds))


@cached
def clipped_losses_and_distances(seeds: int, steps: int, stride: int) -> dict[str, Array]:
    """The same for the Wasserstein game with clipping, (seed, record) each."""
    game = games.wgan(clip_bound=CLIP_BOUND)

    def one_run(key: Key) -> dict[str, Array]:
        return _history(game, key, steps, stride)

    return eqx.filter_jit(eqx.filter_vmap(one_run))(_keys(seeds))


@cached
def absurd_rate(steps: int) -> dict[str, Array]:
    """A learning rate of 1e38: how the run reports itself."""
    keys = jax.random.split(jax.random.key(52), 3)
    trainer = Trainer(
        games.minimax(turns=(games.Turn((DISCRIMINATOR,)),)),
        make_source(BATCH),
        optimisers={DISCRIMINATOR: Optimiser(optax.sgd, learning_rate=1e38)},
    )
    state = trainer.init(
        {
            GENERATOR: networks.Linear(1, 1, key=keys[0]),
            DISCRIMINATOR: networks.MLP(
                1, "scalar", width=4, depth=1, activation=jnp.tanh, key=keys[1]
            ),
        },
        key=keys[2],
    )
    result = eqx.filter_jit(trainer.train)(state, steps)
    weights = jax.tree.leaves(eqx.filter(result.players, eqx.is_inexact_array))
    return {
        "loss": result.history[DISCRIMINATOR],
        "good_steps": result.state.step,
        "failed": result.state.failed,
        "players_finite": jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in weights])),
    }


def _history(game: games.Game, key: Key, steps: int, stride: int) -> dict[str, Array]:
    player_key, run_key = jax.random.split(key)
    adam = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
    trainer = Trainer(
        game,
        make_source(BATCH),
        optimisers={GENERATOR: adam, DISCRIMINATOR: adam},
        record=Every(stride, _watch),
    )
    state = trainer.init(make_players(player_key), key=run_key)
    return trainer.train(state, steps).history


def _keys(seeds: int) -> Key:
    return jax.random.split(jax.random.key(51), seeds)


def _watch(state: TrainState, batch: data.Batch, entries: dict[str, Scalar]) -> dict[str, Scalar]:
    del batch
    samples = outputs(state.players[GENERATOR], points=500)
    wasserstein, _ = distances(samples, MEAN, STANDARD_DEVIATION)
    return {
        "generator": entries[GENERATOR],
        "discriminator": entries[DISCRIMINATOR],
        "wasserstein": wasserstein,
    }
