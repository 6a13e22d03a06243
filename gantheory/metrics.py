r"""Distances between a generated law and the law it should have.

In one dimension nothing needs to be sampled: push the midpoints of $n$ equal cells of the latent's
unit interval through the generator, and the outputs are the quantiles of the generated law, up to
order. The distances below take such outputs and the target in closed form, so that they have no
sampling floor.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gantheory.checks import (
    require_count,
    require_finite,
    require_floating,
    require_positive,
    require_same_shape,
)
from gantheory.shapes import Scalar, Values

__all__ = [
    "ModeCoverage",
    "kolmogorov_smirnov_1d",
    "midpoints",
    "mode_coverage",
    "sliced_wasserstein",
    "wasserstein_1d",
]


def midpoints(count: int) -> Values:
    r"""The midpoints $(i + \tfrac12)/n$ of $n$ equal cells of the unit interval.

    Args:
        count: The number $n$ of cells, at least 1.

    Returns:
        An increasing array of `count` numbers in (0, 1).

    Raises:
        ValueError: `count` is not a whole number of at least 1.
    """
    require_count(count=count)
    return (jnp.arange(count, dtype=float) + 0.5) / count


def wasserstein_1d(samples: Values, quantile: Callable[[Values], Values]) -> Scalar:
    r"""Wasserstein-1 distance of equally weighted points to a law given by its quantile function.

    $$W_1 = \int_0^1 \lvert Q_{\text{samples}}(u) - Q(u)\rvert\,du
    \approx \frac1n\sum_i \bigl\lvert x_{(i)} - Q\bigl(\tfrac{i+1/2}{n}\bigr)\bigr\rvert$$

    Args:
        samples: Points of equal weight, in any order.
        quantile: The target's quantile function.

    Returns:
        The distance, in the units of the samples.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: There are no samples, or the target gives not one number for each.
    """
    require_floating(samples=samples)
    expected = quantile(midpoints(samples.size))
    require_same_shape(samples=samples, quantile=expected)
    return jnp.mean(jnp.abs(jnp.sort(samples) - expected))


def kolmogorov_smirnov_1d(samples: Values, distribution: Callable[[Values], Values]) -> Scalar:
    r"""Largest gap between the distribution function of points and that of a continuous law.

    $$\mathrm{KS} = \sup_x \lvert F_{\text{samples}}(x) - F(x)\rvert$$

    Args:
        samples: Points of equal weight, in any order.
        distribution: The target's cumulative distribution function.

    Returns:
        The distance, between 0 and 1.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: There are no samples, or the target gives not one number for each.
    """
    require_floating(samples=samples)
    expected = distribution(jnp.sort(samples))
    require_same_shape(samples=samples, distribution=expected)
    steps = (jnp.arange(samples.size + 1) / samples.size).astype(expected.dtype)
    below, above = steps[:-1], steps[1:]
    return jnp.max(jnp.maximum(expected - below, above - expected))


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
