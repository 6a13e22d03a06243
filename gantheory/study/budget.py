"""The best score that a budget of random trials buys."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gantheory._checks import require_count, require_finite, require_floating
from gantheory.shapes import Key, Values

__all__ = ["BestByBudget", "expected_best"]


class BestByBudget(NamedTuple):
    """The expected least score of so many trials, with a bootstrap band.

    Attributes:
        trials: The budgets, from 1 to the number of scores.
        expected: The expected least score at each budget.
        low: Lower edge of the band.
        high: Upper edge of the band.

    Examples:
        >>> from gantheory import study
        >>> study.BestByBudget._fields
        ('trials', 'expected', 'low', 'high')
    """

    trials: Int[Array, " count"]
    expected: Values
    low: Values
    high: Values


def expected_best(
    scores: Float[Array | np.ndarray, " count"],
    *,
    failed_as: float,
    resamples: int,
    coverage: float,
    key: Key,
) -> BestByBudget:
    r"""Expected least score of $k$ of the $n$ trials, for every budget $k \le n$.

    $$\mathbb E[\min] = \sum_{i=1}^n s_{(i)}\,\binom{n-i}{k-1}\Big/\binom nk$$

    is the mean over all subsets of $k$ trials, an unbiased estimate of what $k$ new trials would
    give if all are drawn alike (a default setting among them is not). Draws with replacement would
    bias it upwards. The band holds the central `coverage` of the same curve over resampled sets of
    trials: it shows how far the curve depends on the trials
    that were sampled. At $k = n$ it cannot lie below the curve, since no resample has a smaller
    least score than the sample.

    Args:
        scores: One score for each trial, lower is better; a failed trial's is not finite.
        failed_as: The score that a failed trial is given, at least as bad as that of a bad run.
        resamples: Number of bootstrap resamples.
        coverage: Share of the resamples within the band, in (0, 1).
        key: Random key of the resamples.

    Raises:
        ValueError: There are no scores, `failed_as` is not finite, or a number is out of range.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import study
        >>> scores = jnp.asarray([3.0, 1.0, jnp.nan])
        >>> bootstrap = {"resamples": 100, "coverage": 0.8, "key": jax.random.key(0)}
        >>> curve = study.expected_best(scores, failed_as=5.0, **bootstrap)
        >>> [round(float(one), 3) for one in curve.expected]  # of one trial, of two, of three
        [3.0, 1.667, 1.0]

    Source:
        Lucic et al. (2018), the curves of the least distance against the budget.
    """
    if isinstance(scores, np.ndarray):
        scores = jnp.asarray(scores)
    require_floating(scores=scores)
    if scores.ndim != 1:
        raise ValueError(
            f"scores must have one axis, one score per trial, got shape {scores.shape}."
        )
    require_finite(failed_as=failed_as)
    require_count(resamples=resamples)
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must lie in (0, 1), got {coverage}.")
    known = jnp.where(jnp.isfinite(scores), scores, jnp.asarray(failed_as, scores.dtype))
    count = scores.size
    rows = jax.random.randint(key, (resamples, count), 0, count)
    curves = jax.vmap(_expected_least)(known[rows])
    edges = jnp.quantile(
        curves, jnp.asarray([(1 - coverage) / 2, (1 + coverage) / 2], scores.dtype), axis=0
    )
    return BestByBudget(jnp.arange(1, count + 1), _expected_least(known), edges[0], edges[1])


def _expected_least(scores: Values) -> Values:
    r"""The mean least score over all subsets of each size.

    Of the subsets of size $k$ the share $\binom{n-i}{k-1} / \binom nk$ has the $i$-th score as its
    least: $k/n$ for the first, and from each to the next the factor $(n-i-k+1)/(n-i)$.
    """
    count = scores.size
    place = jnp.arange(1, count, dtype=scores.dtype)[None]  # i, in order of the scores
    size = jnp.arange(1, count + 1, dtype=scores.dtype)[:, None]  # k
    factors = jnp.maximum(count - place - size + 1, 0) / (count - place)
    shares = jnp.cumprod(jnp.concatenate([size / count, factors], axis=1), axis=1)
    return jnp.sum(shares * jnp.sort(scores)[None], axis=1)
