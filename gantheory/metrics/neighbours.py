"""Which points of one sample lie among those of another, by nearest neighbours in the features of some network.

All of them compare whole samples, point by point, a block of points at a time: what they need at once is a few dozen
rows of the matrix of distances, never all of it.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gantheory._checks import require_count
from gantheory.metrics.samples import (
    BLOCK,
    Features,
    OtherFeatures,
    Point,
    require_samples,
    squared_distances,
)
from gantheory.shapes import Scalar, Values


class PrecisionRecall(NamedTuple):
    """Both directions of "who lies among whom".

    Attributes:
        precision: The share of generated features within the neighbourhoods of the data, in [0, 1].
        recall: The share of the data's features within the neighbourhoods of what was generated, in [0, 1].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> sample = jnp.array([[0.0], [1.0], [2.0]])
        >>> precision, recall = metrics.precision_recall(sample, sample, neighbours=1)
        >>> print(precision, recall)
        1.0 1.0
    """

    precision: Scalar
    recall: Scalar


class DensityCoverage(NamedTuple):
    """How many neighbourhoods of the data the generated features lie in, and how many they reach.

    Attributes:
        density: The mean number of the data's neighbourhoods around a generated feature, over $k$; at least 0, not
            bounded by 1, and 1 on average when both samples are of one law.
        coverage: The share of the data's neighbourhoods that hold something generated, in [0, 1].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> data = jnp.array([[0.0], [1.0], [2.0], [3.0]])
        >>> density, coverage = metrics.density_coverage(data[:1], data, neighbours=1)
        >>> print(density, coverage)
        2.0 0.5
    """

    density: Scalar
    coverage: Scalar


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

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> data = jnp.array([[0.0], [1.0], [2.0], [3.0]])
        >>> generated = jnp.array([[0.5], [1.5], [9.0], [10.0]])
        >>> precision, recall = metrics.precision_recall(generated, data, neighbours=1)
        >>> print(precision, recall)
        0.5 0.75

    Source:
        Kynkäänniemi et al. (2019).
    """
    require_count(neighbours=neighbours)
    require_samples(neighbours + 1, features=features, reference=reference)
    return PrecisionRecall(
        precision=_share_among(features, reference, neighbours),
        recall=_share_among(reference, features, neighbours),
    )


def density_coverage(
    features: Features, reference: OtherFeatures, *, neighbours: int
) -> DensityCoverage:
    r"""Density and coverage, from the neighbourhoods of the data alone.

    $$\text{density} = \frac1{kM}\sum_{j=1}^M\sum_{i=1}^N 1\{y_j\in B_i\},\qquad
    \text{coverage} = \frac1N\sum_{i=1}^N 1\{\exists j:\ y_j\in B_i\}$$

    $B_i$ is the ball around the datum $x_i$ that reaches as far as its $k$-th nearest neighbour in the data (itself not
    counted), its surface included, as in `precision_recall`. One outlier among what was generated changes neither, and
    one in the data adds a single ball. For $N$ and $M$ points of one continuous law the means are, whatever the law,
    1 for the density and $1 - \prod_{i=1}^k (N-i)/(N+M-i)$ for the coverage: the ceilings that a perfect generator meets.

    Args:
        features: Feature vectors $y_j$ of what was generated.
        reference: Feature vectors $x_i$ of the data.
        neighbours: The number $k$; the source uses 5.

    Returns:
        The density and the coverage.

    Raises:
        TypeError: A sample does not hold floating-point numbers.
        ValueError: The data have no more than $k$ members, a sample is empty or not finite, or the sizes of the feature
            vectors differ.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> data = jnp.array([[0.0], [1.0], [2.0], [3.0]])
        >>> generated = jnp.array([[0.5], [1.5], [9.0], [10.0]])
        >>> density, coverage = metrics.density_coverage(generated, data, neighbours=1)
        >>> print(density, coverage)
        1.0 0.75

    Source:
        Naeem et al. (2020).
    """
    require_count(neighbours=neighbours)
    require_samples(1, features=features, reference=reference)
    if reference.shape[0] <= neighbours:
        raise ValueError(
            f"reference must hold at least {neighbours + 1} points, got {reference.shape[0]}."
        )
    squared_radii = _squared_radii(reference, neighbours)

    def held(ball: tuple[Point, Scalar]) -> Scalar:
        centre, squared_radius = ball
        inside = squared_distances(centre, features) <= squared_radius
        return jnp.mean(inside.astype(features.dtype))

    shares = jax.lax.map(held, (reference, squared_radii), batch_size=BLOCK)
    return DensityCoverage(
        density=jnp.sum(shares) / neighbours,
        coverage=jnp.mean((shares > 0).astype(features.dtype)),
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

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> training = jnp.array([[0.0, 0.0], [10.0, 0.0]])
        >>> print(metrics.nearest_distances(jnp.array([[3.0, 4.0], [10.0, 0.0]]), training))
        [5. 0.]
    """
    require_samples(1, features=features, reference=reference)
    return jnp.sqrt(_for_each(jnp.min, features, reference))


def _share_among(points: Features, sample: OtherFeatures, neighbours: int) -> Scalar:
    """The share of the points that lie within some member's neighbourhood."""
    squared_radii = _squared_radii(sample, neighbours)
    inside = _for_each(lambda squares: jnp.any(squares <= squared_radii), points, sample)
    return jnp.mean(inside.astype(points.dtype))


def _squared_radii(sample: Features, neighbours: int) -> Float[Array, " count"]:
    """Squared distance of each member to its neighbour of that rank; the nearest one is the member itself."""
    return _for_each(lambda squares: _smallest(squares, neighbours + 1), sample, sample)


def _for_each(reduce: Callable[[Values], Array], points: Features, sample: OtherFeatures) -> Array:
    """What is made of the squared distances to a sample, for each point."""
    return jax.lax.map(
        lambda point: reduce(squared_distances(point, sample)), points, batch_size=BLOCK
    )


def _smallest(values: Values, rank: int) -> Scalar:
    """The smallest but `rank - 1`, equal ones counted one by one; for small ranks quicker than sorting."""

    def following(_: Int[Array, ""], value: Scalar) -> Scalar:
        above = jnp.min(jnp.where(values > value, values, jnp.inf))
        return jnp.where(jnp.sum(values <= value) < rank, above, value)

    return jax.lax.fori_loop(1, rank, following, jnp.min(values))
