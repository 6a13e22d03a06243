r"""Rényi divergences of normals with independent coordinates, and Bhattacharyya's distance.

With $d = \log(\sigma_p^2/\sigma_q^2)$ the part that depends on the variances alone is
$\frac1{1-\alpha}\log(\alpha + (1-\alpha)e^d) - d$: for $\alpha < 1$ how far the logarithm of a
weighted mean of 1 and $e^d$ lies above the mean of their logarithms, divided by $1-\alpha$. No
single formula keeps its digits everywhere, so there are three, each used where nothing cancels in
it.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import checked, require_finite, require_non_negative
from gantheory._numerics import (
    expm1,
    exponential_excess,
    half_difference_excess,
    logarithm_excess,
    times_exponential,
    widened,
)

STEEP = -40.0  # below it the slopes of the formulas overflow at order 0
FAR = 80.0  # beyond it an exponential may overflow; up to it none does


@checked
@widened
def renyi_normal(
    mean_p: Float[Array, " *batch k"],
    log_variance_p: Float[Array, " *batch k"],
    mean_q: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
    *,
    order: Float[Array, ""] | float,
) -> Float[Array, " *batch"]:
    r"""Rényi divergence of order $\alpha\ge0$ of two normals with independent coordinates.

    $$D_\alpha(p\,\|\,q) = \frac1{\alpha-1}\log\int p^\alpha q^{1-\alpha}
    = \tfrac12\sum_{i=1}^k\Bigl(\frac{\alpha(\mu_{p,i}-\mu_{q,i})^2}{\sigma_{\alpha,i}^2}
    + \frac1{1-\alpha}\log\frac{\sigma_{\alpha,i}^2}
    {\sigma_{p,i}^{2(1-\alpha)}\sigma_{q,i}^{2\alpha}}\Bigr), \qquad
    \sigma_\alpha^2 = \alpha\sigma_q^2 + (1-\alpha)\sigma_p^2$$

    At $\alpha = 1$ the limit is taken, which is the KL divergence. For $\alpha > 1$ the integral is
    infinite where $\sigma_\alpha^2\le0$, and so is the result. Just before, where $\sigma_\alpha^2$
    is a small share $\epsilon$ of $\sigma_q^2$, a last digit $\delta$ of the order or of a
    log-variance is a relative error of up to $\max(\alpha, \frac1{\alpha-1})\,\delta/\epsilon$ of
    $\sigma_\alpha^2$.

    In single precision the slope in the order is infinite at order 0 where it exceeds the largest
    number, and it may be NaN at positive orders below $10^{-18}$ if $\sigma_p^2/\sigma_q^2$ is
    smaller than that, too.

    Raises:
        ValueError: The order is negative or not finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> mean, log_variance, zero = jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), jnp.zeros(2)
        >>> print(f"{divergences.renyi_normal(mean, log_variance, zero, zero, order=0.5):.4f}")
        0.3701
    """
    require_finite(mean_p=mean_p, log_variance_p=log_variance_p)
    require_finite(mean_q=mean_q, log_variance_q=log_variance_q)
    require_non_negative(order=order)
    alpha = jnp.asarray(order, mean_p.dtype)
    steep = (alpha == 0) & (log_variance_p - log_variance_q < STEEP)
    at_zero = 4 * alpha * _slope_at_zero(mean_p - mean_q, log_variance_p, log_variance_q)
    log_variance_p = jnp.where(steep, 0, log_variance_p)  # the slope of the rest is no number there
    log_variance_q = jnp.where(steep, 0, log_variance_q)
    mixed, log_unit = _mixed_variance(alpha, log_variance_p, log_variance_q)
    exists = mixed > 0
    shift = times_exponential(mean_p - mean_q, -0.5 * log_unit)
    distance = alpha / jnp.where(exists, mixed, 1) * shift * shift
    terms = distance + _spread(alpha, log_variance_p, log_variance_q)
    terms = jnp.where(steep, at_zero, jnp.where(exists, terms, jnp.inf))
    return 0.5 * jnp.sum(terms, axis=-1)


@checked
@widened
def bhattacharyya_normal(
    mean_p: Float[Array, " *batch k"],
    log_variance_p: Float[Array, " *batch k"],
    mean_q: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
) -> Float[Array, " *batch"]:
    r"""Bhattacharyya's distance of two normals: half the Rényi divergence of order one half.

    $$B(p, q) = -\log\int\sqrt{p\,q} = \tfrac12 D_{1/2}(p\,\|\,q) = B(q, p)$$

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> mean, log_variance, zero = jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), jnp.zeros(2)
        >>> print(f"{divergences.bhattacharyya_normal(mean, log_variance, zero, zero):.4f}")
        0.1851
    """
    return 0.5 * renyi_normal(mean_p, log_variance_p, mean_q, log_variance_q, order=0.5)


def _slope_at_zero(
    mean_difference: Float[Array, " *batch k"],
    log_variance_p: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
) -> Float[Array, " *batch k"]:
    r"""Half the slope in the order at 0, $\frac14((\mu_p-\mu_q)^2/\sigma_p^2 + e^{-d} - 1 + d)$.

    It is finite, as 0 times it must be 0; where 4 times it is not, the slope is none, either.
    """
    shift = times_exponential(mean_difference, -0.5 * log_variance_p)
    twice = shift * shift + exponential_excess(log_variance_q - log_variance_p)
    return jax.lax.stop_gradient(jnp.minimum(0.25 * twice, jnp.finfo(twice.dtype).max))


def _mixed_variance(
    alpha: Float[Array, ""],
    log_variance_p: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
) -> tuple[Float[Array, " *batch k"], Float[Array, " *batch k"]]:
    r"""$\alpha\sigma_q^2 + (1-\alpha)\sigma_p^2$ in a unit, and the logarithm of the unit.

    The unit is $\sigma_q^2$, or the larger variance where both have a positive weight.
    """
    difference = log_variance_p - log_variance_q
    falls = (alpha > 1) | (difference < 0)
    of_q = jnp.where(falls, difference, 0)
    # for α > 1 and d > 0 the two nearly cancel, and e^d - 1 is the more exact
    in_q = jnp.where(alpha > 1, 1 + (1 - alpha) * expm1(of_q), alpha + (1 - alpha) * jnp.exp(of_q))
    in_p = (1 - alpha) + alpha * jnp.exp(-jnp.where(falls, 0, difference))
    return jnp.where(falls, in_q, in_p), jnp.where(falls, log_variance_q, log_variance_p)


def _spread(
    alpha: Float[Array, ""],
    log_variance_p: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
) -> Float[Array, " *batch k"]:
    """The part that depends on the variances only; 0 where it is infinite."""
    rest = 1 - alpha
    difference = log_variance_p - log_variance_q
    most = jnp.finfo(alpha.dtype).max  # in place of infinity: 0 times it is 0, as at order 1

    # Orders above 1 and near it: φ(d) + (e^d - 1) h(x), x = (α - 1)(e^d - 1), smooth in α at 1.
    x = -rest * jnp.minimum(expm1(difference), most)
    upper = (alpha >= 1) | ((rest < 0.5) & (x > -0.5))
    exists = upper & (x < 1)
    p, q = jnp.where(exists, log_variance_p, 0), jnp.where(exists, log_variance_q, 0)
    growth = jnp.minimum(expm1(p - q), most)
    above = 2 * half_difference_excess(p, q) + growth * logarithm_excess(-rest * growth)

    # Orders below 1: the logarithm of 1 + α φ((α-1)d) + (1-α) φ(αd), a sum of positive numbers.
    share = jnp.where(upper, 0.5, alpha)
    near = ~upper & (jnp.abs(difference) < FAR)
    d = jnp.where(near, difference, 0)
    sides = share * exponential_excess((share - 1) * d), (1 - share) * exponential_excess(share * d)
    below = jnp.log1p(sides[0] + sides[1]) / (1 - share)

    # The same where its exponentials would overflow, by the weight of the larger variance.
    far = ~upper & ~near
    d = jnp.where(far, jnp.abs(difference), 0)
    weight = jnp.where(difference > 0, 1 - share, share)
    weighs = weight > 0  # if not, the order is 0, and so is the divergence
    logarithm = jnp.log(jnp.where(weighs, weight + (1 - weight) * jnp.exp(-d), 1))
    beyond = jnp.where(weighs, ((1 - weight) * d + logarithm) / (1 - share), 0)
    return jnp.where(upper, above, jnp.where(near, below, beyond))
