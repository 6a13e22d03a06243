"""The host loop around the scan: progress, interruption, early stop."""

import math
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from gantheory._checks import described, require_function
from gantheory.games import Game, Players
from gantheory.shapes import Key
from gantheory.training.boundary import check_length, check_on_host
from gantheory.training.checkpoint import Checkpoint
from gantheory.training.devices import (
    check_agreement,
    in_any_process,
    needs_all_processes,
    without_mesh,
    writes_files,
)
from gantheory.training.diagnosis import first_failure
from gantheory.training.interruption import interruptions
from gantheory.training.optimiser import Optimiser
from gantheory.training.progress import progress_bar
from gantheory.training.scan import Record, advance, advance_some, start
from gantheory.training.state import Result, Status, TrainState
from gantheory.data.stream import Chunk, Source, Stream, longest_piece, read_ahead, read_chunk

PIECES = 20
LONGEST_PIECE = 1000

_advance = eqx.filter_jit(advance)
_advance_some = eqx.filter_jit(advance_some)


def fit(
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
    checkpoint: str | os.PathLike[str] | None = None,
    seconds_between_checkpoints: float | int = 30.0,
    callback: Callable[[Result], None] | None = None,
    progress: bool = True,
) -> Result:
    """Train a game from fresh players, compiled, watched and interruptible.

    The numbers are those of `train`. The run is cut into pieces; between them the progress bar
    moves, the history leaves the device, the checkpoint is written, Ctrl-C is obeyed (a second Ctrl-C
    stops at once) and a run that became non-finite ends, with the name of the player who broke it.

    Args:
        game: Who moves when, and what everybody minimises.
        players: Name to pytree.
        source: Makes all that is random in one turn from a key; or a `Stream` of data on the host.
        optimisers: Name to optimiser; a player without one is frozen.
        steps: How often the game's turns are played.
        key: Random key of the run.
        record: What is kept of a step; by default its entries. See `train`.
        stride: Record every so many steps; `steps` must be a multiple of it.
        average: Name to decay of the players whose moving average is kept.
        checkpoint: A file. If it exists, the run goes on from it, up to `steps` in all, bit for bit
            as if it had never stopped; a file of another run is refused.
        seconds_between_checkpoints: A piece that ends this long after the last writing is followed by
            another. The end of the run is always written, however the run ends.
        callback: Called after each piece with its result: the state, and the history of the piece.
        progress: Show a bar with the losses and the time left on standard error.

    Returns:
        Players, averages, history, status and state; also after an interruption.

    Raises:
        TypeError: A player who moves owns no floating-point array.
        ValueError: An argument does not fit the game, or the checkpoint is damaged or belongs to
            another run; the message names it.
        OSError: The checkpoint could not be written. The one before is still there.

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
        >>> result = gt.fit(game, players, source, optimisers=both, steps=4, key=key, progress=False)
        >>> result
        Result(4 steps; all steps were taken; players: discriminator, generator)
        >>> samples = jax.vmap(result.players["generator"])(jax.random.uniform(key, (10, 1)))
    """
    check_length(steps, stride)
    check_on_host("fit", source, game, players, optimisers, key)
    _check_callback(callback)
    state = start(game, players, optimisers=optimisers, key=key, average=average)
    run = _Run(game, source, dict(optimisers), record, stride)
    if checkpoint is None:
        return _play_on(run, state, None, steps, callback=callback, progress=progress)
    keeper = Checkpoint(
        checkpoint,
        (game, without_mesh(source), run.optimisers, state, stride),
        seconds_between_checkpoints,
    )
    found = keeper.read(state, run.one_record(state))
    state, history = (state, None) if found is None else found
    check_agreement(int(state.step), source)
    return _play_on(run, state, history, steps, keeper=keeper, callback=callback, progress=progress)


def resume(
    game: Game,
    state: TrainState,
    source: Source,
    *,
    optimisers: Mapping[str, Optimiser],
    steps: int,
    record: Record | None = None,
    stride: int = 1,
    callback: Callable[[Result], None] | None = None,
    progress: bool = True,
) -> Result:
    """Train `steps` further steps from a state, such as that of an interrupted result.

    Arguments as in `fit`. The run goes on exactly where it stopped: with the same game, source and
    optimisers it is bit-identical to a run that never stopped.

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
        >>> result = gt.fit(game, players, source, optimisers=both, steps=4, key=key, progress=False)
        >>> gt.resume(game, result.state, source, optimisers=both, steps=2, progress=False)
        Result(6 steps; all steps were taken; players: discriminator, generator)
    """
    check_length(steps, stride)
    if not isinstance(state, TrainState):
        raise TypeError(
            f"state must be a TrainState, such as that of a result, result.state; got {described(state)}."
        )
    check_on_host("resume", source, game, state, optimisers)
    _check_callback(callback)
    if bool(state.failed):
        raise ValueError(
            "state is the last good one of a run that became non-finite, and would break again. To go "
            "on from it under other settings, replace its field failed by False (eqx.tree_at)."
        )
    run = _Run(game, source, dict(optimisers), record, stride)
    last = int(state.step) + steps
    return _play_on(run, state, None, last, callback=callback, progress=progress)


@dataclass(frozen=True)
class _Run:
    """What stays the same over all pieces of a run."""

    game: Game
    source: Source
    optimisers: dict[str, Optimiser]
    record: Record | None
    stride: int

    def play(self, state: TrainState, source: Source | Chunk, steps: int) -> Result:
        """A piece of the run, its history on the host; of a source, all lengths share a compilation."""
        if isinstance(source, Chunk):
            result = _advance(self.game, state, source, steps=steps, **self._rest())
            return eqx.tree_at(lambda r: r.history, result, jax.device_get(result.history))
        room, records = max(1, LONGEST_PIECE // self.stride), steps // self.stride
        seen: list[PyTree] = []
        while True:
            wanted = jnp.asarray(records, jnp.int32)
            result = _advance_some(
                self.game, state, source, records=wanted, room=room, **self._rest()
            )
            state, count = result.state, min(records, result.steps.size)
            taken = jax.device_get((result.history, result.steps))
            seen.append(jax.tree.map(lambda leaf, count=count: leaf[:count], taken))
            records -= count
            if records == 0:
                break
        history, numbers = _joined(seen)
        return Result(
            state=state, history=history, status=result.status, steps=jnp.asarray(numbers)
        )

    def one_record(self, state: TrainState) -> PyTree:
        """What one record looks like, as shapes."""
        source = self.source
        if isinstance(source, Stream):
            source = read_chunk(source, self.game, 0, 1)
        result = eqx.filter_eval_shape(
            _advance, self.game, state, source, steps=self.stride, **self._rest()
        )
        return jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), result.history
        )

    def _rest(self) -> dict[str, Any]:
        return {"optimisers": self.optimisers, "record": self.record, "stride": self.stride}

    def pieces(self, first: int, steps: int) -> Generator[tuple[int, Source | Chunk], None, None]:
        """The lengths of the pieces, and the source of each."""
        longest = longest_piece(self.source, self.game, LONGEST_PIECE)
        return read_ahead(self.source, self.game, first, _pieces(steps, self.stride, longest))


def _play_on(
    run: _Run,
    state: TrainState,
    history: PyTree,
    last: int,
    *,
    keeper: Checkpoint | None = None,
    callback: Callable[[Result], None] | None,
    progress: bool,
) -> Result:
    """Play pieces from a state up to step number `last`, whatever happens on the way."""
    histories: list[PyTree] = [] if history is None else [history]
    done = int(state.step)
    recorded_from = done if history is None else 0
    source = run.source
    status = Status.nonfinite if bool(state.failed) else Status.completed
    left = 0 if bool(state.failed) else max(0, last - done)
    with (
        interruptions() as interrupted,
        _bar(progress, done, last) as report,
        closing(run.pieces(done, left)) as pieces,
    ):
        for piece, source in pieces:
            with needs_all_processes(run.source):
                result = run.play(state, source, piece)
            histories.append(result.history)
            state = result.state
            done += piece
            report(done, _note(histories[-1]))
            if bool(state.failed):
                status = Status.nonfinite
            elif in_any_process(interrupted(), run.source) and done < last:
                status = Status.interrupted
            ends = done >= last or status is not Status.completed
            if keeper is not None and (ends or keeper.is_due()):
                histories = [_joined(histories)]
                if writes_files(run.source):
                    keeper.write(state, histories[0])
            if callback is not None:
                callback(result)
            if ends:
                break
    history = jax.tree.map(jnp.asarray, _joined(histories))
    records = jax.tree.leaves(history)[0].shape[0]
    return Result(
        state=state,
        history=history,
        status=status,
        steps=recorded_from + run.stride * jnp.arange(1, records + 1, dtype=jnp.int32),
        failure=(
            first_failure(run.game, state, source, optimisers=run.optimisers)
            if bool(state.failed)
            else None
        ),
    )


def _check_callback(callback: Callable[[Result], None] | None) -> None:
    if callback is not None:
        require_function("a function of the result of a piece", callback=callback)


def _joined(histories: list[PyTree]) -> PyTree:
    return jax.tree.map(lambda *parts: np.concatenate(parts), *histories)


def _pieces(steps: int, stride: int, longest: int = LONGEST_PIECE) -> Iterator[int]:
    """Lengths that add up to `steps`, all equal where a divisor is near, else with one remainder."""
    records = steps // stride
    most = max(1, min(math.ceil(records / PIECES), longest // stride))
    equal = [count for count in range(math.ceil(most / 2), most + 1) if records % count == 0]
    count = max(equal, default=most)
    for first in range(0, records, count):
        yield min(count, records - first) * stride


def _bar(progress: bool, done: int, total: int):  # noqa: FBT001
    return progress_bar(done, total) if progress else nullcontext(lambda *_: None)


def _note(history: PyTree) -> str:
    """The latest scalars, for the progress bar."""
    if not isinstance(history, dict):
        return ""
    return " ".join(
        f"{name} {value[-1]:.3f}" for name, value in history.items() if np.ndim(value) == 1
    )
