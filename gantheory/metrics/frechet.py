"""The Fréchet distance between two samples of any kind, in the features of some network.

A feature function is whatever the caller trusts, usually the last hidden layer of a classifier that
the generator has never met. The numbers mean something only beside their floor: the same distance
between two halves of the data.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import checked
from gantheory._numerics import widened
from gantheory.divergences.transport import squared_bures
from gantheory.metrics._samples import Features, FeaturesLike, OtherFeaturesLike, require_points
from gantheory.shapes import Scalar

Matrix = Float[Array, "size size"]


@checked
@widened
def frechet_distance(features: FeaturesLike, reference: OtherFeaturesLike) -> Scalar:
    r"""Squared Fréchet distance of the normal distributions with the samples' moments.

    $$\lVert m_1-m_2\rVert^2
    + \operatorname{tr}\bigl(C_1 + C_2 - 2(C_1^{1/2}C_2C_1^{1/2})^{1/2}\bigr)$$

    With the features of the Inception network this is the FID. The covariances (divisor $n-1$) may
    be singular: the trace is computed from factors $C = FF^\top$ as the least
    $\lVert F_1-F_2U\rVert^2$ over orthogonal $U$, which cannot come out negative. It is biased
    upwards for small samples; compare equal sizes only. It is in squared units of the features.

    From stored means and covariances, which programs for the FID keep as `mu` and `sigma`, the same
    distance is `divergences.squared_wasserstein_multivariate_normal(mu_1, sigma_1, mu_2, sigma_2)`.

    The gradient is finite everywhere. Where a covariance is singular in a direction in which the
    other is not, as for a constant feature or a collapsed generator, the distance has a kink like
    that of $|\sigma|$ at 0, and the gradient is a value between the one-sided ones.

    Args:
        features: One feature vector per sample, such as `jax.vmap(network)(images)`; at least two.
        reference: The other sample's.

    Second derivatives are not those of the distance: the rules hold a rotation fixed.

    Raises:
        ValueError: A sample has fewer than two members.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> reference = jnp.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
        >>> print(f"{metrics.frechet_distance(reference + 3.0, reference):.3f}")
        18.000

    Source:
        Heusel et al. (2017).
    """
    require_points(2, features=features, reference=reference)
    samples = (features, reference)
    means = [jnp.mean(sample, axis=0) for sample in samples]
    factors = [
        _sample_factor(sample - mean[None]) for sample, mean in zip(samples, means, strict=True)
    ]
    with jax.default_matmul_precision("highest"):
        return jnp.sum((means[0] - means[1]) ** 2) + squared_bures(*factors)


@jax.custom_jvp
def _sample_factor(centred: Features) -> Matrix:
    """A square factor of the covariance of centred points; it need not have full rank."""
    return _square(jnp.linalg.qr(centred, mode="r"), centred.shape[0])


@_sample_factor.defjvp
def _sample_factor_jvp(
    primals: tuple[Features], tangents: tuple[Features]
) -> tuple[Matrix, Matrix]:
    """The derivative with Q held fixed.

    A factor may be turned by any rotation without changing the distance, so of X = QR only the part
    Qᵀ dX of dR counts. JAX's own derivative of QR divides by R, which is singular for fewer points
    than features (centring costs a rank) and for constant features.
    """
    [centred], [tangent] = primals, tangents
    q, r = jnp.linalg.qr(centred)
    moved = jnp.matmul(q.T, tangent, precision="highest")
    return _square(r, centred.shape[0]), _square(moved, centred.shape[0])


def _square(triangle: Float[Array, "rank size"], count: int) -> Matrix:
    """The factor of the covariance from R: transposed, filled up with zero columns."""
    rank, size = triangle.shape
    return jnp.pad(triangle / (count - 1) ** 0.5, ((0, size - rank), (0, 0))).T
