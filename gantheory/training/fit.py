"""The host loop around the scan: progress, interruption, checkpoints, callbacks."""

import os
import time
import warnings
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from gantheory._checks import described, require_function
from gantheory._types import Source
from gantheory.data.played import stream_of, with_chunk
from gantheory.data.stream import Chunk, Stream, read_chunk
from gantheory.training.checkpoint import Checkpoint
from gantheory.training.checks import (
    check_game,
    check_length,
    check_on_host,
    check_reach,
    check_state,
)
from gantheory.training.diagnosis import first_failure
from gantheory.training.interruption import interruptions
from gantheory.training.loop import count_of_rows, play
from gantheory.training.pieces import batches_per_step, pace_of, pieces
from gantheory.training.processes import (
    check_agreement,
    fails_together,
    in_any_process,
    needs_all_processes,
    without_mesh,
    writes_files,
)
from gantheory.training.progress import progress_bar
from gantheory.training.record import Every, Record, map_record
from gantheory.training.state import Result, Status, TrainState

if TYPE_CHECKING:
    from gantheory.training.trainer import Trainer

_play = eqx.filter_jit(play)


@eqx.filter_jit
def _one_of_each(trainer: "Trainer", state: TrainState) -> PyTree:
    """One record of each cadence; only its shapes are asked for, and jit remembers the trace."""
    _, one = check_game(trainer, state)
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), one)


def fit(
    trainer: "Trainer",
    state: TrainState,
    steps: int,
    *,
    checkpoint: str | os.PathLike[str] | None,
    seconds_between_checkpoints: float | int,
    callback: Callable[[Result], bool | None] | Every | None,
    progress: bool,
) -> Result:
    """Train on the host; see `Trainer.fit`."""
    check_state(state)
    check_length(trainer, steps)
    check_on_host("fit", trainer, state)
    calls = _calls_of(callback)
    if bool(state.failed):
        raise ValueError(
            "state is the last good one of a run that became non-finite, and would break again. To "
            "go on from it under other settings, replace its field failed by jnp.array(False) "
            "(eqx.tree_at)."
        )
    check_reach(state, steps)
    run = _Run(trainer, int(state.step), steps, state)
    with closing(run):
        if checkpoint is not None:
            with fails_together(trainer.source):
                run.open(checkpoint, seconds_between_checkpoints)
        check_agreement(int(run.state.step), trainer.source)
        try:
            status = _train(run, calls, progress=progress)
        except BaseException:
            with suppress(OSError):  # the exception under way matters more
                run.write()
            raise
        return run.result(status)


@dataclass
class _Run:
    """A run on the host: where it began, where it will end, and how far it has come."""

    trainer: "Trainer"
    start: int
    steps: int
    state: TrainState
    histories: list[PyTree] = field(default_factory=list)
    keeper: Checkpoint | None = None
    source: Source | Chunk | Stream | None = None
    done: int = 0  # steps played since the start; a failed one counts, unlike in state.step

    @property
    def failed(self) -> bool:
        """Whether the next step breaks the run."""
        return bool(self.state.failed)

    def parts(self) -> dict[str, PyTree]:
        """All that decides how the run continues, by name."""
        players = {f"player {name!r}": one for name, one in self.state.players.items()}
        return {
            "game": self.trainer.game,
            "source": without_mesh(self.trainer.source),
            "optimisers": self.trainer.optimisers,
            "ema": self.trainer.ema,
            "record": self.trainer.record,
            "key": self.state.key,
            "step": self.state.step,
            "optimiser states": self.state.optimiser_states,
            "averages": self.state.ema,
            **players,
        }

    def one_record(self) -> PyTree:
        """What one record of each cadence looks like, as shapes."""
        return eqx.filter_eval_shape(_one_of_each, self.traced(), self.state)

    def traced(self) -> "Trainer":
        """The trainer with a source that can be traced."""
        source, stream = self.trainer.source, stream_of(self.trainer.source)
        if stream is not None:
            source = with_chunk(source, read_chunk(stream, batches_per_step(self.trainer), 0, 1, 1))
        return replace(self.trainer, source=source)

    def play(self, length: int, source: Source | Chunk, room: int) -> PyTree:
        """Take `length` steps, fewer if one fails, and return their records.

        All lengths share a compilation.
        """
        before = self.done
        trainer = replace(self.trainer, source=source)
        count, offset = (jnp.asarray(number, jnp.int32) for number in (length, before))
        with needs_all_processes(self.trainer.source):
            state, rows = _play(trainer, self.state, count, room=room, offset=offset)
            rows = jax.device_get(rows)
        if state.failed:  # the last record is that of the bad step: what follows is no training
            length = int(state.step) - self.start + 1 - before

        def reached(every: Every, rows: PyTree) -> PyTree:
            taken = count_of_rows(every, before, length)
            return jax.tree.map(lambda leaf: leaf[:taken], rows)

        history = map_record(reached, self.trainer.record, rows)
        # all at once: an interruption leaves no state without its history, which would be written
        whole = [*self.histories, history]
        self.source, self.state, self.histories, self.done = source, state, whole, before + length
        return history

    def open(self, checkpoint: str | os.PathLike[str], seconds_between: float | int) -> None:
        """Keep the run in a file, and continue from the file if it exists."""
        writes = writes_files(self.trainer.source)
        self.keeper = Checkpoint(checkpoint, self.parts(), seconds_between, writes=writes)
        found = self.keeper.read(self.state, self.one_record())
        if found is not None:
            self.state, history = found
            self.histories, self.done = [history], int(self.state.step) - self.start

    def close(self) -> None:
        """Allow other programs to write the checkpoint."""
        if self.keeper is not None:
            self.keeper.close()

    def write(self) -> None:
        """Write the checkpoint, if there is one."""
        if self.keeper is None or not writes_files(self.trainer.source):
            return
        self.histories = [self.history()]
        self.keeper.write(self.state, self.histories[0])

    def history(self) -> PyTree:
        """All records so far."""
        if self.histories:
            return _joined(self.histories)
        return jax.tree.map(lambda leaf: np.zeros((0, *leaf.shape), leaf.dtype), self.one_record())

    def result(self, status: Status) -> Result:
        """The outcome of the run."""
        failure = None
        if self.failed and self.source is not None:
            failure = first_failure(replace(self.trainer, source=self.source), self.state)
        elif self.failed:
            failure = first_failure(self.trainer, self.state)
        history = jax.tree.map(jnp.asarray, self.history())
        return Result(
            state=self.state,
            history=history,
            status=status,
            steps=_numbers(self.trainer.record, history, self.start, 0),
            failure=failure,
        )


@dataclass
class _Calls:
    """A callback, its cadence (None: after each piece), and the records since the last call."""

    function: Callable[[Result], Any]
    steps: int | None
    pending: list[PyTree] = field(default_factory=list)

    def made(self, run: _Run, history: PyTree, *, at_end: bool) -> bool:
        """Call the function if it is due; return whether it asks to stop."""
        self.pending.append(history)
        if self.steps is not None and run.done % self.steps and not at_end:
            return False
        history, self.pending = _joined(self.pending), []
        rows = _rows_before(run, history)
        answer = self.function(
            Result(
                state=run.state,
                history=history,
                status=Status.nonfinite if run.failed else Status.completed,
                steps=_numbers(run.trainer.record, history, run.start, rows),
            )
        )
        if answer is not None and not isinstance(answer, bool | np.bool_):
            raise TypeError(
                f"callback must return True to stop the run, or nothing; got {described(answer)}."
            )
        return bool(answer)


def _train(run: _Run, calls: _Calls | None, *, progress: bool) -> Status:
    """Play pieces until the run ends, and say how it ended."""
    if run.failed:
        return Status.nonfinite
    pace = pace_of(run.trainer, run.one_record())
    cadence = None if calls is None else calls.steps
    last = run.start + run.steps
    bar = progress_bar(run.start + run.done, last) if progress else nullcontext(lambda *_: None)
    with (
        interruptions() as interrupted,
        bar as report,
        closing(
            pieces(run.trainer, pace, run.start, run.done, run.steps, cadence)
        ) as lengths_and_sources,
    ):
        for length, source in lengths_and_sources:
            began = time.monotonic()
            history = run.play(length, source, pace.room)
            pace.measured(length, time.monotonic() - began)
            report(run.start + run.done, _note(history))
            ended = run.failed or run.done >= run.steps
            cut = in_any_process(interrupted(), run.trainer.source)
            with fails_together(run.trainer.source):
                stop = calls is not None and calls.made(run, history, at_end=ended or cut)
                if run.keeper is not None and (ended or run.keeper.is_due()):
                    _write_or_warn(run)
            if run.failed:
                return Status.nonfinite
            if run.done >= run.steps:
                return Status.completed
            if cut or in_any_process(interrupted(), run.trainer.source):
                _write_or_warn(run)
                return Status.interrupted
            if in_any_process(stop, run.trainer.source):
                _write_or_warn(run)
                return Status.stopped
    return Status.completed


def _write_or_warn(run: _Run) -> None:
    """A disk that fails does not end the run: it goes on, and its result is still returned."""
    try:
        run.write()
    except OSError as error:
        warnings.warn(f"{error}. The run goes on in memory.", RuntimeWarning, stacklevel=2)


def _calls_of(callback: object) -> _Calls | None:
    if callback is None:
        return None
    if isinstance(callback, Every):
        return _Calls(callback.function, callback.steps)
    require_function("a function of the result of a piece", callback=callback)
    return _Calls(callback, None)  # pyright: ignore[reportArgumentType]


def _joined(histories: list[PyTree]) -> PyTree:
    return jax.tree.map(lambda *parts: np.concatenate(parts), *histories)


def _rows(history: PyTree) -> int:
    return len(jax.tree.leaves(history)[0])


def _rows_before(run: _Run, history: PyTree) -> PyTree:
    """How many records of each cadence lie before those of a part of the history."""
    return map_record(
        lambda every, part: run.done // every.steps - _rows(part), run.trainer.record, history
    )


def _numbers(record: Record, history: PyTree, start: int, before: PyTree) -> PyTree:
    """The numbers of the steps after which the records were taken."""
    before = before if before else map_record(lambda every: 0, record)

    def of(every: Every, part: PyTree, rows: int) -> PyTree:
        return start + every.steps * jnp.arange(rows + 1, rows + 1 + _rows(part), dtype=jnp.int32)

    return map_record(of, record, history, before)


def _note(history: PyTree) -> str:
    """The latest scalars, for the progress bar."""
    leaves = jax.tree_util.tree_leaves_with_path(history)
    return " ".join(
        f"{path[-1].key} {value[-1]:.3f}"
        for path, value in leaves
        if isinstance(path[-1] if path else None, jax.tree_util.DictKey)
        and np.ndim(value) == 1
        and len(value)
    )
