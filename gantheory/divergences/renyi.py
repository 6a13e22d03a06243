r"""Rényi divergences of normal laws with independent coordinates, and Bhattacharyya's distance."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import require_non_negative
from gantheory.divergences.arithmetic import exponential_excess
from gantheory.divergences.parameters import require_vectors


def renyi_normal(
    mean_p: Float[Array, " *batch k"],
    log_variance_p: Float[Array, " *batch k"],
    mean_q: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
    *,
    order: Float[Array, ""] | float,
) -> Float[Array, " *batch"]:
    r"""Rényi divergence of order $\alpha$ between two normal laws with independent coordinates.

    $$D_\alpha(p\,\|\,q) = \frac1{\alpha-1}\log\int p^\alpha q^{1-\alpha}
    = \tfrac12\sum_{i=1}^k\Bigl(\frac{\alpha(\mu_{p,i}-\mu_{q,i})^2}{\sigma_{\alpha,i}^2}
    + \frac1{1-\alpha}\log\frac{\sigma_{\alpha,i}^2}
    {\sigma_{p,i}^{2(1-\alpha)}\sigma_{q,i}^{2\alpha}}\Bigr), \qquad
    \sigma_\alpha^2 = \alpha\sigma_q^2 + (1-\alpha)\sigma_p^2$$

    At $\alpha = 1$ the limit is taken, which is the KL divergence. For $\alpha > 1$ the integral is
    infinite where $\sigma_\alpha^2\le0$, and so is the result. With $d = \log(\sigma_p^2/\sigma_q^2)$
    and $\phi(s) = e^s-1-s$ the logarithm is computed as
    $\log(1 + \alpha\,\phi((\alpha-1)d) + (1-\alpha)\,\phi(\alpha d))$, in which nothing cancels for
    orders between 0 and 1.

    Args:
        mean_p: The mean of $p$.
        log_variance_p: The log-variances of $p$.
        mean_q: The mean of $q$.
        log_variance_q: The log-variances of $q$.
        order: The order $\alpha$, at least 0.

    Returns:
        The divergence in nats, at least 0 and possibly infinite, one number per pair of laws.

    Raises:
        TypeError: The parameters are not floating-point numbers.
        ValueError: The shapes differ, a parameter is empty, infinite or NaN, or the order is
            negative or not finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> mean, log_variance, zero = jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), jnp.zeros(2)
        >>> print(f"{divergences.renyi_normal(mean, log_variance, zero, zero, order=0.5):.4f}")
        0.3701
    """
    require_vectors(
        mean_p=mean_p,
        log_variance_p=log_variance_p,
        mean_q=mean_q,
        log_variance_q=log_variance_q,
    )
    require_non_negative(order=order)
    alpha = jnp.asarray(order, mean_p.dtype)
    rest = 1 - alpha
    log_ratio = log_variance_p - log_variance_q
    mixed = 1 + rest * jnp.expm1(log_ratio)  # the mixed variance in units of q's
    exists = mixed > 0
    shift = (mean_p - mean_q) * jnp.exp(-0.5 * log_variance_q)
    distance = alpha * shift * shift / jnp.where(exists, mixed, 1)
    terms = jnp.where(exists, distance + _spread(alpha, rest, log_ratio, exists), jnp.inf)
    return 0.5 * jnp.sum(terms, axis=-1)


def bhattacharyya_normal(
    mean_p: Float[Array, " *batch k"],
    log_variance_p: Float[Array, " *batch k"],
    mean_q: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
) -> Float[Array, " *batch"]:
    r"""Bhattacharyya's distance of two normal laws: half the Rényi divergence of order one half.

    $$B(p, q) = -\log\int\sqrt{p\,q} = \tfrac12 D_{1/2}(p\,\|\,q)$$

    Args:
        mean_p: The mean of $p$.
        log_variance_p: The log-variances of $p$.
        mean_q: The mean of $q$.
        log_variance_q: The log-variances of $q$.

    Returns:
        The distance in nats, at least 0 and symmetric, one number per pair of laws.

    Raises:
        TypeError: The parameters are not floating-point numbers.
        ValueError: The shapes differ, or a parameter is empty, infinite or NaN.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> mean, log_variance, zero = jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), jnp.zeros(2)
        >>> print(f"{divergences.bhattacharyya_normal(mean, log_variance, zero, zero):.4f}")
        0.1851
    """
    return 0.5 * renyi_normal(mean_p, log_variance_p, mean_q, log_variance_q, order=0.5)


def _spread(
    alpha: Float[Array, ""],
    rest: Float[Array, ""],
    log_ratio: Float[Array, " *batch k"],
    exists: Array,
) -> Float[Array, " *batch k"]:
    """The part that depends on the variances only; its limit at order one is the excess itself."""
    is_one = rest == 0
    inside = alpha * exponential_excess(-rest * log_ratio)
    inside = inside + rest * exponential_excess(alpha * log_ratio)
    logarithm = jnp.log1p(jnp.where(exists, inside, 0)) / jnp.where(is_one, 1, rest)
    return jnp.where(is_one, exponential_excess(log_ratio), logarithm)
