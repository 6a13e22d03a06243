"""Checks at the boundary: errors that name the argument and say what was expected.

Shapes and dtypes are known while JAX traces, so those checks cost nothing at run time. Values are
known only outside a trace; a check of values passes over arrays that are being traced.
"""

import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array


def require_floating(**arrays: Array) -> None:
    """Raise unless every argument is a non-empty array of floating-point numbers."""
    for name, array in arrays.items():
        if not jnp.issubdtype(jnp.result_type(array), jnp.floating):
            raise TypeError(
                f"{name} must hold floating-point numbers, got dtype {jnp.result_type(array)}."
            )
        if array.size == 0:
            raise ValueError(f"{name} must not be empty, got shape {array.shape}.")


def require_same_shape(**arrays: Array) -> None:
    """Raise unless all arguments have one shape; nothing is broadcast."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        described = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"{' and '.join(shapes)} must have the same shape, got {described}.")


def require_finite(**arrays: Array | float | int) -> None:
    """Raise if an argument holds an infinity or a NaN."""
    for name, array in arrays.items():
        if is_known(array) and not np.all(np.isfinite(np.asarray(array))):
            raise ValueError(f"{name} must be finite, but holds infinities or NaNs.")


def require_positive(**numbers: Array | float | int) -> None:
    """Raise unless every argument is finite and greater than zero, in all its entries."""
    for name, number in numbers.items():
        if is_known(number):
            value = np.asarray(number)
            if not np.all((value > 0) & np.isfinite(value)):
                raise ValueError(f"{name} must be positive and finite, got {number}.")


def require_non_negative(**numbers: Array | float | int) -> None:
    """Raise unless every argument is finite and at least zero, in all its entries."""
    for name, number in numbers.items():
        if is_known(number):
            value = np.asarray(number)
            if not np.all((value >= 0) & np.isfinite(value)):
                raise ValueError(f"{name} must be non-negative and finite, got {number}.")


def require_fraction(**numbers: Array | float) -> None:
    """Raise unless every argument lies in [0, 1)."""
    for name, number in numbers.items():
        if is_known(number):
            value = np.asarray(number)
            if not np.all((value >= 0) & (value < 1)):
                raise ValueError(f"{name} must lie in [0, 1), got {number}.")


def require_count(**numbers: int) -> None:
    """Raise unless every argument is a whole number of at least one."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {number!r}.")


def is_known(number: Array | float | int) -> bool:
    """Whether the values can be looked at now, that is, are not being traced."""
    return not isinstance(number, jax.core.Tracer)
