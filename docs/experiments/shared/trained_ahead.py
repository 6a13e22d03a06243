"""A discriminator that is trained ahead, and the play that goes on from there, as on the live
pages."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from gantheory import Every, Optimiser, Trainer, TrainState, data, games
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR
from gantheory.shapes import Key, Scalar

AHEAD = 1_000


def train_ahead(
    make_players: Callable[[Key], games.Players],
    source: data.Synthetic,
    optimiser: Optimiser,
    key: Key,
) -> TrainState:
    """Move the discriminator alone, for `AHEAD` steps of the minimax game."""
    player_key, run_key = jax.random.split(key)
    trainer = Trainer(
        games.minimax(turns=(games.Turn((DISCRIMINATOR,)),)),
        source,
        optimisers={DISCRIMINATOR: optimiser},
        record=Every(AHEAD),
    )
    state = trainer.init(make_players(player_key), key=run_key)
    return trainer.train(state, AHEAD).state


def play_on(
    game: games.Game[Batch],
    source: data.Synthetic,
    optimisers: dict[str, Optimiser],
    seen: Callable[[games.Players, Batch], dict[str, Scalar]],
    strong: TrainState,
    key: Key,
    *,
    steps: int,
    stride: int,
) -> dict[str, Array]:
    """What is seen of both players' game, before its first step and at every stride; the
    discriminator keeps what its optimiser remembers."""
    first_key, run_key = jax.random.split(jax.random.fold_in(key, 1))
    trainer = Trainer(
        game,
        source,
        optimisers=optimisers,
        record=Every(stride, lambda state, batch, entries: seen(state.players, batch)),
    )
    state = trainer.init(strong.players, key=run_key)
    state = eqx.tree_at(
        lambda parts: parts.optimiser_states[DISCRIMINATOR],
        state,
        strong.optimiser_states[DISCRIMINATOR],
    )
    history = trainer.train(state, steps).history
    first = seen(strong.players, source(first_key))
    return {name: jnp.concatenate([first[name][None], history[name]]) for name in first}
