"""The host loop around the scan: progress, interruption, early stop."""

import math
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from types import FrameType

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from gantheory.games import Game, Players
from gantheory.shapes import Key
from gantheory.training.boundary import check_length
from gantheory.training.checkpoint import Checkpoint
from gantheory.training.optimiser import Optimiser
from gantheory.training.progress import progress_bar
from gantheory.training.scan import Record, Source, advance, start
from gantheory.training.state import Result, Status, TrainState

PIECES = 20
LONGEST_PIECE = 1000

_advance = eqx.filter_jit(advance)


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
    progress: bool = True,
) -> Result:
    """Train a game from fresh players, compiled, watched and interruptible.

    The numbers are those of `train`. The run is cut into pieces; between them the progress bar
    moves, the history leaves the device, the checkpoint is written (every half minute, and at the
    end), Ctrl-C is obeyed (a second Ctrl-C stops at once) and a run that became non-finite ends.

    Args:
        game: Who moves when, and what everybody minimises.
        players: Name to pytree.
        source: Makes all that is random in one turn from a key.
        optimisers: Name to optimiser; a player without one is frozen.
        steps: How often the game's turns are played.
        key: Random key of the run.
        record: What is kept of a step; by default its entries. See `train`.
        stride: Record every so many steps; `steps` must be a multiple of it.
        average: Name to decay of the players whose moving average is kept.
        checkpoint: A file. If it exists, the run goes on from it, up to `steps` in all, bit for bit
            as if it had never stopped; a file of another run is refused.
        progress: Show a bar with the time left on standard error.

    Returns:
        Players, averages, history, status and state; also after an interruption.

    Raises:
        TypeError: A player who moves owns no floating-point array.
        ValueError: An argument does not fit the game, or the checkpoint is damaged or belongs to
            another run; the message names it.
    """
    check_length(steps, stride)
    state = start(game, players, optimisers=optimisers, key=key, average=average)
    play = partial(
        _advance, game, source=source, optimisers=dict(optimisers), record=record, stride=stride
    )
    if checkpoint is None:
        return _play_on(play, state, None, steps, stride, progress=progress)
    keeper = Checkpoint(checkpoint, (game, source, dict(optimisers), state, stride))
    one_record = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype),
        eqx.filter_eval_shape(play, state, steps=stride).history,
    )
    found = keeper.read(state, one_record)
    state, history = (state, None) if found is None else found
    return _play_on(play, state, history, steps, stride, keeper=keeper, progress=progress)


def resume(
    game: Game,
    state: TrainState,
    source: Source,
    *,
    optimisers: Mapping[str, Optimiser],
    steps: int,
    record: Record | None = None,
    stride: int = 1,
    progress: bool = True,
) -> Result:
    """Train `steps` further steps from a state, such as that of an interrupted result.

    Arguments as in `fit`. The run goes on exactly where it stopped: with the same game, source and
    optimisers it is bit-identical to a run that never stopped.
    """
    check_length(steps, stride)
    play = partial(
        _advance, game, source=source, optimisers=dict(optimisers), record=record, stride=stride
    )
    last = int(state.step) + steps
    return _play_on(play, state, None, last, stride, progress=progress)


def _play_on(
    play: Callable[..., Result],
    state: TrainState,
    history: PyTree,
    last: int,
    stride: int,
    *,
    keeper: Checkpoint | None = None,
    progress: bool,
) -> Result:
    """Play pieces from a state up to step number `last`, whatever happens on the way."""
    histories: list[PyTree] = [] if history is None else [history]
    done = int(state.step)
    status = Status.nonfinite if bool(state.failed) else Status.completed
    left = 0 if bool(state.failed) else max(0, last - done)
    with _interruptions() as interrupted, _bar(progress, done, last) as report:
        for piece in _pieces(left, stride):
            result = play(state, steps=piece)
            state = result.state
            histories.append(jax.device_get(result.history))
            done += piece
            report(done, _note(histories[-1]))
            if bool(state.failed):
                status = Status.nonfinite
            elif interrupted() and done < last:
                status = Status.interrupted
            ends = done >= last or status is not Status.completed
            if keeper is not None and (ends or keeper.is_due()):
                histories = [_joined(histories)]
                keeper.write(state, histories[0])
            if ends:
                break
    history = jax.tree.map(jnp.asarray, _joined(histories))
    return Result(state=state, history=history, status=status)


def _joined(histories: list[PyTree]) -> PyTree:
    return jax.tree.map(lambda *parts: np.concatenate(parts), *histories)


def _pieces(steps: int, stride: int) -> Iterator[int]:
    """Lengths that add up to `steps`, all equal where a divisor is near, else with one remainder."""
    records = steps // stride
    most = max(1, min(math.ceil(records / PIECES), LONGEST_PIECE // stride))
    equal = [count for count in range(math.ceil(most / 2), most + 1) if records % count == 0]
    count = max(equal, default=most)
    for first in range(0, records, count):
        yield min(count, records - first) * stride


def _bar(progress: bool, done: int, total: int):  # noqa: FBT001
    return progress_bar(done, total) if progress else nullcontext(lambda *_: None)


@contextmanager
def _interruptions() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a flag that is looked at between pieces."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    seen = False
    previous = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        if seen:
            raise KeyboardInterrupt
        seen = True

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: seen
    finally:
        signal.signal(signal.SIGINT, previous)


def _note(history: PyTree) -> str:
    """The latest scalars, for the progress bar."""
    if not isinstance(history, dict):
        return ""
    return " ".join(
        f"{name} {value[-1]:.3f}" for name, value in history.items() if np.ndim(value) == 1
    )
