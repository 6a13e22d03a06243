r"""Arithmetic that keeps the last digits: $e^s - 1 - s$, and the same of an unrounded difference.

Every closed form of the Gaussian KL is a sum of $e^s - 1 - s$ and of squares. Both are
non-negative, so nothing cancels once each of them is computed without cancellation.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

SERIES_RADIUS = 1.0
LARGE = 40.0  # where nothing cancels any more and an overflow is still far away
SERIES_TERMS = 18  # the first term left out is below 1e-18 of the sum at the radius


@jax.custom_jvp
@jax.jit
def exponential_excess(s: Float[Array, " *any"]) -> Float[Array, " *any"]:
    r"""How far the exponential lies above its tangent at 0.

    $$\phi(s) = e^s - 1 - s = \frac{s^2}{2}\Bigl(1 + \frac s3\Bigl(1 + \frac s4\bigl(1 + \dots
    \bigr)\Bigr)\Bigr), \qquad \phi'(s) = e^s - 1$$

    Near 0 the two sides of the subtraction agree in all but their last digits; there the series is
    summed instead. Its derivative is the function `expm1` itself.

    What other ways to compute it lose is measured in
    [2.1 The KL divergence of a Gaussian][computing-it-without-losing-digits].

    Args:
        s: Any real numbers.

    Returns:
        The excess, at least 0, of the shape of `s`.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> print([f"{one:.4g}" for one in divergences.exponential_excess(jnp.array([1e-4, 1.0]))])
        ['5e-09', '0.7183']
    """
    small = jnp.abs(s) < SERIES_RADIUS
    return jnp.where(small, _series(jnp.where(small, s, 0)), jnp.expm1(s) - s)


@exponential_excess.defjvp
def _exponential_excess_jvp(primals, tangents):
    (s,), (tangent,) = primals, tangents
    return exponential_excess(s), jnp.expm1(s) * tangent


@jax.custom_jvp
@jax.jit
def half_difference_excess(
    a: Float[Array, " *any"], b: Float[Array, " *any"]
) -> Float[Array, " *any"]:
    r"""Half the excess of a difference, $\tfrac12\phi(a - b)$, as if the difference were not rounded.

    The rounding error $\epsilon$ of $d = a - b$ is itself a floating-point number, and
    $\phi(d + \epsilon) = \phi(d) + \epsilon\,(e^d - 1)$ up to $\epsilon^2$. For large $d$ the exponential
    enters as $\tfrac12(1 + \epsilon)\,e^{d/2}e^{d/2}$, which overflows only if the result does. So does
    the derivative, by the identity $\phi'(d) = \phi(d) + d$ for positive $d$.

    Args:
        a: Any real numbers.
        b: Real numbers of the same shape.

    Returns:
        Half the excess, at least 0, of the shape of `a`.
    """
    difference = a - b
    taken = a - difference
    rounding = (a - (difference + taken)) + (taken - b)
    large = difference > LARGE
    moderate = jnp.where(large, 0, difference)
    usual = 0.5 * (exponential_excess(moderate) + rounding * jnp.expm1(moderate))
    root = jnp.exp(0.5 * jnp.where(large, difference, 0))
    grown = 0.5 * (1 + rounding) * root * root - 0.5 * (1 + difference)
    return jnp.where(large, grown, usual)


@half_difference_excess.defjvp
def _half_difference_excess_jvp(primals, tangents):
    value = half_difference_excess(*primals)
    difference = primals[0] - primals[1]
    below = 0.5 * jnp.expm1(jnp.minimum(difference, 0))
    slope = jnp.where(difference > 0, value + 0.5 * difference, below)
    return value, slope * (tangents[0] - tangents[1])


def _series(s: Float[Array, " *any"]) -> Float[Array, " *any"]:
    total = jnp.ones_like(s)
    for divisor in range(SERIES_TERMS + 2, 2, -1):
        total = 1 + s / divisor * total
    return 0.5 * s * s * total
