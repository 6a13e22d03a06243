"""Lengths of vectors: in range, wide enough, and differentiable at zero."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gantheory.shapes import Scalar


def wide(array: Array | np.ndarray) -> Array:
    """An array of half precision in single precision; any other as it is."""
    array = jnp.asarray(array)
    return array.astype(np.promote_types(array.dtype, np.float32))


def magnitude(*arrays: Array | np.ndarray) -> Scalar:
    """A power of two near the largest absolute value of the arrays.

    Dividing by it is exact, but for what becomes too small for the type. Of what remains no square
    overflows, and none that counts beside the largest vanishes.
    """
    largest = jnp.max(jnp.stack([jnp.max(jnp.abs(array)) for array in arrays]))
    _, exponent = jnp.frexp(jax.lax.stop_gradient(largest))
    limits = jnp.finfo(largest.dtype)
    # Powers beyond these limits, or their reciprocals, are not normal numbers of the type.
    exponent = jnp.clip(exponent, limits.minexp, limits.maxexp - 2)
    return jnp.ldexp(jnp.ones_like(largest), exponent)


def safe_sqrt(squares: Float[Array, " *any"]) -> Float[Array, " *any"]:
    """The square root, whose derivative at 0 is taken to be 0 instead of infinity."""
    zero = squares == 0
    # Both branches of a `where` are differentiated, so the root must not see the zeros at all.
    return jnp.where(zero, 0, jnp.sqrt(jnp.where(zero, 1, squares)))
