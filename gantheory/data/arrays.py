"""Arrays from outside: converted to what JAX can hold, or refused with a hint what to do."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from gantheory._checks import described, is_known

AnyArray = Array | np.ndarray


def native(name: str, value: object, hint: str = "") -> AnyArray:
    """The array with a dtype that JAX has: in the byte order of the machine, of at most 64 bits.

    Fields, objects and masked arrays, whose mask JAX would drop, are refused.
    """
    if isinstance(value, Mapping):
        raise TypeError(
            f"{name} must be an array, got {in_words(value)}: pass the array inside it."
        )
    if isinstance(value, jax.Array):
        return value
    if not isinstance(value, np.ndarray | np.generic):
        raise TypeError(
            f"{name} must be an array, got {described(value)}"
            f"{hint or ': np.asarray makes one of lists, PyTorch tensors or Pillow images'}."
        )
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} must not be a masked array, whose mask would be lost: "
            "fill it with .filled(value), or drop the masked samples."
        )
    if value.dtype.names:
        raise TypeError(
            f"{name} must be a plain array, got the fields {', '.join(value.dtype.names)}: "
            "numpy.lib.recfunctions.structured_to_unstructured stacks them."
        )
    if value.dtype == object:
        raise TypeError(
            f"{name} must be a plain array, got an array of objects: np.stack(list) joins arrays "
            "of one shape, .astype(np.float32) converts numbers."
        )
    if value.dtype.kind == "f" and value.dtype.itemsize > 8:
        with np.errstate(over="ignore"):  # an infinity that comes of it is refused as one
            return np.asarray(value).astype(np.float64)
    return np.asarray(value).astype(value.dtype.newbyteorder("="), copy=False)


def floating(name: str, value: object, axes: tuple[str, ...] | None = None) -> AnyArray:
    """A non-empty, finite array of floating-point numbers with these axes; else as `native`."""
    array = native(name, value)
    if array.dtype == np.uint8:
        raise TypeError(
            f"{name} must hold floating-point numbers, got bytes (uint8): data.to_signed scales "
            "images to [-1, 1]."
        )
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"{name} must hold floating-point numbers, got dtype {array.dtype}.")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}.")
    if axes is not None and array.ndim != len(axes):
        raise ValueError(f"{name} must have the axes ({', '.join(axes)}), got shape {array.shape}.")
    if is_known(array) and not np.all(np.isfinite(np.asarray(array))):
        raise ValueError(f"{name} must be finite, but holds infinities or NaNs.")
    return array


def on_device(name: str, array: AnyArray) -> Array:
    """A finite array as one of JAX: float64 becomes float32 unless `jax_enable_x64` is set."""
    with np.errstate(over="ignore"):
        held = jnp.asarray(array)
    if isinstance(array, np.ndarray) and held.dtype != array.dtype and not jnp.isfinite(held).all():
        raise ValueError(
            f"{name} must lie within the range of {held.dtype}, as which JAX holds {array.dtype}: "
            "scale them, or set jax_enable_x64."
        )
    return held


def integers(name: str, value: object, hint: str = "") -> AnyArray:
    """An array of integers, otherwise as `native`."""
    array = native(name, value, hint)
    if not jnp.issubdtype(array.dtype, jnp.integer):
        raise TypeError(
            f"{name} must hold integers, got dtype {array.dtype}"
            f"{hint if array.dtype.kind == 'U' else ''}."
        )
    return array


def pair(name: str, item: object) -> tuple[Any, Any]:
    """The two parts of an item: an image, or a sample, and its label."""
    if isinstance(item, tuple | list) and len(item) == 2:
        first, second = item
        return first, second
    hint = ""
    if isinstance(item, Mapping):
        hint = ": as pairs, [(np.asarray(item['image']), item['label']) for item in items]"
    raise TypeError(f"{name} must be a pair of an image and its label, got {in_words(item)}{hint}.")


def in_words(item: object) -> str:
    """What one item of a data set is: an array, a tuple of parts, a dict with its keys."""
    if isinstance(item, Mapping):
        return f"a dict with the keys {', '.join(map(str, item))}"
    if isinstance(item, tuple | list):
        return f"({', '.join(described(part) for part in item)})"
    return described(item)
