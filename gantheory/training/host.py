"""The host loop around the scan: progress, interruption, early stop."""

import math
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import FrameType

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from gantheory.checks import require_count
from gantheory.games import Game, Players
from gantheory.shapes import Key
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
    progress: bool = True,
) -> Result:
    """Train a game from fresh players, compiled, watched and interruptible.

    The numbers are those of `train`. The run is cut into pieces; between them the progress bar
    moves, the history leaves the device, Ctrl-C is obeyed (a second Ctrl-C stops at once) and a run
    that became non-finite ends.

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
        progress: Show a bar with the time left on standard error.

    Returns:
        Players, averages, history, status and state; also after an interruption.

    Raises:
        TypeError: A player who moves owns no floating-point array.
        ValueError: An argument does not fit the game; the message names it.
    """
    state = start(game, players, optimisers=optimisers, key=key, average=average)
    return resume(
        game,
        state,
        source,
        optimisers=optimisers,
        steps=steps,
        record=record,
        stride=stride,
        progress=progress,
    )


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
    require_count(steps=steps, stride=stride)
    if steps % stride:
        raise ValueError(f"steps must be a multiple of stride, got {steps} and {stride}.")
    status = Status.completed
    histories: list[PyTree] = []
    done = int(state.step)
    last = done + steps
    with _interruptions() as interrupted, _bar(progress, done, last) as report:
        for piece in _pieces(steps, stride):
            result = _advance(
                game,
                state,
                source,
                optimisers=dict(optimisers),
                steps=piece,
                record=record,
                stride=stride,
            )
            state = result.state
            histories.append(jax.device_get(result.history))
            done += piece
            report(done, _note(histories[-1]))
            if bool(state.failed):
                status = Status.nonfinite
                break
            if interrupted():
                status = Status.interrupted if done < last else Status.completed
                break
    history = jax.tree.map(lambda *parts: jnp.asarray(np.concatenate(parts)), *histories)
    return Result(state=state, history=history, status=status)


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
