"""Trials: which runs a study makes, and making them in groups that share a compiled program."""

import math
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jaxtyping import Array

from gantheory._checks import described, is_array, require_count
from gantheory.shapes import Key, Scalar
from gantheory.study.spaces import Setting, Space, number_of, sample_setting
from gantheory.study.table import KEY, Row, Table, row_name
from gantheory.training import fit_ensemble
from gantheory.training.interruption import interruptions

__all__ = ["Program", "Run", "Trial", "best_row", "random_trials", "repeated_trials", "run_trials"]

Run = Callable[[Key, dict[str, Array]], dict[str, Scalar]]
"""One run: a key and the real-valued settings in, scalars out."""

Program = Callable[[str, dict[str, int | bool]], Run]
"""From a subject, and the settings that choose the program, to a run."""

RUNS_AT_ONCE = 16

OWN = (*KEY, "seconds", "status")
"""The columns of a row beside those of its setting and of its outcomes."""


@dataclass(frozen=True)
class Trial:
    """One run to be made: of what, in which phase of the study, with which setting.

    `number` tells the trials of a phase apart and gives each its random key.

    Raises:
        TypeError: A value of the setting is not a number or bool of Python, or a name is not text.
        ValueError: A setting is NaN, or has the name of another column of a row.

    Examples:
        >>> from gantheory import study
        >>> trial = study.Trial("wgan", "wide", 0, {"clip_bound": 0.01, "discriminator_moves": 5})
        >>> trial.fixed(), trial.numbers()
        ({'discriminator_moves': 5}, {'clip_bound': 0.01})
    """

    subject: str
    phase: str
    number: int
    setting: Setting = field(hash=False)

    def __post_init__(self) -> None:
        for argument in ("subject", "phase"):
            if not isinstance(getattr(self, argument), str):
                raise TypeError(
                    f"{argument} must be a str, got {described(getattr(self, argument))}."
                )
        for name, value in self.setting.items():
            if not isinstance(value, float | int):
                raise TypeError(
                    f"setting[{name!r}] must be a float, an int or a bool of Python, "
                    f"got {described(value)}."
                )
            if math.isnan(value):
                raise ValueError(f"setting[{name!r}] must be a number, got NaN.")
            if name.lower() in OWN:
                raise ValueError(
                    f"setting must not have the name {name!r}, which is a column of every row."
                )

    def key(self, key: Key) -> Key:
        """The trial's own key, folded from the study's."""
        phase_key = jax.random.fold_in(key, number_of(f"{self.subject}/{self.phase}"))
        return jax.random.fold_in(phase_key, self.number)

    def fixed(self) -> dict[str, int | bool]:
        """The settings that choose the program: integers and bools."""
        return {name: value for name, value in self.setting.items() if isinstance(value, int)}

    def numbers(self) -> dict[str, float]:
        """The settings that vary inside the program: real numbers."""
        return {name: value for name, value in self.setting.items() if isinstance(value, float)}


def random_trials(
    subject: str,
    space: Space,
    *,
    phase: str,
    count: int,
    key: Key,
    default: Setting | None = None,
) -> list[Trial]:
    """Random search: settings drawn from a space, each run once.

    Args:
        subject: What is studied, such as a data set and a model.
        space: Ranges of the hyperparameters.
        phase: Name of the phase.
        count: How many trials; the first ones of a longer search are those of a shorter one.
        key: The study's key.
        default: A setting for trial number 0, in place of a sampled one.

    Raises:
        ValueError: `count` is not a positive integer, the space is empty, or `default` does not
            have the names of the space.

    Examples:
        >>> import jax
        >>> from gantheory import study
        >>> key = jax.random.key(0)
        >>> space = {"learning_rate": study.LogUniform(1e-4, 1e-2), "moves": study.Choice((1, 5))}
        >>> len(study.random_trials("wgan", space, phase="wide", count=20, key=key))
        20
    """
    require_count(count=count)
    if default is not None and set(default) != set(space):
        raise ValueError(
            f"default must have the names of the space, {', '.join(space)}; "
            f"got {', '.join(default)}."
        )
    settings_key = jax.random.fold_in(key, number_of(f"settings of {subject}/{phase}"))
    settings = [sample_setting(space, jax.random.fold_in(settings_key, n)) for n in range(count)]
    if default is not None:
        settings[0] = {name: default[name] for name in space}
    return [Trial(subject, phase, number, setting) for number, setting in enumerate(settings)]


def repeated_trials(subject: str, setting: Setting, *, phase: str, count: int) -> list[Trial]:
    """One setting with many seeds.

    Examples:
        >>> from gantheory import study
        >>> seeds = study.repeated_trials("wgan", {"clip_bound": 0.01}, phase="repeated", count=3)
        >>> [trial.number for trial in seeds]
        [0, 1, 2]
    """
    require_count(count=count)
    return [Trial(subject, phase, number, setting) for number in range(count)]


def run_trials(
    program: Program,
    trials: Sequence[Trial],
    *,
    key: Key,
    table: Table,
    mesh: Mesh | None = None,
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

    A row holds `subject`, `phase` and `number`, the setting, `seconds` (the group's time,
    compilation included, divided by its runs), `status` ("completed", or "failed" if an outcome is
    not finite) and the outcomes. A failure is a result: it has its row like any other.

    Args:
        program: From a subject, and the settings that choose the program, to one run,
            `(key, numbers) -> outcomes`, a dict of scalar arrays. Return the same function for the
            same arguments; otherwise every phase is compiled again.
        trials: The trials; no two of the same subject, phase and number.
        key: The study's key, from which each trial's own is folded. The table does not keep it: use
            one key for one table.
        table: Where the rows are kept.
        mesh: Split the runs of a group over all devices of this mesh.
        progress: Show a bar for each group on standard error.

    Returns:
        The rows of the given trials, in their order, whenever they were run.

    Raises:
        TypeError: `table` is not a `Table`, or a run does not return a dict of scalar arrays.
        ValueError: Two trials are the same, the table holds a row of a trial with another setting,
            or an outcome has the name of another column.
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
    _check_distinct(trials)
    known = _rows_of(trials, table)
    missing = [trial for trial in trials if _name(trial) not in known]
    if missing:
        table.prepare(_row(trial, {}, seconds=0.0) for trial in missing)
    with interruptions() as interrupted:
        for (subject, fixed), members in _grouped(missing):
            run = _Checked(program(subject, dict(fixed)), frozenset({*OWN, *members[0].setting}))
            for first in range(0, len(members), RUNS_AT_ONCE):
                group = members[first : first + RUNS_AT_ONCE]
                made_meanwhile = _rows_of(group, table)
                group = [trial for trial in group if _name(trial) not in made_meanwhile]
                if not group:
                    continue
                rows = _rows(run, group, key=key, mesh=mesh, progress=progress)
                if table.add_missing(rows) < len(rows):
                    warnings.warn(
                        f"another process has made runs of {row_name(rows[0])} and after it at the "
                        f"same time; {table.path} keeps its rows.",
                        stacklevel=2,
                    )
                if interrupted():
                    raise KeyboardInterrupt
    known = _rows_of(trials, table)
    return [known[_name(trial)] for trial in trials]


def best_row(rows: Iterable[Row], score: str) -> Row:
    """The completed row with the least score.

    Raises:
        ValueError: No row is completed, or a completed row does not have this score.

    Examples:
        >>> from gantheory import study
        >>> rows = [{"status": "completed", "score": 2.0}, {"status": "completed", "score": 1.0}]
        >>> study.best_row(rows, "score")["score"]
        1.0
    """
    completed = [row for row in rows if row.get("status") == "completed"]
    if not completed:
        raise ValueError("rows must hold at least one completed run, got none.")
    if any(score not in row for row in completed):
        raise ValueError(f"score must be a column of every completed row, got {score!r}.")
    return min(completed, key=lambda row: float(row[score]))


def _grouped(trials: Iterable[Trial]):
    """Trials by what chooses their program, in the order of their first appearance."""
    groups: dict[tuple[str, tuple[tuple[str, int | bool], ...]], list[Trial]] = {}
    for trial in trials:
        groups.setdefault((trial.subject, tuple(trial.fixed().items())), []).append(trial)
    return groups.items()


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
