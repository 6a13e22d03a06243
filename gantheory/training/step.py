"""One step of any game: what it is played on, and every player's moves."""

import itertools
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from gantheory._steps import at_step
from gantheory._types import Source
from gantheory.data.played import batch_of
from gantheory.data.stream import Chunk, Number
from gantheory.games import Game, Players, Turn
from gantheory.shapes import Key
from gantheory.training.finite import stays_finite
from gantheory.training.optimiser import Optimiser
from gantheory.training.record import Entries
from gantheory.training.state import TrainState

Batches = tuple[PyTree, ...]
Parts = tuple[Players, dict[str, PyTree]]


def batches_of_step(
    turns: tuple[Turn, ...], source: Source | Chunk, key: Key, step: Number
) -> Batches:
    """The batches of each turn of a step; every leaf has a leading axis, one entry per repeat.

    One call draws them all: one for each turn would be as many operations to compile.
    """
    step_key = jax.random.fold_in(key, step)
    moves = [(index, repeat) for index, turn in enumerate(turns) for repeat in range(turn.times)]

    def of_move(place: Number, index: Number, repeat: Number) -> PyTree:
        turn_key = jax.random.fold_in(step_key, index)
        return batch_of(source, jax.random.fold_in(turn_key, repeat), step, place)

    numbers = jnp.asarray([(place, *move) for place, move in enumerate(moves)], jnp.int32)
    drawn = map_keys(lambda row: of_move(*row), numbers, key)
    ends = itertools.accumulate(turn.times for turn in turns)
    return tuple(
        jax.tree.map(lambda leaf, end=end, turn=turn: leaf[end - turn.times : end], drawn)
        for end, turn in zip(ends, turns, strict=True)
    )


def map_keys(function, numbers: Array, key: Key) -> PyTree:
    """`function` of every number, drawing from keys folded from `key`.

    Vectorised where that changes no bit. Only Threefry promises it: a vectorised RBG key draws
    other numbers than one by one, and then a resumed run would not be the same run.
    """
    if str(jax.random.key_impl(key)) == "threefry2x32":
        return jax.vmap(function)(numbers)
    return jax.lax.map(function, numbers)


def play_step(
    game: Game,
    optimisers: Mapping[str, Optimiser],
    decays: Mapping[str, Array],
    state: TrainState,
    batches: Batches,
) -> tuple[TrainState, Entries]:
    """All turns of one step; the state stays as it was if anything becomes non-finite."""
    game = at_step(game, state.step)
    parts = (state.players, state.optimiser_states)
    entries: Entries = {}
    for turn, turn_batches in zip(game.turns, batches, strict=True):
        movers = tuple(name for name in turn.players if name in optimisers)
        if movers:
            parts, seen = _turn(game, optimisers, movers, turn, parts, turn_batches)
            entries |= seen
    players, optimiser_states = parts
    ema = {
        name: _moving_average(average, players[name], decays[name], state.step + 1)
        for name, average in state.ema.items()
    }
    moved = ([players[name] for name in optimisers], optimiser_states, entries)
    finite = jax.tree.map(jnp.zeros_like, entries)
    unmoved = ([state.players[name] for name in optimisers], state.optimiser_states, finite)
    good = ~state.failed & stays_finite(moved, unmoved)
    new = TrainState(
        players=players,
        optimiser_states=optimiser_states,
        ema=ema,
        key=state.key,
        step=state.step + 1,
        failed=state.failed,
    )
    after, static = eqx.partition(new, eqx.is_array)
    before = eqx.filter(state, eqx.is_array)
    kept = jax.lax.cond(good, lambda: after, lambda: before)  # cheaper than a selection by entry
    return eqx.tree_at(lambda s: s.failed, eqx.combine(kept, static), ~good), entries


def _turn(
    game: Game,
    optimisers: Mapping[str, Optimiser],
    movers: tuple[str, ...],
    turn: Turn,
    parts: Parts,
    batches: PyTree,
) -> tuple[Parts, Entries]:
    """One turn, with all its repeats."""
    if turn.times == 1:
        return moves(game, optimisers, movers, turn, parts, last(batches))
    params, static = eqx.partition(parts, eqx.is_array)

    def once(params: Parts, batch: PyTree) -> tuple[Parts, Entries]:
        parts, entries = moves(game, optimisers, movers, turn, eqx.combine(params, static), batch)
        return eqx.filter(parts, eqx.is_array), entries

    params, entries = jax.lax.scan(once, params, batches, length=turn.times)
    return eqx.combine(params, static), last(entries)


def moves(
    game: Game,
    optimisers: Mapping[str, Optimiser],
    movers: tuple[str, ...],
    turn: Turn,
    parts: Parts,
    batch: PyTree,
) -> tuple[Parts, Entries]:
    """The moves of a turn on one batch, and each mover's entries as it saw them."""
    players, optimiser_states = parts
    together = turn.simultaneous or turn.extrapolate
    point = look_ahead(game, optimisers, movers, parts, batch) if turn.extrapolate else players
    seen: Entries = {}
    for name in movers:
        gradient, entries = game.gradient(point if together else players, name, batch)
        params, static = eqx.partition(players[name], eqx.is_inexact_array)
        params, moved_state = optimisers[name].step(
            gradient, optimiser_states[name], params, entries[name]
        )
        players = game.project(name, {**players, name: eqx.combine(params, static)})
        optimiser_states = {**optimiser_states, name: moved_state}
        seen |= entries
    return (players, optimiser_states), seen


def look_ahead(
    game: Game,
    optimisers: Mapping[str, Optimiser],
    movers: tuple[str, ...],
    parts: Parts,
    batch: PyTree,
) -> Players:
    """The players after one move of all movers together; their optimisers' states are dropped."""
    together = Turn(movers, simultaneous=True)
    (players, _), _ = moves(game, optimisers, movers, together, parts, batch)
    return players


def last(tree: PyTree) -> PyTree:
    """The last entry of every leaf's leading axis."""
    return jax.tree.map(lambda leaf: leaf[-1], tree)


def _moving_average(
    average: PyTree, player: PyTree, decay: Float[Array, ""], count: Number
) -> PyTree:
    """The exponentially weighted mean of the parameters after each of `count` steps.

    The weights decay^age are normalised to sum to one, so the untrained start has none. Averages
    are float32 or wider: in bfloat16, 1 - 0.999 rounds to 0.
    """
    weight = (1 - decay) / (1 - decay ** count.astype(decay.dtype))

    def blend(old: PyTree, new: PyTree) -> PyTree:
        if not eqx.is_inexact_array(new):
            return new
        return old + weight.astype(old.dtype) * (new.astype(old.dtype) - old)

    return jax.tree.map(blend, average, player)
