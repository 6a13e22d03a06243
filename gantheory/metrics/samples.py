"""What the distances between two samples share: the shapes, the checks, and differences point by point."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import require_finite, require_floating

Features = Float[Array, " count size"]
OtherFeatures = Float[Array, " others size"]
Point = Float[Array, " size"]

BLOCK = 32
"""How many points are compared with a whole sample at once; the fastest on a processor, of the powers of two."""


def squared_distances(point: Point, sample: Features) -> Float[Array, " count"]:
    """Squared distances by differences, feature by feature: exact for coinciding points, and quick under `vmap`."""

    def add(
        total: Float[Array, " count"], feature: tuple[Float[Array, " count"], Float[Array, ""]]
    ) -> tuple[Float[Array, " count"], None]:
        values, value = feature
        return total + (values - value) ** 2, None

    return jax.lax.scan(add, jnp.zeros_like(sample[:, 0]), (sample.T, point))[0]


def require_samples(least: int, **samples: Array) -> None:
    """Raise unless two samples are finite, have that many points at least, and are of one space."""
    require_floating(**samples)
    require_finite(**samples)
    for name, sample in samples.items():
        if sample.ndim != 2:
            raise ValueError(
                f"{name} must be rows of numbers, one row per point, got shape {sample.shape}: of images take "
                "features, or images.reshape(len(images), -1)."
            )
        if sample.shape[0] < least:
            raise ValueError(f"{name} must hold at least {least} points, got {sample.shape[0]}.")
    (name, sample), (other_name, other) = samples.items()
    if sample.shape[1:] != other.shape[1:]:
        raise ValueError(
            f"{name} and {other_name} must have feature vectors of one size, "
            f"got {sample.shape[1]} and {other.shape[1]}."
        )
