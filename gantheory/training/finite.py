"""Whether a step keeps all numbers finite; a step that does not is undone, and ends the run."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, PyTree


def stays_finite(after: PyTree, before: PyTree) -> Bool[Array, ""]:
    """Whether all numbers stayed finite; some optimisers' states start with infinities."""
    after, before = (
        [leaf for leaf in jax.tree.leaves(tree) if eqx.is_inexact_array(leaf)]
        for tree in (after, before)
    )
    # One reduction for each shape: on small arrays a reduction costs more than all of its numbers.
    of_shape: dict[tuple[int, ...], Array] = {}
    for new, old in zip(after, before, strict=True):
        good = jnp.isfinite(new) | ~jnp.isfinite(old)
        of_shape[new.shape] = of_shape[new.shape] & good if new.shape in of_shape else good
    return jnp.all(jnp.stack([jnp.all(good) for good in of_shape.values()]))
