"""Distances between two samples of any kind, taken in the features of some network.

A feature function is whatever the caller trusts, usually the last hidden layer of a classifier that the generator has
never met. The numbers mean something only beside their floor: the same distance between two halves of the data.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.checks import require_count, require_finite, require_floating
from gantheory.divergences.transport import squared_bures
from gantheory.shapes import Scalar

Features = Float[Array, " count size"]
OtherFeatures = Float[Array, " others size"]


class PrecisionRecall(NamedTuple):
    """Both directions of "who lies among whom".

    Attributes:
        precision: The share of generated features within the neighbourhoods of the data, in [0, 1].
        recall: The share of the data's features within the neighbourhoods of what was generated, in [0, 1].
    """

    precision: Scalar
    recall: Scalar


def frechet_distance(features: Features, reference: OtherFeatures) -> Scalar:
    r"""Squared Fréchet distance of the normal laws with the two samples' means and covariances.

    $$\lVert m_1-m_2\rVert^2 + \operatorname{tr}\bigl(C_1 + C_2 - 2(C_1^{1/2}C_2C_1^{1/2})^{1/2}\bigr)$$

    With the features of the Inception network this is the FID. The covariances (divisor $n-1$) may be singular: the trace
    is computed from factors $C = FF^\top$ as the least $\lVert F_1-F_2U\rVert^2$ over orthogonal $U$, which cannot come
    out negative. It is biased upwards for small samples; compare equal sizes only.

    Args:
        features: One feature vector per sample, at least two samples.
        reference: The other sample's.

    Returns:
        The squared distance, at least 0, in squared units of the features.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: A sample has fewer than two members, is not finite, or the sizes of the feature vectors differ.

    Source:
        Heusel et al. (2017).
    """
    _require_samples(2, features=features, reference=reference)
    means = [jnp.mean(sample, axis=0) for sample in (features, reference)]
    factors = [_covariance_factor(sample) for sample in (features, reference)]
    return jnp.sum((means[0] - means[1]) ** 2) + squared_bures(*factors)


def precision_recall(
    features: Features, reference: OtherFeatures, *, neighbours: int
) -> PrecisionRecall:
    r"""Improved precision and recall, from nearest neighbours.

    A point lies among a sample if, for at least one member of the sample, it is no further from that member than the
    member's own $k$-th nearest neighbour in the sample (itself not counted).

    Args:
        features: Feature vectors of what was generated.
        reference: Feature vectors of the data.
        neighbours: The number $k$; the source uses 3.

    Returns:
        The precision and the recall.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: A sample has no more than $k$ members, is not finite, or the sizes of the feature vectors differ.

    Source:
        Kynkäänniemi et al. (2019).
    """
    require_count(neighbours=neighbours)
    _require_samples(neighbours + 1, features=features, reference=reference)
    return PrecisionRecall(
        precision=_share_among(features, reference, neighbours),
        recall=_share_among(reference, features, neighbours),
    )


def nearest_distances(features: Features, reference: OtherFeatures) -> Float[Array, " count"]:
    r"""Euclidean distance from each point to the nearest one of another sample.

    Distances to the training data that are much smaller than those of fresh data to the training data mean copying.

    Args:
        features: The points.
        reference: Where the nearest one is looked for.

    Returns:
        One distance per point, at least 0, in the units of the features.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: A sample is empty or not finite, or the sizes of the feature vectors differ.
    """
    _require_samples(1, features=features, reference=reference)
    return jax.lax.map(lambda point: jnp.min(_distances(point, reference)), features)


def _share_among(points: Features, sample: OtherFeatures, neighbours: int) -> Scalar:
    """The share of the points that lie within some member's neighbourhood."""

    def radius(member: Float[Array, " size"]) -> Scalar:
        return jnp.sort(_distances(member, sample))[
            neighbours
        ]  # the nearest one is the member itself

    radii = jax.lax.map(radius, sample)
    inside = jax.lax.map(lambda point: jnp.any(_distances(point, sample) <= radii), points)
    return jnp.mean(inside.astype(points.dtype))


def _distances(point: Float[Array, " size"], sample: Features) -> Float[Array, " count"]:
    """Distances by differences: exact for coinciding points."""
    return jnp.linalg.norm(sample - point[None], axis=1)


def _covariance_factor(sample: Features) -> Float[Array, " size size"]:
    """A square factor of the covariance; it need not have full rank."""
    centred = (sample - jnp.mean(sample, axis=0, keepdims=True)) / (sample.shape[0] - 1) ** 0.5
    triangle = jnp.linalg.qr(centred, mode="r")
    return jnp.pad(triangle, ((0, sample.shape[1] - triangle.shape[0]), (0, 0))).T


def _require_samples(least: int, **samples: Array) -> None:
    require_floating(**samples)
    require_finite(**samples)
    for name, sample in samples.items():
        if sample.shape[0] < least:
            raise ValueError(f"{name} must hold at least {least} points, got {sample.shape[0]}.")
    (name, sample), (other_name, other) = samples.items()
    if sample.shape[1] != other.shape[1]:
        raise ValueError(
            f"{name} and {other_name} must have feature vectors of one size, "
            f"got {sample.shape[1]} and {other.shape[1]}."
        )
