"""Checks at the boundary: errors that name the argument and say what was expected.

Shapes and dtypes are known while JAX traces, so those checks cost nothing at run time. Values are
known only outside a trace; a check of values passes over arrays that are being traced.
"""

import inspect
from collections.abc import Mapping
from typing import TypeGuard

import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array


def require_floating(**arrays: Array) -> None:
    """Raise unless every argument is a non-empty array of floating-point numbers."""
    for name, array in arrays.items():
        if not is_array(array):
            raise TypeError(f"{name} must be an array, got {described(array)}.")
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
            hint = ": take int() of it" if isinstance(number, np.integer) else ""
            raise ValueError(f"{name} must be a whole number of at least 1, got {number!r}{hint}.")


def require_key(**keys: Array) -> None:
    """Raise unless every argument is one random key, of the new kind or of the old one."""
    for name, key in keys.items():
        if not is_array(key):
            raise TypeError(
                f"{name} must be a random key, such as jax.random.key(0), got {described(key)}."
            )
        typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
        if not typed and (key.dtype != jnp.uint32 or key.ndim == 0):
            raise TypeError(
                f"{name} must be a random key, such as jax.random.key(0), got {described(key)}."
            )
        axes = key.shape if typed else key.shape[:-1]
        if axes:
            raise ValueError(
                f"{name} must be one random key, got keys of shape {axes}: take one of them, or map "
                "over them with jax.vmap."
            )


def require_function(expected: str, /, **functions: object) -> None:
    """Raise unless every argument can be called and is no class; `expected` says what it should be."""
    for name, function in functions.items():
        if inspect.isclass(function) or not callable(function):
            raise TypeError(f"{name} must be {expected}, got {described(function)}.")


def require_names(expected: str, /, **mappings: object) -> None:
    """Raise unless every argument is a mapping of names; `expected` says from what to what."""
    for name, mapping in mappings.items():
        if not isinstance(mapping, Mapping):
            raise TypeError(f"{name} must be a dict {expected}, got {described(mapping)}.")


def described(value: object) -> str:
    """What was given, in a few words: never the numbers of an array."""
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    if inspect.isfunction(value):
        return f"the function {value.__name__}"
    if is_array(value):
        return f"an array of {value.dtype}{list(value.shape)}"
    return repr(value) if isinstance(value, str | int | float | None) else type(value).__name__


def is_array(value: object) -> TypeGuard[Array]:
    """Whether something has the shape and the type of an array, of JAX or of NumPy, traced or not."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_known(value: object) -> bool:
    """Whether the values can be looked at now, that is, are not being traced."""
    return not isinstance(value, jax.core.Tracer)
