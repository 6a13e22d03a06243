"""Making the runs of a study, in groups that share a compiled program."""

import math
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jaxtyping import Array

from gantheory._checks import described, is_array
from gantheory.shapes import Key, Scalar
from gantheory.study.executors import Groups, require_executor
from gantheory.study.table import Row, Table, row_name
from gantheory.study.trials import OWN, Trial
from gantheory.training import fit_ensemble
from gantheory.training.interruption import interruptions

__all__ = ["Program", "Run", "run_trials"]

Run = Callable[[Key, dict[str, Array]], dict[str, Scalar]]
"""One run: a key and the real-valued settings in, scalars out."""

Program = Callable[[str, dict[str, int | bool]], Run]
"""From a subject, and the settings that choose the program, to a run."""

_Choice = tuple[str, tuple[tuple[str, int | bool], ...], frozenset[str]]
"""What chooses a program: the subject and the fixed settings."""

RUNS_AT_ONCE = 16


def run_trials(
    program: Program,
    trials: Sequence[Trial],
    *,
    key: Key,
    table: Table,
    mesh: Mesh | None = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> list[Row]:
    """Make the runs that the table does not hold yet, and add a row for each.

    Trials of one subject that agree in the settings that choose the program are vectorised, sixteen
    at a time, and their rows are written as soon as they are done: a study that was killed goes on
    after the last group. An integer or a bool chooses the program and is in `fixed`; a real number,
    also `1.0`, varies inside it and is in `numbers`.

    Several processes may share a table, each with trials of its own. Where two make the same run,
    the first row stays, and the later process is warned.

    Ctrl-C lets the current runs finish, writes their rows and raises `KeyboardInterrupt`; the same
    call continues from there. A second Ctrl-C stops at once.

    With an executor its workers run the groups, one at a time in each process, and this process
    alone writes the table. On machines of one kind, with as many cores, the rows are those of a
    study without it, to the last digit, but for `seconds`. The program is pickled: it must be at
    the top level of a module that the workers can import or, where `cloudpickle` is installed, may
    be a closure. A group that is lost with its worker is tried three times in all. At a Ctrl-C
    the executor is asked to cancel what it has not begun.

    A row holds `subject`, `phase` and `number`, the setting, `seconds` (the group's time,
    compilation included, divided by its runs), `status` ("completed", or "failed" if an outcome is
    not finite) and the outcomes. A failure is a result: it has its row like any other. Training
    that broke and left a finite score is "completed"; to count it as failed, return as the score
    `jnp.where(result.state.failed, jnp.nan, score)`.

    Args:
        program: From a subject, and the settings that choose the program, to one run,
            `(key, numbers) -> outcomes`, a dict of scalar arrays. Return the same function for the
            same arguments; otherwise every phase is compiled again.
        trials: The trials; no two of the same subject, phase and number.
        key: The study's key, from which each trial's own is folded. The table does not keep it: use
            one key for one table.
        table: Where the rows are kept.
        mesh: Split the runs of a group over all devices of this mesh.
        executor: Run the groups on the workers of this `concurrent.futures.Executor`: a pool of
            processes that do not fork, or what Dask or mpi4py offer.
        progress: Show a bar for each group, or with an executor for all groups, on standard error.

    Returns:
        The rows of the given trials, in their order, whenever they were run.

    Raises:
        TypeError: `table` is not a `Table`, a run does not return a dict of scalar arrays, or the
            program cannot be pickled for an executor.
        ValueError: Two trials are the same, the table holds a row of a trial with another setting,
            an outcome has the name of another column, or the executor comes with a mesh or forks.
        RuntimeError: The executor lost a group three times or takes no more, or a worker has other
            versions or settings of JAX, cannot load the program or fails in a run, but for a
            `TypeError` or `ValueError` of the run, which keeps its type. Finished groups keep their
            rows.
        OSError: The table cannot be written. This is tried before the first run.
        KeyboardInterrupt: Ctrl-C was pressed.

    Examples:
        >>> import tempfile
        >>> import jax
        >>> from gantheory import study
        >>> def program(subject, fixed):
        ...     return lambda key, numbers: {"score": numbers["rate"] ** 2}
        >>> key, space = jax.random.key(0), {"rate": study.Uniform(0.0, 1.0)}
        >>> trials = study.random_trials("toy", space, phase="wide", count=3, key=key)
        >>> table = study.Table(tempfile.mkdtemp() + "/runs.sqlite")
        >>> rows = study.run_trials(program, trials, key=key, table=table, progress=False)
        >>> [row["status"] for row in rows]
        ['completed', 'completed', 'completed']
    """
    if not isinstance(table, Table):
        raise TypeError(
            f'table must be a study.Table, such as study.Table("a.sqlite"), got {described(table)}.'
        )
    if executor is not None:
        require_executor(executor, mesh)
    _check_distinct(trials)
    known = _rows_of(trials, table)
    missing = [trial for trial in trials if _name(trial) not in known]
    if missing:
        table.prepare(_row(trial, {}, seconds=0.0) for trial in missing)
    groups, make = _groups(missing), _Maker(program, key)
    with interruptions() as interrupted:
        if executor is None:
            made = _made_here(make, groups, table, interrupted, mesh=mesh, progress=progress)
        else:
            made = Groups(executor, make, groups).made(interrupted, progress=progress)
        with closing(made):
            for rows in made:
                if table.add_missing(rows) < len(rows):
                    warnings.warn(
                        f"another process has made runs of {row_name(rows[0])} and after it at the "
                        f"same time; {table.path} keeps its rows.",
                        stacklevel=2,
                    )
    known = _rows_of(trials, table)
    return [known[_name(trial)] for trial in trials]


def _groups(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Trials that are run together: of one program, in the order of its first appearance."""
    members: dict[_Choice, list[Trial]] = {}
    for trial in trials:
        members.setdefault(_choice(trial), []).append(trial)
    return [
        those[first : first + RUNS_AT_ONCE]
        for those in members.values()
        for first in range(0, len(those), RUNS_AT_ONCE)
    ]


class _Checked(eqx.Module):
    """A run that raises, while it is traced, if what it returns does not make a row."""

    run: Run
    taken: frozenset[str] = eqx.field(static=True)

    def __call__(self, key: Key, numbers: dict[str, Array]) -> dict[str, Scalar]:
        outcomes = self.run(key, numbers)
        if not isinstance(outcomes, Mapping):
            raise TypeError(
                f"a run must return a dict of scalar arrays, got {described(outcomes)}."
            )
        for name, outcome in outcomes.items():
            if not is_array(outcome) or outcome.shape != ():
                raise TypeError(
                    "a run must return a dict of scalar arrays, "
                    f"but {name!r} is {described(outcome)}."
                )
            if name in self.taken:
                raise ValueError(
                    f"a run must not return {name!r}, which is another column of its row."
                )
        return {name: jnp.asarray(outcome) for name, outcome in outcomes.items()}


class _Maker:
    """Makes the rows of a group, here or on a worker, and builds each program once."""

    def __init__(self, program: Program, key: Key):
        self.program, self.key = program, key
        self.runs: dict[_Choice, _Checked] = {}

    def __call__(
        self, group: Sequence[Trial], *, mesh: Mesh | None = None, progress: bool = False
    ) -> list[Row]:
        subject, fixed, _ = choice = _choice(group[0])
        if choice not in self.runs:
            taken = frozenset({*OWN, *group[0].setting})
            self.runs[choice] = _Checked(self.program(subject, dict(fixed)), taken)
        return _rows(self.runs[choice], group, key=self.key, mesh=mesh, progress=progress)


def _made_here(
    make: _Maker,
    groups: Iterable[Sequence[Trial]],
    table: Table,
    interrupted: Callable[[], bool],
    *,
    mesh: Mesh | None,
    progress: bool,
) -> Generator[list[Row], None, None]:
    """The rows of one group after the other, without those that the table has got meanwhile."""
    for group in groups:
        made_meanwhile = _rows_of(group, table)
        left = [trial for trial in group if _name(trial) not in made_meanwhile]
        if left:
            yield make(left, mesh=mesh, progress=progress)
            if interrupted():
                raise KeyboardInterrupt


def _rows(
    run: _Checked, group: Sequence[Trial], *, key: Key, mesh: Mesh | None, progress: bool
) -> list[Row]:
    """Run a group; its rows or, after a Ctrl-C, those of its first runs."""
    start = time.perf_counter()
    numbers = {
        name: jnp.asarray([trial.numbers()[name] for trial in group], float)
        for name in group[0].numbers()
    }
    keys = jnp.stack([trial.key(key) for trial in group])
    outcomes = jax.device_get(fit_ensemble(run, keys, numbers, mesh=mesh, progress=progress))
    done = min((len(values) for values in outcomes.values()), default=len(group))
    seconds = (time.perf_counter() - start) / done
    return [
        _row(trial, {name: float(many[n]) for name, many in outcomes.items()}, seconds=seconds)
        for n, trial in enumerate(group[:done])
    ]


def _row(trial: Trial, outcomes: Mapping[str, float], *, seconds: float) -> Row:
    finite = all(math.isfinite(value) for value in outcomes.values())
    return {
        "subject": trial.subject,
        "phase": trial.phase,
        "number": trial.number,
        **trial.setting,
        "seconds": round(seconds, 3),
        "status": "completed" if finite else "failed",
        **outcomes,
    }


def _choice(trial: Trial) -> _Choice:
    """What the trials of a program share: subject, fixed settings, and the names of the others."""
    return trial.subject, tuple(trial.fixed().items()), frozenset(trial.numbers())


def _name(trial: Trial) -> tuple[str, str, int]:
    return trial.subject, trial.phase, trial.number


def _rows_of(trials: Sequence[Trial], table: Table) -> dict[tuple[str, str, int], Row]:
    """The table's rows of these trials, after a check that their settings are the same."""
    wanted = {_name(trial): trial for trial in trials}
    found = {}
    for row in table.rows:
        name = (str(row["subject"]), str(row["phase"]), int(row["number"]))
        if name in wanted:
            for setting, value in wanted[name].setting.items():
                if row.get(setting) != value:
                    raise ValueError(
                        f"table holds {row_name(row)} with {setting} = {row.get(setting)}, "
                        f"not {value}: it belongs to another study."
                    )
            found[name] = row
    return found


def _check_distinct(trials: Sequence[Trial]) -> None:
    for (subject, phase, number), count in Counter(map(_name, trials)).items():
        if count > 1:
            raise ValueError(
                f"trials must be distinct, got {subject}/{phase} number {number} twice."
            )
