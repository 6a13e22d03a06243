"""Whether a step keeps all numbers finite; a step that does not is undone, and ends the run."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, PyTree

JOINED_AT_MOST = 2**12


def stays_finite(after: PyTree, before: PyTree) -> Bool[Array, ""]:
    """Whether all numbers stayed finite; some optimisers' states start with infinities."""
    good = [
        jnp.all(jnp.isfinite(new) | ~jnp.isfinite(old))
        for new, old in zip(_few(after), _few(before), strict=True)
    ]
    return jnp.all(jnp.stack(good))


def _few(tree: PyTree) -> list[Array]:
    """The numbers of a tree in few arrays: on small ones a reduction costs more than its numbers.

    The barrier keeps XLA from undoing it, by computing each number again where it is reduced.
    """
    leaves = [leaf for leaf in jax.tree.leaves(tree) if eqx.is_inexact_array(leaf)]
    small: dict[jnp.dtype, list[Array]] = {}
    for leaf in leaves:
        if leaf.size <= JOINED_AT_MOST:
            small.setdefault(leaf.dtype, []).append(jnp.ravel(leaf))
    joined = [jnp.concatenate(parts) for parts in small.values()]
    return [
        *jax.lax.optimization_barrier(joined),
        *(leaf for leaf in leaves if leaf.size > JOINED_AT_MOST),
    ]
