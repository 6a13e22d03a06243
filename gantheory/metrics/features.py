"""The Fréchet distance between two samples of any kind, taken in the features of some network.

A feature function is whatever the caller trusts, usually the last hidden layer of a classifier that the generator has
never met. The numbers mean something only beside their floor: the same distance between two halves of the data.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.divergences.transport import squared_bures
from gantheory.metrics.samples import Features, OtherFeatures, require_samples
from gantheory.shapes import Scalar


def frechet_distance(features: Features, reference: OtherFeatures) -> Scalar:
    r"""Squared Fréchet distance of the normal laws with the two samples' means and covariances.

    $$\lVert m_1-m_2\rVert^2 + \operatorname{tr}\bigl(C_1 + C_2 - 2(C_1^{1/2}C_2C_1^{1/2})^{1/2}\bigr)$$

    With the features of the Inception network this is the FID. The covariances (divisor $n-1$) may be singular: the trace
    is computed from factors $C = FF^\top$ as the least $\lVert F_1-F_2U\rVert^2$ over orthogonal $U$, which cannot come
    out negative. It is biased upwards for small samples; compare equal sizes only.

    Args:
        features: One feature vector per sample, such as `jax.vmap(network)(images)`; at least two samples.
        reference: The other sample's.

    Returns:
        The squared distance, at least 0, in squared units of the features.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: A sample has fewer than two members, is not finite, or the sizes of the feature vectors differ.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> reference = jnp.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
        >>> print(f"{metrics.frechet_distance(reference + 3.0, reference):.3f}")
        18.000

    Source:
        Heusel et al. (2017).
    """
    require_samples(2, features=features, reference=reference)
    means = [jnp.mean(sample, axis=0) for sample in (features, reference)]
    factors = [_covariance_factor(sample) for sample in (features, reference)]
    return jnp.sum((means[0] - means[1]) ** 2) + squared_bures(*factors)


def _covariance_factor(sample: Features) -> Float[Array, " size size"]:
    """A square factor of the covariance; it need not have full rank."""
    centred = (sample - jnp.mean(sample, axis=0, keepdims=True)) / (sample.shape[0] - 1) ** 0.5
    triangle = jnp.linalg.qr(centred, mode="r")
    return jnp.pad(triangle, ((0, sample.shape[1] - triangle.shape[0]), (0, 0))).T
