"""Whether a step keeps all numbers finite; a step that does not is undone, and ends the run."""

from functools import reduce
from operator import and_

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, PyTree

JOINED_AT_MOST = 2**12


def stays_finite(after: PyTree, before: PyTree) -> Bool[Array, ""]:
    """Whether all numbers stayed finite; some optimisers' states start with infinities.

    On small arrays a reduction costs more than its numbers. So those of one size, such as a bias
    and its moments, are looked at together, and all their answers are reduced together. The barrier
    keeps XLA from undoing it, by computing each number again where it is reduced.
    """
    large: list[Array] = []  # each by itself, since it may be sharded in its own way
    small: dict[int, list[Array]] = {}
    for new, old in zip(_numbers(after), _numbers(before), strict=True):
        good = jnp.isfinite(new) | ~jnp.isfinite(old)
        if good.size > JOINED_AT_MOST:
            large.append(good)
        else:
            small.setdefault(good.size, []).append(jnp.ravel(good))
    alike = [reduce(and_, answers) for answers in small.values()]
    joined = [jax.lax.optimization_barrier(jnp.concatenate(alike))] if alike else []
    return jnp.all(jnp.stack([jnp.all(good) for good in [*joined, *large]]))


def _numbers(tree: PyTree) -> list[Array]:
    return [leaf for leaf in jax.tree.leaves(tree) if eqx.is_inexact_array(leaf)]
