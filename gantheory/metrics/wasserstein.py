r"""Wasserstein distances: on the line, along given directions, and in any dimension by assignment.

Of two samples the distance is that between the samples, not between their distributions. Two
samples of one distribution are a positive distance apart, a floor that for order 1 falls like
$n^{-1/2}$ on the line, where $\int\sqrt{F(1-F)}$ is finite, and only like $n^{-1/d}$ in $d > 2$
dimensions, for a density on a bounded set. Measure it with a second sample of the data, and compare
equal sizes only.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gantheory._checks import (
    checked,
    is_known,
    require_count,
    require_finite,
    require_same_shape,
)
from gantheory._lengths import safe_sqrt
from gantheory._numerics import widened
from gantheory._types import AnyArray, ValuesLike
from gantheory.metrics._samples import BLOCK, require_points, scaled, squared_distances
from gantheory.shapes import Scalar, Values


def midpoints(count: int) -> Values:
    r"""The midpoints $(i + \tfrac12)/n$ of $n$ equal cells of the unit interval.

    Raises:
        ValueError: The `count` $n$ is not an integer of at least 1, or exceeds 11,184,811 in single
            precision, whose numbers are not dense enough for more to be told apart.

    Examples:
        >>> from gantheory import metrics
        >>> print(metrics.midpoints(4))
        [0.125 0.375 0.625 0.875]
    """
    require_count(count=count)
    cells = jnp.arange(count, dtype=float)
    # Near 1 the numbers are eps / 2 apart, and a quotient is rounded before it is taken from 1.
    most = round(4 / 3 / float(jnp.finfo(cells.dtype).eps))
    if count > most:
        raise ValueError(f"count must be at most {most} in {cells.dtype}, got {count}.")
    # From the nearer end, because i + 1/2 is not a number of the type for the largest i.
    lower = (jnp.minimum(cells, (count - 1) - cells) + 0.5) / count
    return jnp.where(cells < count / 2, lower, 1 - lower)


@checked
@widened
def wasserstein_1d(samples: ValuesLike, quantile: Callable[[Values], Values]) -> Scalar:
    r"""Wasserstein-1 distance of equally weighted points to a distribution with known quantiles.

    $$W_1 = \int_0^1 \lvert Q_{\text{samples}}(u) - Q(u)\rvert\,du
    \approx \frac1n\sum_i \bigl\lvert x_{(i)} - Q\bigl(\tfrac{i+1/2}{n}\bigr)\bigr\rvert$$

    For a generator of one uniform latent nothing needs to be sampled: its outputs at the
    [`midpoints`][gantheory.metrics.midpoints] of $n$ cells are the quantiles of what it generates
    if it is monotone. If it is not, but is Lipschitz, they are so up to $O(1/n)$.

    Raises:
        ValueError: The target's `quantile` function $Q$ does not return one number per sample.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> uniform_quantile = lambda u: u
        >>> print(metrics.wasserstein_1d(jnp.array([1.25, 1.75]), uniform_quantile))
        1.0
    """
    expected = jnp.asarray(quantile(midpoints(samples.size)))
    require_same_shape(samples=samples, quantile=expected)
    return jnp.mean(jnp.abs(jnp.sort(samples) - expected.astype(samples.dtype)))


@checked
@widened
def wasserstein_samples_1d(samples: ValuesLike, reference: Float[AnyArray, " others"]) -> Scalar:
    r"""Wasserstein-1 distance of two samples on the line, of any sizes.

    $$W_1 = \int \lvert F_{\text{samples}}(x) - F_{\text{reference}}(x)\rvert\,dx$$

    Against a target in closed form, with the generator's outputs at midpoints in the place of
    draws, there is no sampling floor: see `wasserstein_1d`.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> print(metrics.wasserstein_samples_1d(jnp.array([0.0, 1.0]), jnp.array([3.0])))
        2.5
    """
    require_finite(samples=samples, reference=reference)
    pooled = jnp.concatenate([samples, reference])
    order = jnp.argsort(pooled)
    below = jnp.cumsum(order < samples.size)[:-1]
    others_below = jnp.arange(1, pooled.size) - below
    gap = jnp.abs(below / samples.size - others_below / reference.size).astype(pooled.dtype)
    return jnp.sum(gap * jnp.diff(pooled[order]))


@checked
@widened
def sliced_wasserstein(
    samples: Float[AnyArray, " count size"],
    reference: Float[AnyArray, " count size"],
    directions: Float[AnyArray, " directions size"],
) -> Scalar:
    r"""Mean Wasserstein-1 distance of two samples of equal size, projected on given directions.

    $$\frac1m\sum_{j=1}^m W_1\bigl(\langle x, u_j\rangle, \langle y, u_j\rangle\bigr)$$

    The `directions` $u_j$ are unit vectors, drawn or evenly spaced by the caller.

    Raises:
        ValueError: A direction is not of length 1.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> points = jnp.array([[0.0, 0.0], [1.0, 1.0]])
        >>> print(metrics.sliced_wasserstein(points + 2.0, points, jnp.eye(2)))
        2.0
    """
    require_finite(samples=samples, reference=reference)
    lengths = jnp.linalg.norm(directions, axis=1)
    # The tolerance is that of directions which were normalised in half precision.
    if is_known(lengths) and not jnp.all(jnp.abs(lengths - 1) < 0.02):
        raise ValueError("directions must be unit vectors: divide each by its length.")

    def along(direction: Float[Array, " size"]) -> Scalar:
        one, other = (
            jnp.sort(jnp.matmul(points, direction, precision="highest"))
            for points in (samples, reference)
        )
        return jnp.mean(jnp.abs(one - other))

    return jnp.mean(jax.lax.map(along, directions))


@checked
@widened
def wasserstein_assignment(
    samples: Float[AnyArray, " count size"],
    reference: Float[AnyArray, " count size"],
    *,
    order: int,
) -> Scalar:
    r"""Wasserstein distance, of order 1 or 2, of two samples of equal size in any dimension.

    $$W_p = \Bigl(\min_\pi \frac1n\sum_{i=1}^n \lVert x_i - y_{\pi(i)}\rVert^p\Bigr)^{1/p}$$

    Between equally many points of equal weight some permutation $\pi$ is an optimal transport. It
    is found by the Hungarian algorithm, whose time grows with $n^3$: a thousand points take about a
    second, and $n^2$ distances are held at once. The gradient is that of the optimal assignment,
    and 0 for a point that coincides with its partner. If a traced point is not finite, the distance
    is NaN or infinite.

    Raises:
        ValueError: The order $p$ is neither 1 nor 2.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> samples = jnp.array([[0.0, 0.0], [3.0, 4.0]])
        >>> reference = jnp.array([[3.0, 4.0], [0.0, 5.0]])
        >>> print(metrics.wasserstein_assignment(samples, reference, order=1))
        2.5
    """
    require_points(1, samples=samples, reference=reference)
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}.")
    points, others, unit = scaled(samples, reference)
    squares = jax.lax.map(lambda point: squared_distances(point, others), points, batch_size=BLOCK)
    costs = squares if order == 2 else safe_sqrt(squares)
    rows, columns = optax.assignment.hungarian_algorithm(_solvable(jax.lax.stop_gradient(costs)))
    mean = jnp.mean(costs[rows, columns])
    return unit * (safe_sqrt(mean) if order == 2 else mean)


def _solvable(costs: Float[Array, " count count"]) -> Float[Array, " count count"]:
    """Finite costs in [0, 1], in the default precision; their assignment is the same."""
    finite = jnp.where(jnp.isfinite(costs), costs, 0).astype(float)
    greatest = jnp.max(finite)
    return finite / jnp.where(greatest > 0, greatest, 1)
