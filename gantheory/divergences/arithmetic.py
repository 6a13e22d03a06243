r"""The excess of the exponential over its tangent, of which the closed forms are made."""

from jaxtyping import Array, Float

from gantheory import _numerics
from gantheory._checks import checked
from gantheory._numerics import widened


@checked
@widened
def exponential_excess(s: Float[Array, " *any"]) -> Float[Array, " *any"]:
    r"""How far the exponential lies above its tangent at 0.

    $$\phi(s) = e^s - 1 - s = \frac{s^2}{2}\Bigl(1 + \frac s3\Bigl(1 + \frac s4\bigl(1 + \dots
    \bigr)\Bigr)\Bigr), \qquad \phi'(s) = e^s - 1$$

    It is at least 0. Near 0 the two sides of the subtraction agree in all but their last digits;
    there the series is summed instead. What other ways to compute it lose is measured in
    [2.1 The KL divergence of a Gaussian][computing-it-without-losing-digits].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> print([f"{one:.4g}" for one in divergences.exponential_excess(jnp.array([1e-4, 1.0]))])
        ['5e-09', '0.7183']
    """
    return _numerics.exponential_excess(s)
