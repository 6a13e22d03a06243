"""The largest gap between two distribution functions on the line."""

from collections.abc import Callable

import jax.numpy as jnp

from gantheory._checks import checked, is_known, require_same_shape
from gantheory._numerics import widened
from gantheory._types import ValuesLike
from gantheory.shapes import Scalar, Values


@checked
@widened
def kolmogorov_smirnov_1d(samples: ValuesLike, distribution: Callable[[Values], Values]) -> Scalar:
    r"""Largest gap, in [0, 1], between the distribution function of points and a continuous one.

    $$\mathrm{KS} = \sup_x \lvert F_{\text{samples}}(x) - F(x)\rvert$$

    No $n$ points are nearer than $\tfrac1{2n}$; the quantiles of order
    [`midpoints`][gantheory.metrics.midpoints]`(n)` are that near.

    Raises:
        ValueError: The target's `distribution` function $F$ does not return one number in [0, 1]
            per sample.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> uniform = lambda x: jnp.clip(x, 0.0, 1.0)
        >>> print(metrics.kolmogorov_smirnov_1d(jnp.array([0.25, 0.5]), uniform))
        0.5
    """
    expected = jnp.asarray(distribution(jnp.sort(samples)))
    require_same_shape(samples=samples, distribution=expected)
    tolerance = 8 * float(jnp.finfo(expected.dtype).eps)
    if is_known(expected) and jnp.any((expected < -tolerance) | (expected > 1 + tolerance)):
        raise ValueError("distribution must return probabilities, in [0, 1].")
    steps = (jnp.arange(samples.size + 1) / samples.size).astype(expected.dtype)
    below, above = steps[:-1], steps[1:]
    gaps = jnp.maximum(expected - below, above - expected)
    # By its place, not its value: compiled, a number may not equal the maximum that it is, as it is
    # computed twice and rounded otherwise, and the derivative of `max` is lost.
    return gaps[jnp.argmax(gaps)]
