"""Distances and coverage of samples of a mixture in the plane, or in any space of few dimensions."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gantheory._checks import (
    require_count,
    require_finite,
    require_floating,
    require_positive,
    require_same_shape,
)
from gantheory.shapes import Scalar


def sliced_wasserstein(
    samples: Float[Array, " count size"],
    reference: Float[Array, " count size"],
    directions: Float[Array, " directions size"],
) -> Scalar:
    r"""Mean Wasserstein-1 distance of two samples of equal size, projected on given directions.

    $$\frac1m\sum_{j=1}^m W_1\bigl(\langle x, u_j\rangle, \langle y, u_j\rangle\bigr)$$

    Two samples of one law are a positive distance apart; measure that floor with a second sample.

    Args:
        samples: Points of equal weight.
        reference: As many points of the other law.
        directions: Unit vectors $u_j$; drawn or evenly spaced, by the caller.

    Returns:
        The distance, in the units of the samples.

    Raises:
        TypeError: An argument does not hold floating-point numbers.
        ValueError: An argument is empty, the two samples differ in shape, or a direction does not have
            their number of entries.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> points = jnp.array([[0.0, 0.0], [1.0, 1.0]])
        >>> print(metrics.sliced_wasserstein(points + 2.0, points, jnp.eye(2)))
        2.0
    """
    require_floating(samples=samples, reference=reference, directions=directions)
    require_same_shape(samples=samples, reference=reference)
    if directions.shape[1:] != samples.shape[1:]:
        raise ValueError(
            f"directions must have {samples.shape[1]} entries each, got shape {directions.shape}."
        )

    def along(direction: Float[Array, " size"]) -> Scalar:
        gaps = jnp.sort(samples @ direction) - jnp.sort(reference @ direction)
        return jnp.mean(jnp.abs(gaps))

    return jnp.mean(jax.lax.map(along, directions))


class ModeCoverage(NamedTuple):
    """How samples spread over the modes of a mixture.

    Attributes:
        counts: Samples on each mode.
        found: Modes with at least as many samples as were asked for.
        share_on_modes: The share of all samples that lie on a mode, in [0, 1].
        reverse_kl: KL divergence of the modes' shares among those samples from even shares, in nats; at most
            the logarithm of the number of modes, which is also the value when no sample is on a mode.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> modes = jnp.array([[0.0, 0.0], [1.0, 0.0]])
        >>> coverage = metrics.mode_coverage(modes, modes, radius=0.1, least=1)
        >>> print(coverage.found, coverage.share_on_modes, coverage.reverse_kl)
        2 1.0 0.0
    """

    counts: Int[Array, " modes"]
    found: Int[Array, ""]
    share_on_modes: Scalar
    reverse_kl: Scalar


def mode_coverage(
    samples: Float[Array, " count size"],
    centres: Float[Array, " modes size"],
    *,
    radius: float,
    least: int,
) -> ModeCoverage:
    """Count the samples within `radius` of each centre; a sample belongs to its nearest centre only.

    Args:
        samples: Generated points.
        centres: The modes of the target, all of one weight.
        radius: How near is on the mode; three standard deviations of a mode is usual.
        least: How many samples make a mode count as found.

    Returns:
        Counts, modes found, share on modes, and the divergence of the shares from even ones.

    Raises:
        TypeError: An argument does not hold floating-point numbers.
        ValueError: The samples are not finite, `radius` is not positive, or `least` is not a count.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> modes = jnp.array([[0.0, 0.0], [1.0, 0.0]])
        >>> samples = jnp.array([[0.05, 0.0], [0.0, 0.05], [0.5, 0.5], [0.0, -0.05]])
        >>> coverage = metrics.mode_coverage(samples, modes, radius=0.1, least=1)
        >>> print(coverage.counts, coverage.found, coverage.share_on_modes)
        [3 0] 1 0.75
    """
    require_floating(samples=samples, centres=centres)
    require_finite(samples=samples)
    require_positive(radius=radius)
    require_count(least=least)
    distances = jax.vmap(lambda x: jnp.linalg.norm(centres - x[None], axis=1))(samples)
    on_mode = jnp.min(distances, axis=1) <= radius
    modes = centres.shape[0]
    counts = jnp.zeros(modes, int).at[jnp.argmin(distances, axis=1)].add(on_mode.astype(int))
    total = jnp.sum(counts)
    shares = counts / jnp.maximum(total, 1)
    present = counts > 0
    terms = jnp.where(present, shares * jnp.log(modes * jnp.where(present, shares, 1)), 0)
    return ModeCoverage(
        counts=counts,
        found=jnp.sum(counts >= least),
        share_on_modes=jnp.mean(on_mode.astype(samples.dtype)),
        reverse_kl=jnp.where(total > 0, jnp.sum(terms), jnp.log(float(modes))).astype(
            samples.dtype
        ),
    )
