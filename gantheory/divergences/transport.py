r"""Optimal transport between normal laws: the squared Wasserstein-2 distance in closed form.

For full covariances this is the formula behind the Fréchet distance of image statistics.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.divergences.parameters import require_covariance, require_vectors


def squared_wasserstein_normal(
    mean_p: Float[Array, " *batch k"],
    log_variance_p: Float[Array, " *batch k"],
    mean_q: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
) -> Float[Array, " *batch"]:
    r"""Squared Wasserstein-2 distance of two normal laws with independent coordinates.

    $$W_2^2(p, q) = \sum_{i=1}^k (\mu_{p,i}-\mu_{q,i})^2 + (\sigma_{p,i}-\sigma_{q,i})^2$$

    Args:
        mean_p: The mean of $p$.
        log_variance_p: The log-variances of $p$.
        mean_q: The mean of $q$.
        log_variance_q: The log-variances of $q$.

    Returns:
        The squared distance, at least 0, in squared units of the samples.

    Raises:
        TypeError: The parameters are not floating-point numbers.
        ValueError: The shapes differ, or a parameter is empty, infinite or NaN.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> mean, log_variance, zero = jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), jnp.zeros(2)
        >>> print(f"{divergences.squared_wasserstein_normal(mean, log_variance, zero, zero):.4f}")
        1.4208
    """
    require_vectors(
        mean_p=mean_p,
        log_variance_p=log_variance_p,
        mean_q=mean_q,
        log_variance_q=log_variance_q,
    )
    growth = jnp.expm1(0.5 * jnp.abs(log_variance_p - log_variance_q))
    spread = jnp.exp(0.5 * jnp.minimum(log_variance_p, log_variance_q)) * growth
    return jnp.sum((mean_p - mean_q) ** 2 + spread**2, axis=-1)


def squared_wasserstein_multivariate_normal(
    mean_p: Float[Array, " *batch k"],
    covariance_p: Float[Array, " *batch k k"],
    mean_q: Float[Array, " *batch k"],
    covariance_q: Float[Array, " *batch k k"],
) -> Float[Array, " *batch"]:
    r"""Squared Wasserstein-2 distance of two normal laws with full covariance matrices.

    $$W_2^2(p, q) = \lVert\mu_p-\mu_q\rVert^2 + \operatorname{tr}\bigl(\Sigma_p + \Sigma_q
    - 2(\Sigma_p^{1/2}\Sigma_q\Sigma_p^{1/2})^{1/2}\bigr)$$

    The trace is the squared Bures distance. It equals $\min_U\lVert L_p - L_qU\rVert_F^2$ over
    orthogonal $U$ for any factors $\Sigma = LL^\top$ (orthogonal Procrustes), and is computed so:
    no matrix square root, no cancellation, never negative. At the minimum the gradient with respect
    to $U$ vanishes, so first derivatives take $U$ as fixed; second derivatives are not supported.

    Args:
        mean_p: The mean of $p$.
        covariance_p: The covariance of $p$, symmetric and positive definite.
        mean_q: The mean of $q$.
        covariance_q: The covariance of $q$, symmetric and positive definite.

    Returns:
        The squared distance, at least 0, in squared units of the samples.

    Raises:
        TypeError: The parameters are not floating-point numbers.
        ValueError: Shapes do not fit, a parameter is empty, infinite or NaN, or a covariance is not
            symmetric and positive definite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> zero, unit, correlated = jnp.zeros(2), jnp.eye(2), jnp.array([[1.0, 0.6], [0.6, 1.0]])
        >>> print(f"{divergences.squared_wasserstein_multivariate_normal(zero, correlated, zero, unit):.4f}")
        0.2053
    """
    require_vectors(mean_p=mean_p, mean_q=mean_q)
    require_covariance(mean_p, covariance_p=covariance_p, covariance_q=covariance_q)
    factor_p = jnp.linalg.cholesky(covariance_p)
    factor_q = jnp.linalg.cholesky(covariance_q)
    return jnp.sum((mean_p - mean_q) ** 2, axis=-1) + squared_bures(factor_p, factor_q)


def squared_bures(
    factor_p: Float[Array, " *batch k k"], factor_q: Float[Array, " *batch k k"]
) -> Float[Array, " *batch"]:
    """Squared Bures distance of two covariances by square factors of them, of any rank."""
    overlap = jax.lax.stop_gradient(jnp.swapaxes(factor_q, -1, -2) @ factor_p)
    left, _, right = jnp.linalg.svd(overlap, full_matrices=False)
    difference = factor_p - factor_q @ (left @ right)
    return jnp.sum(difference**2, axis=(-2, -1))
