"""One step of any game: what it is played on, and everybody's moves."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, PyTree

from gantheory.games import Game, Players, Turn
from gantheory.shapes import Key, Scalar
from gantheory.training.optimiser import Optimiser
from gantheory.training.state import TrainState
from gantheory.data.stream import Chunk, Number, Source, draw_of

Entries = dict[str, Scalar]
Draws = tuple[PyTree, ...]
Parts = tuple[Players, dict[str, PyTree]]


def draws_of_step(turns: tuple[Turn, ...], source: Source | Chunk, key: Key, step: Number) -> Draws:
    """What each turn of a step is played on; every leaf has a leading axis, one entry per repeat."""
    step_key = jax.random.fold_in(key, step)

    def turn_draws(index: int, turn: Turn) -> PyTree:
        turn_key = jax.random.fold_in(step_key, index)
        before = sum(turn.times for turn in turns[:index])
        repeats = jnp.arange(turn.times, dtype=jnp.int32)
        return jax.vmap(
            lambda repeat: draw_of(
                source, jax.random.fold_in(turn_key, repeat), step, before + repeat
            )
        )(repeats)

    return tuple(turn_draws(index, turn) for index, turn in enumerate(turns))


def play_step(
    game: Game, optimisers: Mapping[str, Optimiser], state: TrainState, draws: Draws
) -> tuple[TrainState, Entries]:
    """All turns of one step; the state stays as it was if anything becomes non-finite."""
    parts = (state.players, state.optimiser_states)
    entries: Entries = {}
    moved: set[str] = set()
    for turn, turn_draws in zip(game.turns, draws, strict=True):
        movers = tuple(name for name in turn.players if name in optimisers)
        if movers:
            parts, seen = _turn(game, optimisers, movers, turn, parts, turn_draws)
            others_own = moved.difference(movers)
            entries |= {name: entry for name, entry in seen.items() if name not in others_own}
            moved.update(movers)
    players, optimiser_states = parts
    averaged = {
        name: _moving_average(average, players[name], state.average[name])
        for name, average in state.averaged.items()
    }
    good = ~state.failed & _all_finite((entries, [players[name] for name in optimisers]))
    new = TrainState(
        players=players,
        optimiser_states=optimiser_states,
        averaged=averaged,
        average=state.average,
        key=state.key,
        step=state.step + 1,
        failed=state.failed,
    )
    kept = jax.tree.map(
        lambda after, before: _choose(good, after, before) if eqx.is_array(after) else after,
        new,
        state,
    )
    return eqx.tree_at(lambda s: s.failed, kept, ~good), entries


def _turn(
    game: Game,
    optimisers: Mapping[str, Optimiser],
    movers: tuple[str, ...],
    turn: Turn,
    parts: Parts,
    draws: PyTree,
) -> tuple[Parts, Entries]:
    """One turn, as often as it is repeated."""
    if turn.times == 1:
        return moves(game, optimisers, movers, turn, parts, last(draws))
    carried, still = eqx.partition(parts, eqx.is_array)

    def again(carried: Parts, draw: PyTree) -> tuple[Parts, Entries]:
        parts, entries = moves(game, optimisers, movers, turn, eqx.combine(carried, still), draw)
        return eqx.filter(parts, eqx.is_array), entries

    carried, entries = jax.lax.scan(again, carried, draws, length=turn.times)
    return eqx.combine(carried, still), last(entries)


def moves(
    game: Game,
    optimisers: Mapping[str, Optimiser],
    movers: tuple[str, ...],
    turn: Turn,
    parts: Parts,
    draw: PyTree,
) -> tuple[Parts, Entries]:
    """The moves of a turn on one draw. Each mover's own loss is recorded as it saw it."""
    players, optimiser_states = parts
    before, own, entries = players, {}, {}
    for name in movers:
        gradient, entries = own_gradient(game, before if turn.simultaneous else players, name, draw)
        moving, still = eqx.partition(players[name], eqx.is_inexact_array)
        moved, moved_state = optimisers[name].step(gradient, optimiser_states[name], moving)
        players = game.project(name, {**players, name: eqx.combine(moved, still)})
        optimiser_states = {**optimiser_states, name: moved_state}
        own[name] = entries[name]
    return (players, optimiser_states), {**entries, **own}


def own_gradient(game: Game, players: Players, name: str, draw: PyTree) -> tuple[PyTree, Entries]:
    """The gradient of a player's own loss with respect to its own parameters."""
    moving, still = eqx.partition(players[name], eqx.is_inexact_array)

    def own_loss(moving: PyTree) -> tuple[Scalar, Entries]:
        entries = game.losses({**players, name: eqx.combine(moving, still)}, draw)
        return entries[name], entries

    return jax.grad(own_loss, has_aux=True)(moving)


def last(tree: PyTree) -> PyTree:
    """The last entry of every leaf's leading axis."""
    return jax.tree.map(lambda leaf: leaf[-1], tree)


def _moving_average(average: PyTree, player: PyTree, decay: Scalar) -> PyTree:
    """The average after one more step; what is not a floating-point array is copied."""

    def blend(old: PyTree, new: PyTree) -> PyTree:
        if not eqx.is_inexact_array(new):
            return new
        return old + (1 - decay.astype(new.dtype)) * (new - old)

    return jax.tree.map(blend, average, player)


def _all_finite(tree: PyTree) -> Bool[Array, ""]:
    leaves = jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array))
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in leaves]))


def _choose(condition: Bool[Array, ""], yes: Array, no: Array) -> Array:
    return jax.lax.select(jnp.broadcast_to(condition, yes.shape), yes, no)
