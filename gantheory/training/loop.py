"""The one training loop: any game, any number of players, one `lax.scan`.

    blocks   |-----------------|-----------------|-----------|   random numbers of a block at once
    steps    |--|--|--|--|--|--|--|--|--|--|--|--|--|--|--|--|   one step of the game each
    records     r  r  r  r  r  r ...                             Every(1): a row after each step
                            R              R              R      Every(5): a row after each fifth

Blocks exist for speed alone: drawing many steps' random numbers in one call is faster, and changes
no bit. The rows of all cadences are written into arrays that travel with the state, so there is one
loop whatever is recorded, and the number of steps may be known at run time only.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from gantheory.data.stream import Number
from gantheory.training.checks import check_game
from gantheory.training.record import Every, Record, map_record, pairs
from gantheory.training.state import TrainState
from gantheory.training.step import batches_of_step, last, map_keys, play_step

if TYPE_CHECKING:
    from gantheory.training.trainer import Trainer

STEPS_DRAWN_AT_ONCE = 128
BYTES_DRAWN_AT_ONCE = 2**20


def play(
    trainer: "Trainer",
    state: TrainState,
    steps: int | Number,
    *,
    room: int,
    offset: int | Number = 0,
) -> tuple[TrainState, PyTree]:
    """Train on from a state; the new state, and for each cadence of the record its rows.

    The rows have room for `room` steps, and `steps`, which may be traced, is at most that; rows
    that are not reached are zero. Cadences count on from the `offset` steps before the state.
    """
    batch, one = check_game(trainer, state)
    rows = map_record(lambda every, shape: _empty_rows(every, shape, room), trainer.record, one)
    params, static = eqx.partition(state, eqx.is_array)
    first = state.step

    def one_step(carry: PyTree, inputs: PyTree) -> PyTree:
        (params, rows), (index, batches) = carry, inputs
        params, batches = _apart((params, batches))
        state = eqx.combine(params, static)
        played = play_step(trainer.game, trainer.optimisers, trainer.ema, state, batches)
        state, entries = _apart(played)
        seen = (state, last(batches[-1]), entries)
        written = map_record(
            lambda every, rows: _write(every, rows, offset + index + 1, offset, seen),
            trainer.record,
            rows,
        )
        return eqx.filter(state, eqx.is_array), written

    def draw(numbers: Array) -> PyTree:
        def of_step(number: Number) -> PyTree:
            return batches_of_step(trainer.game.turns, trainer.source, state.key, number)

        return map_keys(of_step, first + numbers, state.key)

    length = _block_length(batch, room)
    blocks = -(-steps // length)
    starts = length * jnp.arange(-(-room // length), dtype=jnp.int32)
    # A shorter last block would be a second program for the same step, which may round differently:
    # it is a block like the others, of which fewer steps are played.
    in_full = isinstance(steps, int) and steps % length == 0

    def next_block(carry: PyTree, start: Number) -> PyTree:
        count = length if in_full else jnp.minimum(steps - start, length)
        numbers = start + jnp.arange(length, dtype=jnp.int32)
        return scan_first(one_step, carry, (numbers, draw(numbers)), count)

    params, rows = scan_first(next_block, (params, rows), starts, blocks)
    return eqx.combine(params, static), rows


def scan_first(
    body: Callable[[PyTree, PyTree], PyTree],
    carry: PyTree,
    inputs: PyTree,
    count: int | Number,
) -> PyTree:
    """`lax.scan` without outputs over the first `count` inputs; `count` may be traced."""
    if isinstance(count, int):
        return jax.lax.scan(lambda carry, one: (body(carry, one), None), carry, inputs)[0]
    return jax.lax.fori_loop(
        0, count, lambda i, carry: body(carry, jax.tree.map(lambda leaf: leaf[i], inputs)), carry
    )


def _apart(tree: PyTree) -> PyTree:
    """The same tree, behind a barrier across which XLA fuses nothing.

    A step that is fused with the drawing of its batches or with the writing of its record rounds
    differently in each program, and a run in pieces, or with another record, has other bits.
    """
    arrays, static = eqx.partition(tree, eqx.is_array)
    return eqx.combine(jax.lax.optimization_barrier(arrays), static)


def count_of_rows(every: Every, before: int, steps: int) -> int:
    """How many records a cadence makes in `steps` steps after the first `before` of a run."""
    return (before + steps) // every.steps - before // every.steps


def room_for(record: Record, one: PyTree, most: int, most_bytes: int) -> int:
    """How many steps, at most `most`, can be recorded in so many bytes; at least one."""
    per_step = sum(size_of(shape) / every.steps for every, shape in pairs(record, one))
    return max(1, min(most, int(most_bytes / max(per_step, 1))))


def size_of(shapes: PyTree) -> int:
    """Bytes of arrays of these shapes."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes))


def _write(every: Every, rows: PyTree, done: Number, offset: int | Number, seen: PyTree) -> PyTree:
    """The rows of a cadence after step number `done` of the run."""

    def written(rows: PyTree) -> PyTree:
        place = done // every.steps - 1 - offset // every.steps
        return jax.tree.map(
            lambda row, new: jax.lax.dynamic_update_index_in_dim(row, new, place, 0),
            rows,
            every.function(*seen),
        )

    if every.steps == 1:
        return written(rows)
    # The counter is the same in all runs of an ensemble, so vmap keeps this a real branch; and XLA
    # updates the rows in place in one branch and passes them on in the other (measured: no copy).
    return jax.lax.cond(done % every.steps == 0, written, lambda rows: rows, rows)


def _empty_rows(every: Every, shape: PyTree, room: int) -> PyTree:
    rows = -(-room // every.steps)  # at most so many multiples lie in `room` steps in a row
    return jax.tree.map(lambda leaf: jnp.zeros((rows, *leaf.shape), leaf.dtype), shape)


def _block_length(batch: PyTree, room: int) -> int:
    """How many steps' random numbers are drawn together: all blocks alike if a divisor is near."""
    most = max(1, min(room, STEPS_DRAWN_AT_ONCE, BYTES_DRAWN_AT_ONCE // max(1, size_of(batch))))
    near = [length for length in range(most // 2 + 1, most + 1) if room % length == 0]
    return max(near, default=most)
