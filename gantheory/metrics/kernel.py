"""The kernel distance between two samples of any kind, in the features of some network."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import checked
from gantheory._lengths import safe_sqrt
from gantheory._numerics import widened
from gantheory.divergences.estimators import Estimate
from gantheory.metrics._samples import (
    Features,
    FeaturesLike,
    OtherFeatures,
    OtherFeaturesLike,
    Point,
    require_points,
)
from gantheory.shapes import Scalar, Values

ROWS = 256
"""How many rows of the matrix of kernel values are held at once."""


class _Pairs(NamedTuple):
    """A kernel over pairs of points in the parts of Hoeffding's decomposition.

    Attributes:
        mean: The mean over the pairs.
        rows: What the kernel is on average for each first point, up to a constant.
        columns: The same for each second point.
        interaction: The variance of what neither point explains alone, without bias.
    """

    mean: Scalar
    rows: Values
    columns: Float[Array, " others"]
    interaction: Scalar


@checked
@widened
def kernel_distance(features: FeaturesLike, reference: OtherFeaturesLike) -> Estimate:
    r"""Squared maximum mean discrepancy with a cubic kernel, without bias, from all pairs.

    $$\frac{\sum_{i\ne j}k(x_i,x_j)}{m(m-1)} + \frac{\sum_{i\ne j}k(y_i,y_j)}{n(n-1)}
    - \frac{2\sum_{i,j}k(x_i,y_j)}{mn},\qquad k(x,y) = \Bigl(\frac{x^\top y}{d}+1\Bigr)^3$$

    With the features of the Inception network this is the KID, there averaged over random subsets.
    Sizes may differ. The distribution of the points enters through its first three moments only:
    the distance of two distributions that share these is 0. Time grows with $(m+n)^2d$; the
    matrices of kernel values are never held as a whole.

    The standard error is the root of the U-statistic's variance, $\tfrac4m\operatorname{Var}h
    + \tfrac4n\operatorname{Var}g + \tfrac{2}{m(m-1)}\tau_{xx} + \tfrac{2}{n(n-1)}\tau_{yy}
    + \tfrac{4}{mn}\tau_{xy}$ by Hoeffding's decomposition: $h(x) = \mathbb{E}\,k(x,X)
    - \mathbb{E}\,k(x,Y)$, $g(y) = \mathbb{E}\,k(y,Y) - \mathbb{E}\,k(y,X)$ and $\tau$ the variances
    of the doubly centred kernels. Each part is estimated without bias, the sum of the first two set
    to 0 if it comes out negative. It holds near equal distributions too, where $h$ and $g$ vanish
    and a jackknife gives twice the variance.

    Args:
        features: $m\ge4$ feature vectors, one per sample, such as `jax.vmap(network)(images)`.
        reference: The other sample's, $n\ge4$ of them.

    Returns:
        The squared distance, often negative for equal distributions, and its standard error.

    Raises:
        ValueError: A sample has fewer than four members.

    Examples:
        >>> import jax
        >>> from gantheory import metrics
        >>> data, fresh = jax.random.normal(jax.random.key(0), (2, 500, 8))
        >>> near = metrics.kernel_distance(fresh, data)
        >>> far = metrics.kernel_distance(fresh + 1.0, data)
        >>> print(abs(near.value) < 3 * near.standard_error, far.value > 3 * far.standard_error)
        True True

    Source:
        Bińkowski et al. (2018).
    """
    require_points(4, features=features, reference=reference)
    count, others = features.shape[0], reference.shape[0]
    sample, other = jnp.asarray(features), jnp.asarray(reference)
    origin = (jnp.mean(sample, axis=0) + jnp.mean(other, axis=0)) / 2
    xx = _within(sample, origin)
    yy = _within(other, origin)
    xy = _between(sample, other, origin)
    first_order = (
        jnp.var(xx.rows - xy.rows, ddof=1) - xx.interaction / (count - 2) - xy.interaction / others
    ) * (4 / count)
    first_order += (
        jnp.var(yy.rows - xy.columns, ddof=1)
        - yy.interaction / (others - 2)
        - xy.interaction / count
    ) * (4 / others)
    second_order = (
        xx.interaction * (2 / (count * (count - 1)))
        + yy.interaction * (2 / (others * (others - 1)))
        + xy.interaction * (4 / (count * others))
    )
    return Estimate(
        value=xx.mean + yy.mean - 2 * xy.mean,
        standard_error=safe_sqrt(jnp.maximum(first_order, 0) + second_order),
    )


def _within(sample: Features, origin: Point) -> _Pairs:
    """The parts over pairs of different points of one sample; these divisors leave no bias."""
    count = sample.shape[0]
    means, columns, squares = _rows(sample, sample, origin, same=True)
    # Least squares of row and column effects off the diagonal, given that rows add up to zero.
    explained = jnp.sum(columns**2) * ((count - 1) / (count * (count - 2)))
    interaction = (squares - explained) / float(count * (count - 3))  # beyond an integer's range
    rows = means * ((count - 1) / (count - 2))
    return _Pairs(jnp.mean(means), rows, rows, interaction)


def _between(features: Features, reference: OtherFeatures, origin: Point) -> _Pairs:
    """The parts over pairs of points of two samples."""
    count, others = features.shape[0], reference.shape[0]
    means, columns, squares = _rows(features, reference, origin, same=False)
    pairs = float((count - 1) * (others - 1))
    interaction = (squares - jnp.sum(columns**2) / count) / pairs
    return _Pairs(jnp.mean(means), means, columns / count, interaction)


def _rows(
    features: Features, reference: OtherFeatures, origin: Point, *, same: bool
) -> tuple[Values, Float[Array, " others"], Scalar]:
    """Of the kernel's matrix the mean of each row, and of what remains the sums and the squares.

    A few rows are made at a time. What remains of a row less its mean is added up over the columns,
    and squared over everything. Of a sample with itself the diagonal does not count.
    """
    count, others = features.shape[0], reference.shape[0]
    rows = min(ROWS, count)
    blocks = -(-count // rows)
    padded = jnp.pad(features, ((0, blocks * rows - count), (0, 0)))
    numbers = jnp.arange(blocks * rows).reshape(blocks, rows)
    columns = jnp.arange(others)[None]

    @jax.checkpoint  # or a gradient would keep the whole matrix
    def add(
        total: Float[Array, " others"], block: tuple[Features, Array]
    ) -> tuple[Float[Array, " others"], tuple[Values, Scalar]]:
        points, number = block
        counts = (number[:, None] < count) & ((number[:, None] != columns) | (not same))
        kernel = jnp.where(counts, _centred_kernel(points, reference, origin), 0)
        means = jnp.sum(kernel, axis=1) / (others - same)
        rest = jnp.where(counts, kernel - means[:, None], 0)
        return total + jnp.sum(rest, axis=0), (means, jnp.sum(rest**2))

    total, (means, squares) = jax.lax.scan(
        add, jnp.zeros_like(reference[:, 0]), (padded.reshape(blocks, rows, -1), numbers)
    )
    return means.reshape(-1)[:count], total, jnp.sum(squares)


def _centred_kernel(
    features: Features, reference: OtherFeatures, origin: Point
) -> Float[Array, "count others"]:
    r"""The kernel less what one point adds alone: $k(x,y) - k(x,o) - k(o,y) + k(o,o)$.

    Written without cancellation. In the distance and in its standard error the three other terms
    cancel, and with them the largest rounding errors.
    """
    size = origin.size
    with jax.default_matmul_precision("highest"):
        left, right = features - origin[None], reference - origin[None]
        level = origin @ origin / size + 1
        by_row, by_column = (left @ origin / size)[:, None], (right @ origin / size)[None]
        both = left @ right.T / size
    alone = level + by_row + by_column
    return 3 * by_row * by_column * (level + alone) + both * (3 * alone * (alone + both) + both**2)
