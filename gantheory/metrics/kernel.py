"""The kernel distance between two samples of any kind, taken in the features of some network."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.metrics.samples import Features, OtherFeatures, Point, require_samples
from gantheory.shapes import Scalar, Values


class KernelDistance(NamedTuple):
    """A squared distance that sampling blurs, and by how much.

    Attributes:
        estimate: The squared distance; without bias, so often below 0 when the laws are alike.
        standard_error: The standard deviation of `estimate` over repeated samples, estimated from these.

    Examples:
        >>> import jax
        >>> from gantheory import metrics
        >>> data, fresh = jax.random.normal(jax.random.key(0), (2, 200, 4))
        >>> estimate, standard_error = metrics.kernel_distance(fresh + 2.0, data)
        >>> print(estimate > 10 * standard_error)
        True
    """

    estimate: Scalar
    standard_error: Scalar


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


def kernel_distance(features: Features, reference: OtherFeatures) -> KernelDistance:
    r"""Squared maximum mean discrepancy with a cubic kernel, without bias, from all pairs, and its standard error.

    $$\frac{\sum_{i\ne j}k(x_i,x_j)}{m(m-1)} + \frac{\sum_{i\ne j}k(y_i,y_j)}{n(n-1)}
    - \frac{2\sum_{i,j}k(x_i,y_j)}{mn},\qquad k(x,y) = \Bigl(\frac{x^\top y}{d}+1\Bigr)^3$$

    With the features of the Inception network this is the KID, there averaged over random subsets. Sizes may differ.
    The law of the points enters through its first three moments only: the distance of two laws that share these is 0.

    The standard error is that of the U-statistic, $\tfrac4m\operatorname{Var}h + \tfrac4n\operatorname{Var}g
    + \tfrac{2}{m(m-1)}\tau_{xx} + \tfrac{2}{n(n-1)}\tau_{yy} + \tfrac{4}{mn}\tau_{xy}$ by Hoeffding's decomposition:
    $h(x) = \mathbb{E}\,k(x,X) - \mathbb{E}\,k(x,Y)$, $g(y) = \mathbb{E}\,k(y,Y) - \mathbb{E}\,k(y,X)$ and $\tau$ the
    variances of the doubly centred kernels. Each part is estimated without bias, the sum of the first two set to 0 if it
    comes out negative. It holds near equal laws too, where $h$ and $g$ vanish and a jackknife gives twice the variance.

    Args:
        features: One feature vector per sample, such as `jax.vmap(network)(images)`; $m\ge4$ of them.
        reference: The other sample's, $n\ge4$ of them.

    Returns:
        The squared distance, which may be negative, and its standard error.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: A sample has fewer than four members, is not finite, or the sizes of the feature vectors differ.

    Examples:
        >>> import jax
        >>> from gantheory import metrics
        >>> data, fresh = jax.random.normal(jax.random.key(0), (2, 500, 8))
        >>> near, far = metrics.kernel_distance(fresh, data), metrics.kernel_distance(fresh + 1.0, data)
        >>> print(abs(near.estimate) < 3 * near.standard_error, far.estimate > 3 * far.standard_error)
        True True

    Source:
        Bińkowski et al. (2018).
    """
    require_samples(4, features=features, reference=reference)
    count, others = features.shape[0], reference.shape[0]
    origin = (jnp.mean(features, axis=0) + jnp.mean(reference, axis=0)) / 2
    xx = _within(_centred_kernel(features, features, origin))
    yy = _within(_centred_kernel(reference, reference, origin))
    xy = _between(_centred_kernel(features, reference, origin))
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
    return KernelDistance(
        estimate=xx.mean + yy.mean - 2 * xy.mean,
        standard_error=jnp.sqrt(jnp.maximum(first_order, 0) + second_order),
    )


def _centred_kernel(
    features: Features, reference: OtherFeatures, origin: Point
) -> Float[Array, " count others"]:
    r"""The kernel less what one of the points adds alone: $k(x,y) - k(x,o) - k(o,y) + k(o,o)$, without cancellation.

    In the distance and in its standard error the three other terms cancel, and with them the largest rounding errors.
    """
    size = origin.size
    left, right = features - origin[None], reference - origin[None]
    level = origin @ origin / size + 1
    by_row, by_column = (left @ origin / size)[:, None], (right @ origin / size)[None]
    both = left @ right.T / size
    alone = level + by_row + by_column
    return 3 * by_row * by_column * (level + alone) + both * (3 * alone * (alone + both) + both**2)


def _within(kernel: Float[Array, " count count"]) -> _Pairs:
    """The parts over pairs of different points of one sample; these divisors leave no bias."""
    count = kernel.shape[0]
    same = jnp.eye(count, dtype=bool)
    rows = jnp.sum(jnp.where(same, 0, kernel), axis=1) / (count - 2)
    total = jnp.sum(rows)
    rest = kernel - rows[:, None] - rows[None] + total / (count - 1)
    interaction = jnp.sum(jnp.where(same, 0, rest) ** 2) / (count * (count - 3))
    return _Pairs(total * ((count - 2) / (count * (count - 1))), rows, rows, interaction)


def _between(kernel: Float[Array, " count others"]) -> _Pairs:
    """The parts over pairs of points of two samples."""
    count, others = kernel.shape
    rows, columns = jnp.mean(kernel, axis=1), jnp.mean(kernel, axis=0)
    mean = jnp.mean(rows)
    rest = kernel - rows[:, None] - columns[None] + mean
    return _Pairs(mean, rows, columns, jnp.sum(rest**2) / ((count - 1) * (others - 1)))
