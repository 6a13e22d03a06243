r"""KL divergence of normal distributions with full covariance matrices, by Cholesky factors.

With $\Sigma_p = L_p L_p^\top$, $\Sigma_q = L_q L_q^\top$ and the triangular matrix $M =
L_q^{-1}L_p$, trace and log-determinant belong together entry by entry: the divergence is half of
$\sum_{i>j} M_{ij}^2 + \sum_i (M_{ii}^2 - 1 - \log M_{ii}^2) + \lVert
L_q^{-1}(\mu_p-\mu_q)\rVert^2$, a sum of non-negative numbers. No matrix is inverted and no
determinant is formed.
"""

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from gantheory._checks import checked, require_finite
from gantheory._numerics import half_difference_excess, widened
from gantheory.divergences.parameters import cholesky, require_covariances


@checked
@widened
def kl_multivariate_normal(
    mean_p: Float[Array, " *batch k"],
    covariance_p: Float[Array, " *batch k k"],
    mean_q: Float[Array, " *batch k"],
    covariance_q: Float[Array, " *batch k k"],
) -> Float[Array, " *batch"]:
    r"""KL divergence between two normal distributions with full covariance matrices.

    $$\mathrm{KL}(p\,\|\,q) = \tfrac12\Bigl[\operatorname{tr}(\Sigma_q^{-1}\Sigma_p)
    + (\mu_p-\mu_q)^\top\Sigma_q^{-1}(\mu_p-\mu_q) - k
    + \log\frac{\det\Sigma_q}{\det\Sigma_p}\Bigr]$$

    The relative error grows with the condition numbers of the covariances, up to the point where
    one of them is singular in its floating-point type; while tracing, the result is NaN from there
    on.

    Raises:
        ValueError: A covariance is not symmetric, or not positive definite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> zero, unit, correlated = jnp.zeros(2), jnp.eye(2), jnp.array([[1.0, 0.6], [0.6, 1.0]])
        >>> print(f"{divergences.kl_multivariate_normal(zero, correlated, zero, unit):.4f}")
        0.2231
    """
    require_finite(mean_p=mean_p, mean_q=mean_q)
    require_covariances(definite=True, covariance_p=covariance_p, covariance_q=covariance_q)
    factor_p, factor_q = cholesky(covariance_p=covariance_p, covariance_q=covariance_q)
    ratio = solve_triangular(factor_q, factor_p, lower=True)
    shift = solve_triangular(factor_q, (mean_p - mean_q)[..., None], lower=True)
    log_variances = [2 * jnp.log(_diagonal(factor)) for factor in (factor_p, factor_q)]
    below = jnp.sum(jnp.tril(ratio, -1) ** 2, axis=(-2, -1))
    squares = below + jnp.sum(shift**2, axis=(-2, -1))
    return 0.5 * squares + jnp.sum(half_difference_excess(*log_variances), axis=-1)


def _diagonal(matrices: Float[Array, " *batch k k"]) -> Float[Array, " *batch k"]:
    return jnp.diagonal(matrices, axis1=-2, axis2=-1)
