"""The one training loop: any game, any number of players, one `lax.scan`."""

from collections.abc import Callable, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from gantheory._checks import require_function
from gantheory.games import Game, Players
from gantheory.shapes import Key
from gantheory.training.boundary import check_game, check_length, check_start
from gantheory.training.optimiser import Optimiser
from gantheory.training.state import Result, Status, TrainState
from gantheory.training.step import Draws, Entries, draws_of_step, last, play_step
from gantheory.data.stream import Chunk, Number, Source

Record = Callable[[TrainState, PyTree, Entries], PyTree]

STEPS_DRAWN_AT_ONCE = 128
BYTES_DRAWN_AT_ONCE = 2**20
BYTES_RECORDED_AT_ONCE = 2**26


def train(
    game: Game,
    players: Players,
    source: Source,
    *,
    optimisers: Mapping[str, Optimiser],
    steps: int,
    key: Key,
    record: Record | None = None,
    stride: int = 1,
    average: Mapping[str, Array | float] | None = None,
) -> Result:
    """Train a game from fresh players.

    The function is pure: one scan, no compilation of its own. It works under `eqx.filter_jit`, under
    `eqx.filter_vmap` over keys, hyperparameters or weights, and on sharded arrays.

    Args:
        game: Who moves when, and what everybody minimises.
        players: Name to pytree.
        source: Makes all that is random in one turn from a key.
        optimisers: Name to optimiser; a player without one is frozen.
        steps: How often the game's turns are played.
        key: Random key of the run. A step's key is folded from it and the step's number.
        record: From the state after a step, its last draw and its entries (losses and further
            scalars, as the movers saw them) to what is kept. By default the entries are kept.
        stride: Record every so many steps; `steps` must be a multiple of it.
        average: Name to decay in [0, 1): of these players an exponential moving average is kept,
            starting from the initial parameters.

    Returns:
        Players, averages, history, status and state.

    Raises:
        TypeError: A player who moves owns no floating-point array.
        ValueError: An argument does not fit the game; the message names it.

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> game, sgd = gt.games.nonsaturating(), gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> key = jax.random.key(1)
        >>> result = gt.train(game, players, source, optimisers=both, steps=4, key=key, stride=2)
        >>> print(result.steps, result.history["generator"].shape)
        [2 4] (2,)
    """
    state = start(game, players, optimisers=optimisers, key=key, average=average)
    return advance(
        game,
        state,
        source,
        optimisers=optimisers,
        steps=steps,
        record=record,
        stride=stride,
    )


def start(
    game: Game,
    players: Players,
    *,
    optimisers: Mapping[str, Optimiser],
    key: Key,
    average: Mapping[str, Array | float] | None = None,
) -> TrainState:
    """The state before the first step; arguments as in `train`.

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> game, sgd = gt.games.nonsaturating(), gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> key = jax.random.key(1)
        >>> state = gt.start(game, players, optimisers=both, key=key)
        >>> print(state.step, sorted(state.players))
        0 ['discriminator', 'generator']
    """
    average = {} if average is None else average
    check_start(game, players, optimisers, average, key)
    players = {name: jax.tree.map(_with_definite_type, player) for name, player in players.items()}
    return TrainState(
        players=players,
        optimiser_states={
            name: optimiser.initial_state(eqx.filter(players[name], eqx.is_inexact_array))
            for name, optimiser in optimisers.items()
        },
        averaged={name: jax.tree.map(_copy, players[name]) for name in average},
        average={name: jnp.asarray(decay, float) for name, decay in average.items()},
        key=key,
        step=jnp.zeros((), jnp.int32),
        failed=jnp.zeros((), bool),
    )


def advance(
    game: Game,
    state: TrainState,
    source: Source | Chunk,
    *,
    optimisers: Mapping[str, Optimiser],
    steps: int,
    record: Record | None = None,
    stride: int = 1,
) -> Result:
    """Train on from a state; arguments as in `train`.

    Training in pieces is bit-identical to training in one go. (With another stride the state still
    is, but the last digit of a recorded loss may differ.)

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> game, sgd = gt.games.nonsaturating(), gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> key = jax.random.key(1)
        >>> state = gt.start(game, players, optimisers=both, key=key)
        >>> for _ in range(2):
        ...     state = gt.advance(game, state, source, optimisers=both, steps=2).state
        >>> print(state.step)
        4
    """
    check_length(steps, stride)
    records = steps // stride
    return advance_some(
        game,
        state,
        source,
        optimisers=optimisers,
        records=records,
        room=records,
        record=record,
        stride=stride,
    )


def advance_some(
    game: Game,
    state: TrainState,
    source: Source | Chunk,
    *,
    optimisers: Mapping[str, Optimiser],
    records: int | Number,
    room: int,
    record: Record | None = None,
    stride: int = 1,
) -> Result:
    """Train on for `records * stride` steps, where `records` may be known at run time only.

    One compilation serves all numbers of records up to `room`, the length of the history that comes
    back; what lies behind the first `records` of it means nothing. Where records are large, history
    and run are shorter than was asked for. The numbers are those of `advance`.
    """
    draw, entries = check_game(game, state, source, optimisers)
    record = _entries_only if record is None else record
    require_function("a function of a state, a draw and the entries", record=record)
    carried, still = eqx.partition(state, eqx.is_array)
    one = jax.eval_shape(
        lambda carried, *seen: record(eqx.combine(carried, still), *seen), carried, draw, entries
    )
    if not jax.tree.leaves(one):
        raise ValueError("record must return at least one array, but returns none.")
    if not isinstance(records, int):
        room = max(1, min(room, BYTES_RECORDED_AT_ONCE // max(1, _size(one))))
        records = jnp.minimum(records, room)
    block = _steps_drawn_at_once(draw, stride, room)
    length = max(1, block // stride)
    first_step = state.step

    def draws_from(first: Number, count: int) -> Draws:
        numbers = first + jnp.arange(count, dtype=jnp.int32)
        return jax.vmap(lambda number: draws_of_step(game.turns, source, state.key, number))(
            numbers
        )

    def one_step(carried: TrainState, draws: Draws) -> tuple[TrainState, Entries]:
        state, entries = play_step(game, optimisers, eqx.combine(carried, still), draws)
        return eqx.filter(state, eqx.is_array), entries

    def play(carried: TrainState, draws: Draws) -> tuple[TrainState, tuple[PyTree, Entries]]:
        carried, entries = jax.lax.scan(one_step, carried, draws, length=min(block, stride))
        return carried, (last(last(draws[-1])), last(entries))

    def recorded(carried: TrainState, seen: tuple[PyTree, Entries]) -> tuple[TrainState, PyTree]:
        return carried, record(eqx.combine(carried, still), *seen)

    def one_record(carried: TrainState, index: Number) -> tuple[TrainState, PyTree]:
        """A record of several blocks."""
        firsts = first_step + index * stride + jnp.arange(0, stride, block, dtype=jnp.int32)
        carried, seen = jax.lax.scan(
            lambda carried, first: play(carried, draws_from(first, block)), carried, firsts
        )
        return recorded(carried, last(seen))

    def one_block(carried: TrainState, index: Number) -> tuple[TrainState, PyTree]:
        """A block of several records."""
        drawn = draws_from(first_step + index * block, block)
        per_record = jax.tree.map(lambda leaf: leaf.reshape(-1, stride, *leaf.shape[1:]), drawn)
        rest = records - index * length
        return _recorded_loop(
            lambda carried, draws: recorded(*play(carried, draws)),
            carried,
            per_record,
            length if isinstance(records, int) else jnp.minimum(rest, length),
            length,
            one,
        )

    if length == 1:
        indices = jnp.arange(room, dtype=jnp.int32)
        carried, history = _recorded_loop(one_record, carried, indices, records, room, one)
    else:
        blocks = -(-records // length)
        indices = jnp.arange(room // length, dtype=jnp.int32)
        many = jax.tree.map(lambda leaf: _repeated(leaf, length), one)
        carried, history = _recorded_loop(one_block, carried, indices, blocks, room // length, many)
        history = jax.tree.map(lambda leaf: leaf.reshape(room, *leaf.shape[2:]), history)
    state = eqx.combine(carried, still)
    status = Status.where(state.failed, Status.nonfinite, Status.completed)
    steps = first_step + stride * jnp.arange(1, room + 1, dtype=jnp.int32)
    return Result(state=state, history=history, status=status, steps=steps)


def _recorded_loop(
    body: Callable[[TrainState, PyTree], tuple[TrainState, PyTree]],
    carried: TrainState,
    inputs: PyTree,
    count: int | Number,
    room: int,
    one: PyTree,
) -> tuple[TrainState, PyTree]:
    """`lax.scan` over the first `count` of `room` inputs; `one` is the shape of an output."""
    if isinstance(count, int):
        return jax.lax.scan(body, carried, inputs, length=count)
    outputs = jax.tree.map(lambda leaf: jnp.empty((room, *leaf.shape), leaf.dtype), one)

    def again(index: Number, carried: tuple[TrainState, PyTree]) -> tuple[TrainState, PyTree]:
        before, outputs = carried
        after, output = body(before, jax.tree.map(lambda leaf: leaf[index], inputs))
        return after, jax.tree.map(lambda kept, new: kept.at[index].set(new), outputs, output)

    return jax.lax.fori_loop(0, count, again, (carried, outputs))


def _size(shapes: PyTree) -> int:
    """Bytes of what has these shapes."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes))


def _repeated(leaf: jax.ShapeDtypeStruct, count: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct((count, *leaf.shape), leaf.dtype)


def _steps_drawn_at_once(draw: PyTree, stride: int, room: int) -> int:
    """Steps whose random numbers are made together, which is faster and changes no bit of them.

    Either some equal part of a record's steps, or the steps of several records.
    """
    most = max(1, min(STEPS_DRAWN_AT_ONCE, BYTES_DRAWN_AT_ONCE // max(1, _size(draw))))
    if most < stride:
        return max(length for length in range(1, most + 1) if stride % length == 0)
    return stride * max(count for count in range(1, most // stride + 1) if room % count == 0)


def _entries_only(state: TrainState, draw: PyTree, entries: Entries) -> Entries:
    del state, draw
    return entries


def _with_definite_type(leaf: PyTree) -> PyTree:
    """A number made an array by JAX takes on the types it meets; a player's type stays as it is."""
    return jnp.asarray(leaf, jnp.result_type(leaf)) if eqx.is_inexact_array(leaf) else leaf


def _copy(leaf: PyTree) -> PyTree:
    return jnp.copy(leaf) if eqx.is_array(leaf) else leaf
