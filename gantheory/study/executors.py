"""Groups of trials on the workers of an executor: what comes back, is lost, or does not fit."""

import io
import pickle
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import nullcontext, suppress
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
from jax.sharding import Mesh

from gantheory._checks import described
from gantheory.study.table import KEY, Row
from gantheory.study.trials import Trial
from gantheory.training.progress import progress_bar
from gantheory.training.saved import versions

ATTEMPTS = 3
"""How often a group is given to the executor before it counts as lost."""

SECONDS_BETWEEN_LOOKS = 0.2
"""For a Ctrl-C; a group that ends is seen at once."""

SETTINGS = (
    "jax_default_matmul_precision",
    "jax_default_prng_impl",
    "jax_enable_x64",
    "jax_threefry_partitionable",
)
"""Those of JAX that change the numbers of a run."""

KINDS = {"TypeError": TypeError, "ValueError": ValueError}
"""Errors of a worker that keep their type here; any other class might not exist here."""

Group = Sequence[Trial]

Make = Callable[[Group], list[Row]]

_one_at_a_time = threading.Lock()
"""A group uses all cores, and two that factorise matrices in one process could block each other."""


def require_executor(executor: object, mesh: Mesh | None) -> None:
    """Raise unless groups can be given to this executor."""
    if not isinstance(executor, Executor):
        raise TypeError(
            "executor must be a concurrent.futures.Executor, such as client.get_executor() of a "
            f"Dask client, got {described(executor)}."
        )
    if mesh is not None:
        raise ValueError(
            "executor and mesh must not be given together: a mesh is made of the devices of this "
            "process, and the workers of an executor are other processes."
        )
    context = getattr(executor, "_mp_context", None)  # a pool of processes has one
    if context is not None and context.get_start_method() == "fork":
        raise ValueError(
            "executor must not fork this process: a fork has none of JAX's threads, and would wait "
            "for them for ever. Give ProcessPoolExecutor the argument "
            'mp_context=multiprocessing.get_context("spawn").'
        )


class Groups:
    """The groups of a study on the workers: those under way, those lost, and what went wrong.

    Args:
        executor: Runs the groups.
        make: From a group to its rows; it is sent to the workers.
        groups: The groups.

    Raises:
        TypeError: `make` cannot be pickled.
    """

    def __init__(self, executor: Executor, make: Make, groups: Sequence[Group]):
        self.executor, self.groups = executor, groups
        self.make, self.conditions = _pickled(make, executor), _conditions()
        self.under_way: dict[Future[Any], int] = {}
        self.attempts = [0] * len(groups)
        self.problem: Exception | None = None

    def made(
        self, interrupted: Callable[[], bool], *, progress: bool
    ) -> Generator[list[Row], None, None]:
        """The rows of each group as soon as they come.

        After a Ctrl-C, or when something went wrong, the groups that the executor does not cancel
        any more still come.

        Raises:
            TypeError: The executor does not return what it should.
            RuntimeError: A group was lost too often, or a worker cannot make it. (A `TypeError` or
                a `ValueError` of a run keeps its type.)
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        done, total = 0, len(self.groups)
        bar = progress_bar(0, total, "group") if progress else nullcontext(lambda *_: None)
        with bar as report:
            try:
                for index in range(total):
                    if not interrupted():
                        self._submit(index)
                while self.under_way:
                    ended, _ = wait(self.under_way, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
                    for future in sorted(ended, key=self.under_way.__getitem__):
                        rows = self._rows(future, interrupted)
                        if rows:
                            yield rows
                            done += 1
                            report(done, "")
                    if interrupted() or self.problem:
                        self._cancel()
            finally:
                self._cancel()  # also when the caller stops early
        if interrupted():
            raise KeyboardInterrupt
        if self.problem:
            self.problem.add_note(
                f"{done} of {total} groups have their rows in the table; the same call makes the "
                "others."
            )
            raise self.problem

    def _submit(self, index: int) -> None:
        """Give a group to the executor, unless something went wrong before."""
        if self.problem:
            return
        attempt = self.attempts[index] = self.attempts[index] + 1
        trials = pickle.dumps(self.groups[index])
        try:
            future = self.executor.submit(_on_worker, self.make, trials, self.conditions, attempt)
        except Exception as error:  # it is closed, or all of it broke with one of its workers
            self._fail(RuntimeError(f"executor takes no more groups: {_said(error)}."), error)
            return
        if not isinstance(future, Future):
            wanted = "executor.submit must return a concurrent.futures.Future"
            self._fail(TypeError(f"{wanted}, got {described(future)}."))
            return
        self.under_way[future] = index

    def _rows(self, future: Future[Any], interrupted: Callable[[], bool]) -> list[Row]:
        """The rows of a group that has ended; none if it was lost or something went wrong."""
        index = self.under_way.pop(future)
        group = self.groups[index]
        name = f"{group[0].subject}/{group[0].phase} number {group[0].number} and its group"
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or error is not None:
            self._lost(index, name, "it was cancelled" if error is None else _said(error), error)
            return []
        match future.result():
            case ["rows", [*rows]] if rows and _are_of(rows, group):
                if len(rows) == len(group) or interrupted():
                    return rows
                self._lost(index, name, "the worker was interrupted", None)
            case ["error", str(kind), str(said), str(where)]:
                problem = KINDS.get(kind, RuntimeError)(f"{name} failed on a worker: {said}")
                problem.add_note(f"There:\n{where}")
                self._fail(problem)
            case ["conditions", {**there}]:
                differences = ", ".join(
                    f"{what} {there.get(what)} (here {here})"
                    for what, here in self.conditions.items()
                    if there.get(what) != here
                )
                wanted = "executor must have workers with the versions and settings of this process"
                self._fail(RuntimeError(f"{wanted}, but one has {differences}."))
            case other:
                wanted = "executor must return what the function that it was given returned"
                self._fail(TypeError(f"{wanted}, but of {name} it returned {described(other)}."))
        return []

    def _lost(self, index: int, name: str, said: str, error: BaseException | None) -> None:
        """Try again what was lost, a few times."""
        if self.attempts[index] < ATTEMPTS:
            self._submit(index)
        else:
            times = f"{ATTEMPTS} times, the last time because {said}"
            self._fail(RuntimeError(f"executor lost {name} {times}."), error)

    def _fail(self, problem: Exception, cause: BaseException | None = None) -> None:
        problem.__cause__ = cause
        self.problem = self.problem or problem

    def _cancel(self) -> None:
        """Forget the groups that the executor has not begun."""
        for future in [*self.under_way]:
            if future.cancel():
                del self.under_way[future]


def _on_worker(
    make: bytes, group: bytes, conditions: dict[str, str], attempt: int
) -> tuple[Any, ...]:
    """What an executor runs.

    It takes and returns objects of Python alone, and raises nothing: so whatever comes back as an
    error is the executor's own.
    """
    del attempt  # an executor that remembers results by their arguments is to try again
    there = _conditions()
    if there != conditions:
        return "conditions", there
    try:
        with _one_at_a_time:
            return "rows", _loaded(make)(pickle.loads(group))
    except Exception as error:
        return "error", type(error).__name__, _said(error), traceback.format_exc()


@lru_cache(maxsize=4)
def _loaded(make: bytes) -> Make:
    """The same object for all groups of a study, so that a worker compiles each program once."""
    try:
        return pickle.loads(make)
    except Exception as error:
        raise RuntimeError(
            f"the program cannot be loaded there ({_said(error)}): the workers must be able to "
            "import the module that defines it"
        ) from error


def _pickled(make: Make, executor: Executor) -> bytes:
    """Once for all groups, so that a worker can tell that the program is the same."""
    with_main = isinstance(executor, ThreadPoolExecutor | ProcessPoolExecutor)
    if with_main and hasattr(sys.modules["__main__"], "__file__"):
        with suppress(Exception):  # what objects raise that cannot be pickled is not promised
            return pickle.dumps(make)  # these workers know what the caller's script defines
    try:
        return _by_value(make)
    except Exception as error:
        raise TypeError(
            f"program cannot be pickled for the workers ({_said(error)}): define it at the top "
            "level of a module, or install cloudpickle, which takes closures, too."
        ) from error


def _by_value(make: Make) -> bytes:
    """With what a script or a notebook defines, if cloudpickle is there."""
    try:
        import cloudpickle
    except ImportError:
        return pickle.dumps(make)

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, type) and issubclass(obj, eqx.Module) and not _has_module(obj):
                raise pickle.PicklingError(
                    f"the class {obj.__qualname__} is of Equinox and can only be imported, "
                    f"which workers cannot from {obj.__module__}"
                )
            return super().reducer_override(obj)

    file = io.BytesIO()
    Pickler(file).dump(make)
    return file.getvalue()


def _has_module(kind: type) -> bool:
    """Whether a class is at the top level of a module other than the script or notebook."""
    module = sys.modules.get(kind.__module__)
    return kind.__module__ != "__main__" and getattr(module, kind.__qualname__, None) is kind


def _conditions() -> dict[str, str]:
    """What the numbers of a run depend on."""
    return versions() | {name: str(getattr(jax.config, name)) for name in SETTINGS}


def _are_of(rows: list[Any], group: Group) -> bool:
    """Whether these are rows of the first trials of the group."""
    names = [(trial.subject, trial.phase, trial.number) for trial in group]
    known = [tuple(map(row.get, KEY)) if isinstance(row, dict) else () for row in rows]
    return known == names[: len(rows)]


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
