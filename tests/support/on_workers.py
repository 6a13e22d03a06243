"""A program that the workers of an executor import, with accidents."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp

from gantheory import study

SUBJECTS = ("first", "second")

BUILT: list[str] = []
"""The subjects for which `counted` was called in this process."""


def program(folder: str, subject: str, fixed: dict[str, int | bool]) -> study.Run:
    """A run whose last digits tell how it was computed.

    The first process that is asked for the subject `second` while `folder` holds no file `died`
    kills itself.
    """
    if subject == "second" and first_time(Path(folder) / "died"):
        os.kill(os.getpid(), signal.SIGKILL)

    def run(key: jax.Array, numbers: dict[str, jax.Array]) -> dict[str, jax.Array]:
        matrix = jax.random.normal(key, (8, 8))

        def step(_: int, vector: jax.Array) -> jax.Array:
            return jnp.tanh(numbers["rate"] * (matrix @ vector)) + 0.1

        last = jax.lax.fori_loop(0, 30 * fixed["moves"], step, matrix[0])
        return {"score": last.sum(), "largest": last.max()}

    return run


def counted(subject: str, fixed: dict[str, int | bool]) -> study.Run:
    """A program that notes when it is built."""
    del fixed
    BUILT.append(subject)
    return lambda key, numbers: {"distance": jnp.stack([*numbers.values()]).sum()}


def missing_data(subject: str, fixed: dict[str, int | bool]) -> study.Run:
    """A program whose data are not on the worker."""
    del fixed
    return lambda key, numbers: {"score": jnp.load(f"{subject}/digits.npy")}


def without_outcomes(subject: str, fixed: dict[str, int | bool]) -> Callable:
    """A program whose run returns no dict."""
    del subject, fixed
    return lambda key, numbers: numbers["rate"]


def first_time(marker: Path) -> bool:
    """Whether no process has asked this before."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
