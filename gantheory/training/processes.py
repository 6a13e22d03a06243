"""Runs that several processes compute together: what they must agree on."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax
import numpy as np
from jax.experimental import multihost_utils
from jaxtyping import PyTree

from gantheory.data.sharded import OnMesh


def without_mesh(source: PyTree) -> PyTree:
    """The source alone, which decides how a run goes on; where it is computed does not."""
    return source.source if isinstance(source, OnMesh) else source


def is_shared(source: PyTree) -> bool:
    """Whether the run that a source feeds is computed by several processes together."""
    return isinstance(source, OnMesh) and source.mesh.is_multi_process


@contextmanager
def needs_all_processes(source: PyTree) -> Iterator[None]:
    """Say what happened, and what to do, when a run loses one of the processes that compute it."""
    try:
        yield
    except (jax.errors.JaxRuntimeError, ValueError) as error:
        # JAX raises what the exchange on CPUs says as a ValueError at some of the places
        if not is_shared(source) or (isinstance(error, ValueError) and "Gloo" not in str(error)):
            raise
        raise RuntimeError(
            "this run is computed by several processes, and the exchange with another one failed; "
            "most likely it has ended. Start the run again, with as many processes as there are: "
            "it continues from its checkpoint, or starts from the beginning without one."
        ) from error


def in_any_process(flag: bool, source: PyTree) -> bool:  # noqa: FBT001
    """Whether the flag is set in any of the processes that compute a run together."""
    return bool(np.any(_from_all(flag, source)))


@contextmanager
def fails_together(source: PyTree) -> Iterator[None]:
    """Make a failure in one of the processes that compute a run end all of them.

    The others would wait for it in the next exchange until a timeout.
    """
    try:
        yield
    except BaseException as error:
        try:
            in_any_process(flag=True, source=source)
        except RuntimeError:
            raise error from None  # the others are gone already: what happened here is the cause
        raise
    if in_any_process(flag=False, source=source):
        raise RuntimeError(
            "this run is computed by several processes, and another one of them failed; its output "
            "names the cause. Start the run again: it continues from its checkpoint, or starts "
            "from the beginning without one."
        )


def smallest(number: int, source: PyTree) -> int:
    """The smallest of the numbers given by the processes that compute a run together."""
    return int(np.min(_from_all(number, source)))


def check_agreement(step: int, source: PyTree) -> None:
    """Raise unless the processes that compute a run together start from the same step."""
    steps = _from_all(step, source)
    if np.any(steps != step):
        raise ValueError(
            "checkpoint must be a file that all processes read alike, but they would go on from "
            f"the steps {', '.join(map(str, steps))}. Put it on a file system that they share."
        )


def writes_files(source: PyTree) -> bool:
    """Whether this process writes the files of a run: of several that compute it, the first."""
    return not is_shared(source) or jax.process_index() == 0


def _from_all(number: int, source: PyTree) -> np.ndarray:
    """A number from each of the processes that compute a run together."""
    if not is_shared(source):
        return np.asarray([number])
    with needs_all_processes(source):
        return np.ravel(multihost_utils.process_allgather(number))
