r"""Optimal transport between normals: the squared Wasserstein-2 distance in closed form.

For full covariances this is the formula behind the Fréchet distance of image statistics.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import checked, require_finite
from gantheory._numerics import expm1, times_exponential, widened
from gantheory.divergences.parameters import require_covariances

Matrix = Float[Array, " *batch k k"]


@checked
@widened
def squared_wasserstein_normal(
    mean_p: Float[Array, " *batch k"],
    log_variance_p: Float[Array, " *batch k"],
    mean_q: Float[Array, " *batch k"],
    log_variance_q: Float[Array, " *batch k"],
) -> Float[Array, " *batch"]:
    r"""Squared Wasserstein-2 distance of two normals with independent coordinates.

    $$W_2^2(p, q) = \sum_{i=1}^k (\mu_{p,i}-\mu_{q,i})^2 + (\sigma_{p,i}-\sigma_{q,i})^2$$

    It is in squared units of the samples.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> mean, log_variance, zero = jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), jnp.zeros(2)
        >>> print(f"{divergences.squared_wasserstein_normal(mean, log_variance, zero, zero):.4f}")
        1.4208
    """
    require_finite(mean_p=mean_p, log_variance_p=log_variance_p)
    require_finite(mean_q=mean_q, log_variance_q=log_variance_q)
    # σ_p - σ_q from the larger of the two; without |…|, whose curvature at 0 would be lost
    wider = log_variance_p > log_variance_q
    largest = jnp.where(wider, log_variance_p, log_variance_q)
    difference = jnp.where(wider, -1, 1) * (log_variance_p - log_variance_q)
    spread = times_exponential(expm1(0.5 * difference), 0.5 * largest)
    return jnp.sum((mean_p - mean_q) ** 2 + spread**2, axis=-1)


@checked
@widened
def squared_wasserstein_multivariate_normal(
    mean_p: Float[Array, " *batch k"],
    covariance_p: Float[Array, " *batch k k"],
    mean_q: Float[Array, " *batch k"],
    covariance_q: Float[Array, " *batch k k"],
) -> Float[Array, " *batch"]:
    r"""Squared Wasserstein-2 distance of two normal distributions with full covariance matrices.

    $$W_2^2(p, q) = \lVert\mu_p-\mu_q\rVert^2 + \operatorname{tr}\bigl(\Sigma_p + \Sigma_q
    - 2(\Sigma_p^{1/2}\Sigma_q\Sigma_p^{1/2})^{1/2}\bigr)$$

    It is in squared units of the samples. The trace, the squared Bures distance, equals
    $\min_U\lVert L_p - L_qU\rVert_F^2$ over orthogonal $U$ for any factors $\Sigma = LL^\top$
    (orthogonal Procrustes), and is computed so, with factors from the eigenvalues: no cancellation,
    never negative. The covariances may be singular, as those of few samples or of features that
    never change; an eigenvalue below 0 by no more than rounding is taken as 0. The standard
    deviations that should be 0 are then known only to the root of the last digit, 3e-4 of the
    largest in single precision; from samples, `metrics.frechet_distance` is more exact.

    The gradient in $\Sigma_p$ is $I - T$ with the matrix $T$ of the transport map from $p$ to $q$.
    In directions in which $p$ does not vary it does not exist, and $T$ is taken as 0 there. Second
    derivatives raise a `NotImplementedError`.

    Raises:
        ValueError: A covariance is not symmetric and positive semi-definite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> zero, unit, correlated = jnp.zeros(2), jnp.eye(2), jnp.array([[1.0, 0.6], [0.6, 1.0]])
        >>> distance = divergences.squared_wasserstein_multivariate_normal
        >>> print(f"{distance(zero, correlated, zero, unit):.4f}")
        0.2053
    """
    require_finite(mean_p=mean_p, mean_q=mean_q)
    require_covariances(covariance_p=covariance_p, covariance_q=covariance_q)
    shift = jnp.sum((mean_p - mean_q) ** 2, axis=-1)
    return shift + _squared_bures_of_covariances(covariance_p, covariance_q)


def squared_bures(factor_p: Matrix, factor_q: Matrix) -> Float[Array, " *batch"]:
    """Squared Bures distance of two covariances by square factors of them, of any rank."""
    rotation = _rotation(*map(jax.lax.stop_gradient, (factor_p, factor_q)))
    return jnp.sum((factor_p - factor_q @ rotation) ** 2, axis=(-2, -1))


def _rotation(factor_p: Matrix, factor_q: Matrix) -> Matrix:
    """The orthogonal matrix that brings the second factor nearest to the first."""
    left, _, right = jnp.linalg.svd(_transposed(factor_q) @ factor_p, full_matrices=False)
    return left @ right


@jax.custom_jvp
def _squared_bures_of_covariances(
    covariance_p: Matrix, covariance_q: Matrix
) -> Float[Array, " *batch"]:
    return squared_bures(_factor(covariance_p)[0], _factor(covariance_q)[0])


@_squared_bures_of_covariances.defjvp
def _squared_bures_jvp(primals, tangents):
    # By the envelope theorem the best rotation can be held fixed, and no eigenvector, which would
    # not be differentiable where two eigenvalues are equal, needs to be differentiated.
    value, slope_p, slope_q = _bures_and_slopes(*primals)
    change = jnp.sum(slope_p * tangents[0] + slope_q * tangents[1], axis=(-2, -1))
    return value, change


@jax.custom_jvp
def _bures_and_slopes(
    covariance_p: Matrix, covariance_q: Matrix
) -> tuple[Float[Array, " *batch"], Matrix, Matrix]:
    (factor_p, inverse_p), (factor_q, inverse_q) = _factor(covariance_p), _factor(covariance_q)
    rotation = _rotation(factor_p, factor_q)
    value = jnp.sum((factor_p - factor_q @ rotation) ** 2, axis=(-2, -1))
    identity = jnp.broadcast_to(jnp.eye(factor_p.shape[-1], dtype=factor_p.dtype), factor_p.shape)
    transport_p = factor_q @ rotation @ inverse_p
    transport_q = factor_p @ _transposed(rotation) @ inverse_q
    slope_p = identity - 0.5 * (transport_p + _transposed(transport_p))
    slope_q = identity - 0.5 * (transport_q + _transposed(transport_q))
    return value, slope_p, slope_q


@_bures_and_slopes.defjvp
def _no_second_derivative(primals, tangents):
    raise NotImplementedError(
        "squared_wasserstein_multivariate_normal has no second derivatives: its first ones are "
        "those of a minimum over rotations, held fixed."
    )


def _factor(covariance: Matrix) -> tuple[Matrix, Matrix]:
    r"""A factor $L$ with $\Sigma = LL^\top$, and its pseudo-inverse."""
    values, vectors = jnp.linalg.eigh(covariance)
    roots = jnp.sqrt(jnp.maximum(values, 0))
    vary = values > values.shape[-1] * jnp.finfo(values.dtype).eps * values[..., -1:]
    inverse_roots = jnp.where(vary, 1 / jnp.where(vary, roots, 1), 0)
    return vectors * roots[..., None, :], inverse_roots[..., :, None] * _transposed(vectors)


def _transposed(matrix: Matrix) -> Matrix:
    return jnp.swapaxes(matrix, -1, -2)
