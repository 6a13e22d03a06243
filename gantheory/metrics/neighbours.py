"""Which points of one sample lie among those of another, by nearest neighbours in features.

All of them compare whole samples, a block of points at a time: what they need at once is a few
dozen rows of the matrix of distances, never all of it.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from gantheory._checks import checked, require_count
from gantheory._lengths import safe_sqrt
from gantheory._numerics import widened
from gantheory.metrics._comparison import Rows, Squares, by_rows, smallest
from gantheory.metrics._samples import (
    Features,
    FeaturesLike,
    OtherFeaturesLike,
    require_points,
    scaled,
    squared_distances,
)
from gantheory.shapes import Scalar, Values


class PrecisionRecall(NamedTuple):
    """Both directions of "who lies among whom".

    Attributes:
        precision: The share of generated features within the neighbourhoods of the data.
        recall: The share of the data's features within the neighbourhoods of what was generated.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> sample = jnp.array([[0.0], [1.0], [2.0]])
        >>> print(*metrics.precision_recall(features=sample, reference=sample, neighbours=1))
        1.0 1.0
    """

    precision: Scalar
    recall: Scalar


class DensityCoverage(NamedTuple):
    """How many neighbourhoods of the data the generated features lie in, and how many they reach.

    Attributes:
        density: The mean number of the data's neighbourhoods around a generated feature, over $k$;
            at least 0, not bounded by 1, and 1 on average when both samples are of one
            continuous distribution.
        coverage: The share of the data's neighbourhoods that hold something generated, in [0, 1].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> data = jnp.array([[0.0], [1.0], [2.0], [3.0]])
        >>> print(*metrics.density_coverage(features=data[:1], reference=data, neighbours=1))
        2.0 0.5
    """

    density: Scalar
    coverage: Scalar


@checked
@widened
def precision_recall(
    *, features: FeaturesLike, reference: OtherFeaturesLike, neighbours: int
) -> PrecisionRecall:
    r"""Improved precision and recall, from nearest neighbours.

    A point lies among a sample if, for at least one member of the sample, it is not further from
    that member than the member's own $k$-th nearest neighbour in the sample (itself not counted).
    `features` are those of what was generated and `reference` those of the data, given by name,
    because exchanging them exchanges precision and recall; the source uses $k=3$ `neighbours`.

    Raises:
        ValueError: A sample has no more than $k$ members.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> data = jnp.array([[0.0], [1.0], [2.0], [3.0]])
        >>> made = jnp.array([[0.5], [1.5], [9.0], [10.0]])
        >>> print(*metrics.precision_recall(features=made, reference=data, neighbours=1))
        0.5 0.75

    Source:
        Kynkäänniemi et al. (2019).
    """
    require_count(neighbours=neighbours)
    require_points(neighbours + 1, features=features, reference=reference)
    made, data, unit = scaled(features, reference)
    reach_of_made, reach_of_data = (_squared_radii(sample, neighbours) for sample in (made, data))

    def doubtful(squares: Squares, error: Squares, rows: Rows) -> Bool[Array, "block others"]:
        from_data = jnp.abs(squares - reach_of_data[None]) <= error
        return from_data | (jnp.abs(squares - reach_of_made[rows][:, None]) <= error)

    def step(
        met: Bool[Array, " others"], squares: Squares, rows: Rows
    ) -> tuple[Bool[Array, " others"], Bool[Array, " block"]]:
        around_made = squares <= reach_of_made[rows][:, None]
        around_data = squares <= reach_of_data[None]
        return met | jnp.any(around_made, axis=0), jnp.any(around_data, axis=1)

    nothing = jnp.zeros(data.shape[0], bool)
    met, real = by_rows(step, nothing, made, data, doubtful=doubtful)
    return PrecisionRecall(
        precision=jnp.mean(real.astype(unit.dtype)),
        recall=jnp.mean(met.astype(unit.dtype)),
    )


@checked
@widened
def density_coverage(
    *, features: FeaturesLike, reference: OtherFeaturesLike, neighbours: int
) -> DensityCoverage:
    r"""Density and coverage, from the neighbourhoods of the data alone.

    $$\text{density} = \frac1{kM}\sum_{j=1}^M\sum_{i=1}^N 1\{y_j\in B_i\},\qquad
    \text{coverage} = \frac1N\sum_{i=1}^N 1\{\exists j:\ y_j\in B_i\}$$

    $B_i$ is the ball around the datum $x_i$ that reaches as far as its $k$-th nearest neighbour in
    the data (itself not counted), its surface included, as in `precision_recall`. One outlier among
    what was generated adds nothing to either sum, and one in the data adds a single ball. For $N$
    and $M$ points of one continuous distribution the means are, whatever it is, 1 for the density
    and $1 - \prod_{i=1}^k (N-i)/(N+M-i)$ for the coverage, which a perfect generator meets.

    Args:
        features: Feature vectors $y_j$ of what was generated; given by name, like the data's.
        reference: Feature vectors $x_i$ of the data.
        neighbours: The number $k$; the source uses 5.

    Raises:
        ValueError: The data have no more than $k$ members.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> data = jnp.array([[0.0], [1.0], [2.0], [3.0]])
        >>> made = jnp.array([[0.5], [1.5], [9.0], [10.0]])
        >>> print(*metrics.density_coverage(features=made, reference=data, neighbours=1))
        1.0 0.75

    Source:
        Naeem et al. (2020).
    """
    require_count(neighbours=neighbours)
    require_points(1, features=features)
    require_points(neighbours + 1, reference=reference)
    made, data, unit = scaled(features, reference)
    squared_radii = _squared_radii(data, neighbours)

    def doubtful(squares: Squares, error: Squares, rows: Rows) -> Bool[Array, "block others"]:
        return jnp.abs(squares - squared_radii[rows][:, None]) <= error

    def step(_: None, squares: Squares, rows: Rows) -> tuple[None, Int[Array, " block"]]:
        return None, jnp.sum(squares <= squared_radii[rows][:, None], axis=1)

    _, held = by_rows(step, None, data, made, doubtful=doubtful)
    shares = held / made.shape[0]
    return DensityCoverage(
        density=jnp.sum(shares.astype(unit.dtype)) / neighbours,
        coverage=jnp.mean((held > 0).astype(unit.dtype)),
    )


@checked
@widened
def nearest_distances(
    features: FeaturesLike, reference: OtherFeaturesLike
) -> Float[Array, " count"]:
    r"""Euclidean distance from each point to the nearest one of the reference sample.

    Distances to the training data that are much smaller than those of fresh data to the training
    data are a sign of copying. The gradient is that of the nearest point, and 0 where the two
    coincide.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> training = jnp.array([[0.0, 0.0], [10.0, 0.0]])
        >>> print(metrics.nearest_distances(jnp.array([[3.0, 4.0], [10.0, 0.0]]), training))
        [5. 0.]
    """
    require_points(1, features=features, reference=reference)
    points, others, unit = scaled(features, reference)

    def doubtful(squares: Squares, error: Squares, _: Rows) -> Bool[Array, "block others"]:
        return squares - error <= jnp.min(squares + error, axis=1, keepdims=True)

    def step(_: None, squares: Squares, rows: Rows) -> tuple[None, Int[Array, " block"]]:
        return None, jnp.argmin(squares, axis=1)

    _, nearest = by_rows(step, None, points, others, doubtful=doubtful)
    return unit * safe_sqrt(squared_distances(points, others[nearest]))


def _squared_radii(sample: Features, neighbours: int) -> Values:
    """Squared distance of each member to its neighbour of that rank; the nearest one is itself."""
    rank_of = jax.vmap(lambda squares: smallest(squares, neighbours + 1))

    def doubtful(squares: Squares, error: Squares, _: Rows) -> Bool[Array, "block others"]:
        return squares - error <= rank_of(squares + error)[:, None]

    def step(_: None, squares: Squares, rows: Rows) -> tuple[None, Values]:
        return None, rank_of(squares)

    return by_rows(step, None, sample, sample, doubtful=doubtful)[1]
