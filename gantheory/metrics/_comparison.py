"""All distances between two samples, a few rows at a time, from differences where products may err.

Products of matrices give squared distances fast, as |x|² + |y|² - 2 x·y, but with an error of the
size of the squares, which would hide near neighbours and break ties. So a result says which pairs
it cannot decide within that error, and these few are computed again from differences. If there are
many, as among copies of one point, the whole block is.
"""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from gantheory.metrics._samples import BLOCK, Features, OtherFeatures, squared_distances
from gantheory.shapes import Scalar, Values

FEW_FEATURES = 64
"""Up to this size differences are as fast as products."""

DOUBTFUL = 1024
"""How many pairs of a block are computed again before the whole block is."""

Squares = Float[Array, "block others"]
Rows = Int[Array, " block"]
Carry = TypeVar("Carry")
Out = TypeVar("Out")


def by_rows(
    step: Callable[[Carry, Squares, Rows], tuple[Carry, Out]],
    carry: Carry,
    features: Features,
    reference: OtherFeatures,
    *,
    doubtful: Callable[[Squares, Squares, Rows], Bool[Array, "block others"]],
) -> tuple[Carry, Out]:
    """Scan `step` over blocks of rows of squared distances; its outputs have one entry per row.

    `doubtful` marks, from approximate squares and margins for their errors, the pairs that must
    be exact. The last block is filled up with the last row again, so `step` must not mind
    repetition.
    """
    features, reference = jax.lax.stop_gradient((features, reference))
    count = features.shape[0]
    size = min(BLOCK, count)
    blocks = -(-count // size)
    rows = jnp.minimum(jnp.arange(blocks * size), count - 1).reshape(blocks, size)
    centre = jnp.mean(reference, axis=0)[None]
    near, other_near = features - centre, reference - centre
    norms, other_norms = jnp.sum(near**2, axis=1), jnp.sum(other_near**2, axis=1)
    # Several times the standard deviation of the rounding errors of such a product.
    error = (8 + features.shape[1] ** 0.5) * float(jnp.finfo(features.dtype).eps)

    def block(carry: Carry, row: Rows) -> tuple[Carry, Out]:
        points = features[row]
        if features.shape[1] <= FEW_FEATURES:
            return step(carry, _exact(points, reference), row)
        level = norms[row][:, None] + other_norms[None]
        products = jnp.matmul(near[row], other_near.T, precision="highest")
        squares = level - 2 * products
        marks = doubtful(squares, error * level, row)
        squares = jax.lax.cond(
            jnp.sum(marks) <= DOUBTFUL,
            lambda: _exact_at(marks, squares, points, reference),
            lambda: _exact(points, reference),
        )
        return step(carry, squares, row)

    carry, outputs = jax.lax.scan(block, carry, rows)
    return carry, jax.tree.map(lambda out: out.reshape(-1)[:count], outputs)


def _exact(points: Features, reference: OtherFeatures) -> Squares:
    return jax.vmap(lambda point: squared_distances(point, reference))(points)


def _exact_at(
    marks: Bool[Array, "block others"],
    squares: Squares,
    points: Features,
    reference: OtherFeatures,
) -> Squares:
    """The squares with the marked ones computed from differences."""
    # Places that are not needed name the first pair, which may be exact as well.
    rows, columns = jnp.nonzero(marks, size=DOUBTFUL, fill_value=0)
    return squares.at[rows, columns].set(squared_distances(points[rows], reference[columns]))


def smallest(values: Values, rank: int) -> Scalar:
    """The smallest value of that rank, equal ones counted each; for small ranks beats sorting."""

    def following(_: Int[Array, ""], value: Scalar) -> Scalar:
        above = jnp.min(jnp.where(values > value, values, jnp.inf))
        return jnp.where(jnp.sum(values <= value) < rank, above, value)

    return jax.lax.fori_loop(1, rank, following, jnp.min(values))
