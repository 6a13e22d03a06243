"""Who broke a run: the first bad step is played once more, move by move, and looked at closely."""

from collections.abc import Mapping

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree

from gantheory.games import Game
from gantheory.training.failure import Failure
from gantheory.training.optimiser import Optimiser
from gantheory.training.state import TrainState
from gantheory.training.step import draws_of_step, moves, own_gradient
from gantheory.data.stream import Chunk, Source, Stream, read_chunk

_step_draws = eqx.filter_jit(draws_of_step)
_one_gradient = eqx.filter_jit(own_gradient)
_one_group = eqx.filter_jit(moves)


def first_failure(
    game: Game,
    state: TrainState,
    source: Source | Chunk,
    *,
    optimisers: Mapping[str, Optimiser],
) -> Failure:
    """What becomes non-finite first in the step that follows a state.

    Training costs nothing for it: the state of a run that broke is the last good one, and a step is a
    function of the state, so the bad step can be played again.

    Args:
        game: The game of the run.
        state: The state of one run that failed; one run out of an ensemble is fine.
        source: The source of the run.
        optimisers: The optimisers of the run.

    Returns:
        The step, the player and what of it was not finite.

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> game, sgd = gt.games.nonsaturating(), gt.Optimiser(optax.sgd, learning_rate=3e38)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> result = gt.fit(game, players, source, optimisers=both, steps=4, key=jax.random.key(1), progress=False)
        >>> print(gt.first_failure(game, result.state, source, optimisers=both))
        step 1: the parameters of 'discriminator' became non-finite first
    """
    if isinstance(source, Stream):
        source = read_chunk(source, game, int(state.step), 1)
    step = int(state.step) + 1
    parts, strange = (state.players, state.optimiser_states), None
    for turn, draws in zip(
        game.turns, _step_draws(game.turns, source, state.key, state.step), strict=True
    ):
        movers = tuple(name for name in turn.players if name in optimisers)
        groups = [movers] if turn.simultaneous and movers else [(name,) for name in movers]
        for repeat in range(turn.times):
            draw = jax.tree.map(lambda leaf, repeat=repeat: leaf[repeat], draws)
            for group in groups:
                for name in group:
                    gradient, entries = _one_gradient(game, parts[0], name, draw)
                    if not _is_finite(entries[name]):
                        return Failure(step, name, "loss")
                    if not _is_finite(gradient):
                        return Failure(step, name, "gradient")
                    odd = [other for other in entries if not _is_finite(entries[other])]
                    if odd and strange is None:
                        strange = Failure(step, name, odd[0])
                parts, _ = _one_group(game, dict(optimisers), group, turn, parts, draw)
                for name in group:
                    if not _is_finite(parts[0][name]):
                        return Failure(step, name, "parameters")
    return strange or Failure(step, None, "")


def _is_finite(tree: PyTree) -> bool:
    leaves = jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array))
    return all(np.isfinite(np.asarray(leaf, np.float32)).all() for leaf in leaves)
