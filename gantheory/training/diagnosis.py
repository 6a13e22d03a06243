"""Who broke a run: the first bad step is played once more, move by move."""

import itertools
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree

from gantheory._steps import at_step
from gantheory.data.played import stream_of, with_chunk
from gantheory.data.stream import read_chunk
from gantheory.games import Game, Players
from gantheory.training.failure import Failure
from gantheory.training.state import TrainState
from gantheory.training.step import batches_of_step, look_ahead, moves

if TYPE_CHECKING:
    from gantheory.training.trainer import Trainer

_batches_of_step = eqx.filter_jit(batches_of_step)
_moves = eqx.filter_jit(moves)
_look_ahead = eqx.filter_jit(look_ahead)
_at_step = eqx.filter_jit(at_step)


@eqx.filter_jit
def _gradient(game: Game, players: Players, name: str, batch: PyTree) -> PyTree:
    return game.gradient(players, name, batch)


def first_failure(trainer: "Trainer", state: TrainState) -> Failure:
    """What becomes non-finite first in the step that follows a state; see `Trainer`."""
    source, optimisers = trainer.source, trainer.optimisers
    game = _at_step(trainer.game, state.step)
    stream = stream_of(source)
    if stream is not None:
        per_step = sum(turn.times for turn in game.turns)
        source = with_chunk(source, read_chunk(stream, per_step, int(state.step), 1, 1))
    step = int(state.step) + 1
    parts, strange = (state.players, state.optimiser_states), None
    batches = _batches_of_step(game.turns, source, state.key, state.step)
    for turn, turn_batches in zip(game.turns, batches, strict=True):
        movers = tuple(name for name in turn.players if name in optimisers)
        groups = [movers] if turn.simultaneous and movers else [(name,) for name in movers]
        for repeat in range(turn.times):
            batch = jax.tree.map(lambda leaf, repeat=repeat: leaf[repeat], turn_batches)
            for group in groups:
                points = [parts[0]]
                if turn.extrapolate:
                    points.append(_look_ahead(game, optimisers, group, parts, batch))
                for players, name in itertools.product(points, group):
                    lost = [one for one in group if not _is_finite(players[one])]
                    if lost and players is not points[0]:
                        return Failure(step, lost[0], "parameters")
                    gradient, entries = _gradient(game, players, name, batch)
                    if not _is_finite(entries[name]):
                        return Failure(step, name, "loss")
                    if not _is_finite(gradient):
                        return Failure(step, name, "gradient")
                    odd = [other for other in entries if not _is_finite(entries[other])]
                    if odd and strange is None:
                        strange = Failure(step, name, odd[0])
                before = parts[1]
                parts, _ = _moves(game, optimisers, group, turn, parts, batch)
                for name in group:
                    if not _is_finite(parts[0][name]):
                        return Failure(step, name, "parameters")
                    if _is_finite(before[name]) and not _is_finite(parts[1][name]):
                        return Failure(step, name, "optimiser state")
    return strange or Failure(step, None, "")


def _is_finite(tree: PyTree) -> bool:
    leaves = jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array))
    return all(np.isfinite(np.asarray(leaf, np.float32)).all() for leaf in leaves)
