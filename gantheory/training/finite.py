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

    On small arrays a reduction costs more than its numbers. So arrays of one size, such as a weight
    and its moments, are looked at together, and the small ones' answers are reduced together. The
    barrier keeps XLA from undoing it, by computing each number again where it is reduced.
    """
    alike: dict[int | tuple[int, ...], list[Array]] = {}
    for new, old in zip(_numbers(after), _numbers(before), strict=True):
        good = jnp.isfinite(new) | ~jnp.isfinite(old)
        if new.size <= JOINED_AT_MOST:
            alike.setdefault(new.size, []).append(jnp.ravel(good))
        else:  # as it is: it may be sharded
            alike.setdefault(new.shape, []).append(good)
    answers = [reduce(and_, group) for group in alike.values()]
    small = [answer for answer in answers if answer.size <= JOINED_AT_MOST]
    joined = [jax.lax.optimization_barrier(jnp.concatenate(small))] if small else []
    large = [answer for answer in answers if answer.size > JOINED_AT_MOST]
    return jnp.all(jnp.stack([jnp.all(answer) for answer in [*joined, *large]]))


def _numbers(tree: PyTree) -> list[Array]:
    return [leaf for leaf in jax.tree.leaves(tree) if eqx.is_inexact_array(leaf)]
