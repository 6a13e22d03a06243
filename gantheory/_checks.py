"""Checks at the boundary: errors that name the argument and say what was expected.

Shapes and dtypes are known while JAX traces, so those checks cost nothing at run time. Values are
known only outside a trace; a check of values passes over arrays that are being traced.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, NamedTuple, ParamSpec, TypeGuard, TypeVar, Union, get_args, get_origin

import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

P = ParamSpec("P")
R = TypeVar("R")


def require_floating(**arrays: Array | np.ndarray) -> None:
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


def require_same_shape(**arrays: Array | np.ndarray) -> None:
    """Raise unless all arguments have one shape; nothing is broadcast."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        described = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"{' and '.join(shapes)} must have the same shape, got {described}.")


def require_finite(**arrays: Array | np.ndarray | float | int) -> None:
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


def require_number(**numbers: Array | float | int) -> None:
    """Raise unless every argument is a single number."""
    for name, number in numbers.items():
        if np.ndim(number):
            raise ValueError(f"{name} must be a single number, got shape {np.shape(number)}.")


def require_count(**numbers: int) -> None:
    """Raise unless every argument is an integer of at least one."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            hint = ": take int() of it" if isinstance(number, np.integer) else ""
            raise ValueError(f"{name} must be an integer of at least 1, got {number!r}{hint}.")


def require_key(**keys: Array) -> None:
    """Raise unless every argument is one random key, typed or raw."""
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
                f"{name} must be one random key, got keys of shape {axes}: take one of them, or "
                "map over them with jax.vmap."
            )


def require_function(expected: str, /, **functions: object) -> None:
    """Raise unless every argument is callable and not a class; `expected` says what it must be."""
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
    """Whether something is an array of JAX or of NumPy, traced or not."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_known(value: object) -> bool:
    """Whether the values can be looked at now, that is, are not being traced."""
    return not isinstance(value, jax.core.Tracer)


# What a signature declares. The shape strings are read when a function is defined, and compared
# with the arrays of each call, so they hold without a run-time type checker as well. The decorator
# stands outermost (above `jax.custom_jvp`, `jax.jit`), so that it sees what the caller gave.


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Check every array argument of a function against its annotation before the function runs.

    An argument must be an array of the declared kind, not empty, and have the declared axes; the
    name of an axis stands for one size in all arguments. NumPy arrays become JAX arrays. Where a
    number may stand instead of an array, as in `Scalar | float`, the array may be of any kind.
    Annotations of something else, such as a key or a function, are left alone.

    Raises:
        TypeError, ValueError: By the decorated function; the message names the argument.
        NotImplementedError: An annotation is of a kind that it cannot read.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory.shapes import FakeLogits, Scalar, checked
        >>> @checked
        ... def linear_loss(fake_logits: FakeLogits) -> Scalar:
        ...     return -jnp.mean(fake_logits)
        >>> try:
        ...     linear_loss(jnp.arange(3))
        ... except TypeError as error:
        ...     print(error)
        fake_logits must hold floating-point numbers, got dtype int32.
    """
    signature = inspect.signature(function)
    declared = {
        name: one
        for name, parameter in signature.parameters.items()
        if (one := _declared(parameter.annotation)) is not None
    }
    if any(str(signature.parameters[name]).startswith("*") for name in declared):
        raise NotImplementedError(f"checked cannot read the starred arguments of {function}.")

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # an argument is missing or unknown: Python's own error says so best
            return function(*args, **kwargs)
        sizes: _Sizes = {}
        for name, declaration in declared.items():
            if name in bound.arguments:
                value = bound.arguments[name]
                bound.arguments[name] = _checked_array(name, value, declaration, sizes)
        return function(*bound.args, **bound.kwargs)

    return call


class _Declared(NamedTuple):
    """What an annotation says of an array."""

    numbers: str  # the kind of numbers, in words
    dtypes: tuple[str, ...]
    axes: tuple[str, ...]  # "name" and "2" stand for one axis each, "*name" and "*" for several
    instead: tuple[type, ...]  # what may be given instead of an array


_NUMBERS = {
    "Float": "floating-point numbers",
    "Int": "integers",
    "Integer": "integers",
    "Bool": "Booleans",
}
_Sizes = dict[str, tuple[tuple[int, ...], str]]
"""By the name of an axis, or of several: the size, and the argument that it was read from."""


def _declared(annotation: Any) -> _Declared | None:
    """The array in an annotation, alone or as one of several types; None if there is none."""
    types = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    arrays = [one for one in types if getattr(one, "array_type", None) is Array]
    if len(arrays) != 1:  # no array; or a key, which is an array of one of two kinds
        return None
    [array] = arrays
    axes = tuple("*" if axis == "..." else axis for axis in array.dim_str.split())
    names = [axis.removeprefix("*") for axis in axes if axis != "*"]
    readable = all(name.isidentifier() or name.isdigit() for name in names)
    if array.dtype.__name__ not in _NUMBERS or not readable:
        raise NotImplementedError(f"checked cannot read {annotation}.")
    others = tuple(one for one in types if one is not array)
    plain = all(isinstance(one, type) for one in others)
    whole = (int,) if float in others else ()  # an integer passes for a float, as in typing
    instead = (*others, *whole) if plain else (object,)
    return _Declared(_NUMBERS[array.dtype.__name__], tuple(array.dtypes), axes, instead)


def _checked_array(name: str, value: Any, declared: _Declared, sizes: _Sizes) -> Any:
    """The argument, as a JAX array if it is an array; its sizes are added to `sizes`."""
    if not is_array(value):
        if isinstance(value, declared.instead):
            return value
        wanted = "a number" if float in declared.instead else "an array"
        raise TypeError(f"{name} must be {wanted}, got {described(value)}.")
    # An array in place of a number is cast by the function, so its kind does not matter.
    if float not in declared.instead and str(value.dtype) not in declared.dtypes:
        raise TypeError(f"{name} must hold {declared.numbers}, got dtype {value.dtype}.")
    if value.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {value.shape}.")
    _check_axes(name, tuple(value.shape), declared, sizes)
    return value if isinstance(value, Array) else jnp.asarray(value)


def _check_axes(name: str, shape: tuple[int, ...], declared: _Declared, sizes: _Sizes) -> None:
    """Raise unless a shape has the declared axes, each of the size that it has elsewhere."""
    single = [axis for axis in declared.axes if not axis.startswith("*")]
    several = len(shape) - len(single)  # how many axes the starred name stands for, if there is one
    if several < 0 or (several > 0 and len(single) == len(declared.axes)):
        raise ValueError(_wrong_number_of_axes(name, shape, declared.axes))
    expected: tuple[int, ...] = ()
    reason = ""
    start = 0
    for axis in declared.axes:
        end = start + (several if axis.startswith("*") else 1)
        found = shape[start:end]
        known, owner = ((int(axis),), "") if axis.isdigit() else sizes.get(axis, (found, name))
        if axis != "*":
            sizes[axis] = (known, owner)
            if known != found and not reason:
                fits = "be square" if owner == name else f"fit {owner}"
                reason = f" to {fits} (axis {axis!r})" if owner else ""
        expected += known if axis != "*" else found
        start = end
    if expected != shape:
        raise ValueError(f"{name} must have shape {expected}{reason}, got {shape}.")


def _wrong_number_of_axes(name: str, shape: tuple[int, ...], axes: tuple[str, ...]) -> str:
    if not axes:
        return f"{name} must be a single number, got shape {shape}."
    single = [axis for axis in axes if not axis.startswith("*")]
    least = "at least " if len(single) < len(axes) else ""
    count = f"{least}{len(single)} {'axis' if len(single) == 1 else 'axes'}"
    hint = f": take {name}[:, 0]" if len(axes) == 1 and len(shape) == 2 and shape[1] == 1 else ""
    return f"{name} must have {count} ({', '.join(axes)}), got shape {shape}{hint}."
