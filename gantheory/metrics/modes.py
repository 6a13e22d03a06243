"""How the samples of a mixture spread over its modes."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gantheory._checks import checked, require_count, require_finite, require_positive
from gantheory._lengths import wide
from gantheory._types import AnyArray
from gantheory.metrics._samples import scaled, squared_distances
from gantheory.shapes import Scalar


class ModeCoverage(NamedTuple):
    """How samples spread over the modes of a mixture.

    Attributes:
        counts: Samples on each mode.
        found: Modes with at least `min_count` samples.
        share_on_modes: The share of all samples that lie on a mode, in [0, 1].
        reverse_kl: KL divergence of the modes' shares among those samples from even shares, in
            nats; at most the logarithm of the number of modes, which is also the value when no
            sample is on a mode.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> modes = jnp.array([[0.0, 0.0], [1.0, 0.0]])
        >>> coverage = metrics.mode_coverage(modes, modes, radius=0.1, min_count=1)
        >>> print(coverage.found, coverage.share_on_modes, coverage.reverse_kl)
        2 1.0 0.0
    """

    counts: Int[Array, " modes"]
    found: Int[Array, ""]
    share_on_modes: Scalar
    reverse_kl: Scalar


@checked
def mode_coverage(
    samples: Float[AnyArray, " count size"],
    centres: Float[AnyArray, " modes size"],
    *,
    radius: float,
    min_count: int,
) -> ModeCoverage:
    """Count the samples within `radius` of each centre; each belongs to its nearest centre only.

    The `centres` are the modes of the target, all of one weight. Three standard deviations of a
    mode are a usual radius; `min_count` samples make a mode count as found.

    Raises:
        ValueError: `radius` is not positive, or `min_count` is not an integer of at least 1.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> modes = jnp.array([[0.0, 0.0], [1.0, 0.0]])
        >>> samples = jnp.array([[0.05, 0.0], [0.0, 0.05], [0.5, 0.5], [0.0, -0.05]])
        >>> coverage = metrics.mode_coverage(samples, modes, radius=0.1, min_count=1)
        >>> print(coverage.counts, coverage.found, coverage.share_on_modes)
        [3 0] 1 0.75
    """
    require_finite(samples=samples, centres=centres)
    require_positive(radius=radius)
    require_count(min_count=min_count)
    points, modes, unit = scaled(wide(samples), wide(centres))
    squares = jax.vmap(lambda point: squared_distances(point, modes))(points)
    distances = unit * jnp.sqrt(squares)
    on_mode = jnp.min(distances, axis=1) <= radius
    counts = jnp.bincount(
        jnp.argmin(distances, axis=1), weights=on_mode.astype(int), length=modes.shape[0]
    )
    total = jnp.sum(counts)
    shares = counts / jnp.maximum(total, 1)
    present = counts > 0
    terms = jnp.where(present, shares * jnp.log(counts.size * jnp.where(present, shares, 1)), 0)
    divergence = jnp.where(total > 0, jnp.sum(terms), jnp.log(float(counts.size)))
    return ModeCoverage(
        counts=counts,
        found=jnp.sum(counts >= min_count),
        share_on_modes=jnp.mean(on_mode.astype(unit.dtype)).astype(samples.dtype),
        reverse_kl=divergence.astype(samples.dtype),
    )
