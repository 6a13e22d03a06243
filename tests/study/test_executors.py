"""The groups of a study on workers: the same rows, each once, whatever becomes of a worker."""

import json
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from examples import search_on_workers
from support import on_workers
from support.odd_executors import (
    Here,
    Never,
    NoFuture,
    closed,
    elsewhere,
    returning,
    without_module,
)

from gantheory import study

KEY = jax.random.key(2)
SPACE = {"rate": study.Uniform(0.5, 2.0), "moves": study.Choice((3,))}


def trials(count: int = 20, subjects: tuple[str, ...] = on_workers.SUBJECTS) -> list[study.Trial]:
    """Of each subject a group of sixteen and one of four."""
    return [
        trial
        for subject in subjects
        for trial in study.random_trials(subject, SPACE, phase="wide", count=count, key=KEY)
    ]


def toys(count: int = 40) -> list[study.Trial]:
    """Three groups of a program that does nothing."""
    return study.repeated_trials("toy", {"rate": 0.5}, phase="one", count=count)


def deadly_in(folder: Path) -> study.Program:
    """One of whose workers dies, once."""
    return partial(on_workers.program, str(folder))


def harmless_in(folder: Path) -> study.Program:
    on_workers.first_time(folder / "died")
    return deadly_in(folder)


def run(
    those: list[study.Trial],
    table: study.Table,
    executor: Executor | None,
    program: study.Program | None = None,
    **options: Any,
) -> list[study.Row]:
    return study.run_trials(
        harmless_in(table.path.parent) if program is None else program,
        those,
        **{"key": KEY, "progress": False, **options},
        table=table,
        executor=executor,
    )


def bare(rows: list[study.Row]) -> list[study.Row]:
    """Rows without the time that they took, in an order of their own."""
    kept = [{name: row[name] for name in row if name != "seconds"} for row in rows]
    return sorted(kept, key=lambda row: (row["subject"], row["number"]))


@pytest.fixture
def table(tmp_path: Path) -> study.Table:
    return study.Table(tmp_path / "runs.sqlite")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[study.Row]:
    """The rows of the study without an executor."""
    return run(trials(), study.Table(tmp_path_factory.mktemp("alone") / "runs.sqlite"), None)


def test_the_rows_are_those_of_a_study_without_an_executor(
    table: study.Table, alone: list[study.Row], capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(3) as pool:
        rows = run(trials(), table, pool, progress=True)
        assert [row["number"] for row in rows] == [trial.number for trial in trials()]
        assert bare(rows) == bare(table.rows) == bare(alone)
        groups = capsys.readouterr().err
        assert "4/4" in groups
        assert "group" in groups
        assert run(trials(), table, pool) == rows  # nothing is left to run


def test_each_program_is_built_once_in_a_process(table: study.Table) -> None:
    on_workers.BUILT.clear()
    run(toys(), table, Here(), on_workers.counted)
    assert on_workers.BUILT == ["toy"]


@pytest.mark.parametrize("key", [jax.random.key(3, impl="rbg"), jax.random.PRNGKey(3)])
def test_any_key_reaches_the_workers(table: study.Table, key: jax.Array) -> None:
    def program(subject: str, fixed: dict[str, int | bool]) -> study.Run:
        return lambda key, numbers: {"noise": jax.random.normal(key) * numbers["rate"]}

    rows = run(toys(3), table, Here(), program, key=key)
    other = study.Table(table.path.with_name("alone.sqlite"))
    assert bare(rows) == bare(run(toys(3), other, None, program, key=key))


@pytest.mark.slow
def test_a_pool_whose_worker_died_keeps_the_rows_and_another_goes_on(
    table: study.Table, alone: list[study.Row]
) -> None:
    program = deadly_in(table.path.parent)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(
            RuntimeError, match="executor takes no more groups: BrokenProcessPool"
        ) as ended,
    ):
        run(trials(), table, pool, program)
    assert "2 of 4 groups have their rows" in ended.value.__notes__[0]
    assert bare(table.rows) == [row for row in bare(alone) if row["subject"] == "first"]
    rows = run(trials(), table, Here(), program)
    assert bare(rows) == bare(table.rows) == bare(alone)


def test_a_group_that_is_lost_is_tried_again(table: study.Table, alone: list[study.Row]) -> None:
    """Whether or not its work was done, and whatever the executor says of it."""
    errors = {2: BrokenExecutor("gone"), 3: CancelledError(), 4: KeyboardInterrupt()}

    def lossy(function: Callable, args: tuple, call: int) -> object:
        outcome = function(*args) if call != 2 else None
        if call in errors:
            raise errors[call]
        return outcome

    executor = Here(lossy)
    assert bare(run(trials(), table, executor)) == bare(table.rows) == bare(alone)
    assert executor.calls == 7


def test_a_group_that_is_lost_thrice_ends_the_study_and_the_others_keep_their_rows(
    table: study.Table,
) -> None:
    def lossy(function: Callable, args: tuple, call: int) -> object:
        if pickle.loads(args[1])[0].number == 16:
            raise BrokenExecutor("its machine is gone")
        return function(*args)

    executor = Here(lossy)
    match = "executor lost toy/one number 16 and its group 3 times, .* BrokenExecutor: its machine"
    with pytest.raises(RuntimeError, match=match) as ended:
        run(toys(), table, executor, on_workers.counted)
    assert isinstance(ended.value.__cause__, BrokenExecutor)
    assert executor.calls == 5
    assert [row["number"] for row in table.rows] == [*range(16), *range(32, 40)]


def test_what_ends_beside_a_failure_has_its_rows(table: study.Table) -> None:
    executor = Here(lambda function, args, call: 42 if call == 1 else function(*args))
    with pytest.raises(TypeError, match="toy/one number 0 and its group it returned 42"):
        run(toys(), table, executor, on_workers.counted)
    assert [row["number"] for row in table.rows] == list(range(16, 40))


def test_what_a_worker_had_done_when_it_was_interrupted_is_made_again_whole(
    table: study.Table, alone: list[study.Row]
) -> None:
    """A smaller group would round otherwise."""

    def interrupted(function: Callable, args: tuple, call: int) -> object:
        kind, rows = function(*args)
        return kind, rows[:3] if call == 1 else rows

    rows = run(trials(), table, Here(interrupted))
    assert bare(rows) == bare(table.rows) == bare(alone)


def test_ctrl_c_keeps_what_was_done_and_the_same_call_goes_on(table: study.Table) -> None:
    def press(function: Callable, args: tuple, call: int) -> object:
        kind, rows = function(*args)
        if call == 2:
            os.kill(os.getpid(), signal.SIGINT)
            rows = rows[:5]  # the worker hears it, too
        return kind, rows

    with pytest.raises(KeyboardInterrupt):
        run(toys(), table, Here(press), on_workers.counted)
    assert [row["number"] for row in table.rows] == list(range(21))
    assert len(run(toys(), table, Here(), on_workers.counted)) == 40


def test_ctrl_c_cancels_what_has_not_begun(table: study.Table) -> None:
    executor = Never()
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run(toys(), table, executor, on_workers.counted)
    timer.join()
    assert executor.future.cancelled()
    assert table.rows == []


class Unpicklable:
    def __call__(self, subject: str, fixed: dict[str, int | bool]) -> study.Run:
        return on_workers.counted(subject, fixed)

    def __reduce__(self):
        raise OSError("an open file")


TROUBLES: dict[str, tuple[Executor, study.Program, type[Exception], str]] = {
    "another version": (
        Here(elsewhere),
        on_workers.counted,
        RuntimeError,
        r"workers with the versions and settings of this process, but one has numpy 1\.0 "
        r"\(here .*\), jax_enable_x64 True \(here False\)\.",
    ),
    "a module that is not there": (
        Here(without_module),
        on_workers.counted,
        RuntimeError,
        "cannot be loaded there .*No module named 'no_such_module'.* must be able to import",
    ),
    "data that are not there": (
        Here(),
        on_workers.missing_data,
        RuntimeError,
        "toy/one number 0 and its group failed on a worker: FileNotFoundError: .*toy/digits.npy",
    ),
    "a run without a dict": (
        Here(),
        on_workers.without_outcomes,
        TypeError,
        "failed on a worker: TypeError: a run must return a dict of scalar arrays",
    ),
    "a program that cannot be sent": (
        Here(),
        Unpicklable(),
        TypeError,
        "program cannot be pickled for the workers .OSError: an open file.*top level of a module",
    ),
    "no future": (
        NoFuture(),
        on_workers.counted,
        TypeError,
        "submit must return a .*Future, got 3",
    ),
    "a closed pool": (
        closed(),
        on_workers.counted,
        RuntimeError,
        "executor takes no more groups: RuntimeError: cannot schedule new futures after shutdown",
    ),
    "another result": (
        returning(lambda outcome: 42),
        on_workers.counted,
        TypeError,
        "must return what the function that it was given returned, but of toy/one number 0 .* 42",
    ),
    "the rows of other trials": (
        returning(lambda outcome: (outcome[0], outcome[1][::-1])),
        on_workers.counted,
        TypeError,
        "must return what the function that it was given returned, .* tuple",
    ),
    "rows that are none": (
        returning(lambda outcome: (outcome[0], [3])),
        on_workers.counted,
        TypeError,
        "must return what",
    ),
    "no rows": (
        returning(lambda outcome: (outcome[0], [])),
        on_workers.counted,
        TypeError,
        "must return what",
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_has_a_name(trouble: str, table: study.Table) -> None:
    executor, program, kind, message = TROUBLES[trouble]
    with pytest.raises(kind, match=message):
        run(toys(2), table, executor, program)
    assert table.rows == []


def test_the_error_of_a_run_tells_where_it_was(table: study.Table) -> None:
    with pytest.raises(RuntimeError) as ended:
        run(toys(2), table, Here(), on_workers.missing_data)
    assert any("on_workers.py" in note for note in ended.value.__notes__)


def test_a_class_of_equinox_must_have_a_module(table: study.Table) -> None:
    class Twice(eqx.Module):
        factor: float = 2.0

    def program(subject: str, fixed: dict[str, int | bool]) -> study.Run:
        return lambda key, numbers: {"score": Twice().factor * numbers["rate"]}

    with pytest.raises(
        TypeError, match=r"the class .*Twice is of Equinox and can only be imported"
    ):
        run(toys(2), table, Here(), program)


def test_without_cloudpickle_a_program_must_have_a_module(
    table: study.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(TypeError, match=r"program cannot be pickled .* or install cloudpickle"):
        run(toys(2), table, Here(), lambda *_: lambda key, numbers: {"score": numbers["rate"]})
    assert len(run(toys(2), table, Here(), on_workers.counted)) == 2


@pytest.mark.parametrize(
    ("executor", "mesh", "kind", "message"),
    [
        ("dask", None, TypeError, "executor must be a concurrent.futures.Executor, .* got 'dask'"),
        (Here(), jax.make_mesh((1,), ("runs",)), ValueError, "executor and mesh must not be given"),
        (
            ProcessPoolExecutor(1, mp_context=get_context("fork")),
            None,
            ValueError,
            r"must not fork this process.*get_context\(\"spawn\"\)",
        ),
    ],
)
def test_what_cannot_work_is_refused(
    table: study.Table, without_hook: None, executor, mesh, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        run(toys(2), table, executor, on_workers.counted, mesh=mesh)


@pytest.mark.slow
def test_a_dask_cluster_that_loses_a_worker_makes_every_row_once(
    table: study.Table, alone: list[study.Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client, LocalCluster

    folder = table.path.parent
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0
        ) as cluster,
        Client(cluster) as client,
    ):
        rows = run(trials(), table, client.get_executor(), deadly_in(folder))
        file = folder / "scheduler.json"
        file.write_text(json.dumps({"address": cluster.scheduler_address}), encoding="utf-8")
        monkeypatch.setattr(search_on_workers, "program", on_workers.counted)  # compiled at once
        monkeypatch.setattr(sys, "argv", ["", str(folder / "a.sqlite"), str(file)])
        search_on_workers.main()
    assert (folder / "died").exists()
    assert bare(rows) == bare(table.rows) == bare(alone)
    assert len(study.Table(folder / "a.sqlite").rows) == 128


def test_the_program_of_the_guide_can_be_played() -> None:
    run = search_on_workers.program("hinge", {"width": 8})
    rate = jax.ShapeDtypeStruct((), jnp.float32)
    outcomes = jax.eval_shape(run, KEY, {"learning_rate": rate})
    assert {name: outcome.shape for name, outcome in outcomes.items()} == {"distance": ()}
