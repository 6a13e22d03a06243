r"""Distances of a generated law on the line from the law it should have.

Nothing needs to be sampled: push the midpoints of $n$ equal cells of the latent's unit interval through the generator, and
the outputs are the quantiles of the generated law, up to order. The distances below take such outputs and the target in
closed form, so that they have no sampling floor.
"""

from collections.abc import Callable

import jax.numpy as jnp

from gantheory._checks import require_count, require_floating, require_same_shape
from gantheory.shapes import Scalar, Values


def midpoints(count: int) -> Values:
    r"""The midpoints $(i + \tfrac12)/n$ of $n$ equal cells of the unit interval.

    Args:
        count: The number $n$ of cells, at least 1.

    Returns:
        An increasing array of `count` numbers in (0, 1).

    Raises:
        ValueError: `count` is not a whole number of at least 1.

    Examples:
        >>> from gantheory import metrics
        >>> print(metrics.midpoints(4))
        [0.125 0.375 0.625 0.875]
    """
    require_count(count=count)
    return (jnp.arange(count, dtype=float) + 0.5) / count


def wasserstein_1d(samples: Values, quantile: Callable[[Values], Values]) -> Scalar:
    r"""Wasserstein-1 distance of equally weighted points to a law given by its quantile function.

    $$W_1 = \int_0^1 \lvert Q_{\text{samples}}(u) - Q(u)\rvert\,du
    \approx \frac1n\sum_i \bigl\lvert x_{(i)} - Q\bigl(\tfrac{i+1/2}{n}\bigr)\bigr\rvert$$

    Args:
        samples: Points of equal weight, in any order.
        quantile: The target's quantile function.

    Returns:
        The distance, in the units of the samples.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: There are no samples, or the target gives not one number for each.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> uniform_quantile = lambda u: u
        >>> print(metrics.wasserstein_1d(jnp.array([1.25, 1.75]), uniform_quantile))
        1.0
    """
    require_floating(samples=samples)
    expected = quantile(midpoints(samples.size))
    require_same_shape(samples=samples, quantile=expected)
    return jnp.mean(jnp.abs(jnp.sort(samples) - expected))


def kolmogorov_smirnov_1d(samples: Values, distribution: Callable[[Values], Values]) -> Scalar:
    r"""Largest gap between the distribution function of points and that of a continuous law.

    $$\mathrm{KS} = \sup_x \lvert F_{\text{samples}}(x) - F(x)\rvert$$

    Args:
        samples: Points of equal weight, in any order.
        distribution: The target's cumulative distribution function.

    Returns:
        The distance, between 0 and 1.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: There are no samples, or the target gives not one number for each.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> uniform_distribution = lambda x: jnp.clip(x, 0.0, 1.0)
        >>> print(metrics.kolmogorov_smirnov_1d(jnp.array([0.25, 0.5]), uniform_distribution))
        0.5
    """
    require_floating(samples=samples)
    expected = distribution(jnp.sort(samples))
    require_same_shape(samples=samples, distribution=expected)
    steps = (jnp.arange(samples.size + 1) / samples.size).astype(expected.dtype)
    below, above = steps[:-1], steps[1:]
    return jnp.max(jnp.maximum(expected - below, above - expected))
