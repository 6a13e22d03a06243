"""What the distances between two samples share: the checks, and differences point by point."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import require_finite
from gantheory._lengths import magnitude
from gantheory._types import AnyArray
from gantheory.shapes import Scalar

Features = Float[Array, " count size"]
OtherFeatures = Float[Array, " others size"]
FeaturesLike = Float[AnyArray, " count size"]
OtherFeaturesLike = Float[AnyArray, " others size"]
Point = Float[Array, " size"]

BLOCK = 32
"""How many points are compared with a whole sample at once; of the powers of two the fastest."""


def squared_distances(
    points: Float[Array, "*left size"], sample: Float[Array, "*right size"]
) -> Float[Array, " count"]:
    """Squared distances, feature by feature: exact for coinciding points, quick under `vmap`.

    One of the two may be a single point. The order of the additions never changes, so that equal
    distances come out equal wherever they are computed.
    """

    def add(
        total: Float[Array, " count"], feature: tuple[Array, Array]
    ) -> tuple[Float[Array, " count"], None]:
        value, other = feature
        return total + (value - other) ** 2, None

    count = jnp.broadcast_shapes(points.shape[:-1], sample.shape[:-1])
    return jax.lax.scan(add, jnp.zeros(count, sample.dtype), (points.T, sample.T))[0]


def scaled(
    features: FeaturesLike, reference: OtherFeaturesLike
) -> tuple[Features, OtherFeatures, Scalar]:
    """Two samples in units in which no square overflows or vanishes, and the unit of length."""
    unit = magnitude(features, reference)
    return jnp.asarray(features) / unit, jnp.asarray(reference) / unit, unit


def require_points(least: int, **samples: AnyArray) -> None:
    """Raise unless every sample is finite and holds that many points at least."""
    require_finite(**samples)
    for name, sample in samples.items():
        if sample.shape[0] < least:
            raise ValueError(f"{name} must hold at least {least} points, got {sample.shape[0]}.")
