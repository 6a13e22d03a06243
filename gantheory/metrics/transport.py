"""Exact Wasserstein distances between two samples: on the line in any numbers, elsewhere in equal ones.

Exact is the distance between the samples, not between their laws. Two samples of one law are apart by a floor, which
on the line falls like $n^{-1/2}$ with their size for order 1, and in $d > 2$ dimensions only like $n^{-1/d}$: measure it
with a second sample of the data, and compare equal sizes only.
"""

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gantheory._checks import require_finite, require_floating, require_same_shape
from gantheory.metrics.samples import BLOCK, require_samples, squared_distances
from gantheory.shapes import Scalar, Values


def wasserstein_samples_1d(samples: Values, reference: Float[Array, " others"]) -> Scalar:
    r"""Wasserstein-1 distance of two samples on the line, of any sizes, through their distribution functions.

    $$W_1 = \int \lvert F_{\text{samples}}(x) - F_{\text{reference}}(x)\rvert\,dx$$

    Two samples of one law are a positive distance apart, which falls like $n^{-1/2}$ with the smaller size; a target in
    closed form has no such floor, see `wasserstein_1d`.

    Args:
        samples: Points of equal weight, in any order.
        reference: Points of the other law, in any order.

    Returns:
        The distance, in the units of the samples.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: A sample is empty or not finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> print(metrics.wasserstein_samples_1d(jnp.array([0.0, 1.0]), jnp.array([3.0])))
        2.5
    """
    require_floating(samples=samples, reference=reference)
    require_finite(samples=samples, reference=reference)
    pooled = jnp.concatenate([samples, reference])
    order = jnp.argsort(pooled)
    below = jnp.cumsum(order < samples.size)[:-1]
    others_below = jnp.arange(1, pooled.size) - below
    gap = jnp.abs(below / samples.size - others_below / reference.size).astype(pooled.dtype)
    return jnp.sum(gap * jnp.diff(pooled[order]))


def wasserstein_assignment(
    samples: Float[Array, " count size"], reference: Float[Array, " count size"], *, order: int
) -> Scalar:
    r"""Wasserstein distance of two samples of equal size in any dimension, by optimal assignment.

    $$W_p = \Bigl(\min_\pi \frac1n\sum_{i=1}^n \lVert x_i - y_{\pi(i)}\rVert^p\Bigr)^{1/p}$$

    Between equally many points of equal weight some permutation $\pi$ is an optimal transport. It is found by the
    Hungarian algorithm, whose time grows with $n^3$: a thousand points take about a second.

    Two samples of one law are a positive distance apart, in $d > 2$ dimensions by about $n^{-1/d}$ for order 1: the
    thousandfold sample brings that floor down tenfold in three dimensions, and in 64 hardly at all.

    Args:
        samples: Points of equal weight.
        reference: As many points of the other law.
        order: The order $p$, 1 or 2.

    Returns:
        The distance, in the units of the samples; NaN or infinite if a traced point is not finite.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: The samples differ in shape, one is empty or not finite, or the order is neither 1 nor 2.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> samples, reference = jnp.array([[0.0, 0.0], [3.0, 4.0]]), jnp.array([[3.0, 4.0], [0.0, 5.0]])
        >>> print(metrics.wasserstein_assignment(samples, reference, order=1))
        2.5
    """
    require_samples(1, samples=samples, reference=reference)
    require_same_shape(samples=samples, reference=reference)
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}.")
    squares = jax.lax.map(
        lambda point: squared_distances(point, reference), samples, batch_size=BLOCK
    )
    costs = squares if order == 2 else jnp.sqrt(squares)
    rows, columns = optax.assignment.hungarian_algorithm(_solvable(costs))
    mean = jnp.mean(costs[rows, columns])
    return jnp.sqrt(mean) if order == 2 else mean


def _solvable(costs: Float[Array, " count count"]) -> Float[Array, " count count"]:
    """Costs in [0, 1] of the solver's own precision; it would never end if one were not finite."""
    finite = jnp.where(jnp.isfinite(costs), costs, 0).astype(float)
    greatest = jnp.max(finite)
    return finite / jnp.where(greatest > 0, greatest, 1)
