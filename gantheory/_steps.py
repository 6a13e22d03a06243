"""Parts of a run that differ from step to step."""

from typing import TypeVar, cast

import jax
from jaxtyping import Array, Int

P = TypeVar("P")


def at_step(part: P, step: Int[Array, ""]) -> P:
    """What a part is at a step, as its method `at` says; a part without one is always the same."""
    at = getattr(part, "at", None)  # an array has an `at`, too, which is not a method
    if not callable(at):
        return part
    with jax.numpy_dtype_promotion("standard"):  # optax's schedules mix integers with floats
        return cast(P, at(step))
