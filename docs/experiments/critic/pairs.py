"""Pairs of distributions on the line, by their quantiles."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import stats

POINTS = 2_000


@dataclass(frozen=True)
class Pair:
    """Data and generated samples, by their quantiles at the midpoints of equal cells."""

    real: np.ndarray
    fake: np.ndarray


def levels(count: int) -> np.ndarray:
    """The midpoints of equal cells of the unit interval."""
    return (np.arange(count) + 0.5) / count


def two_bumps(u: np.ndarray) -> np.ndarray:
    """Quantiles of equal parts of N(-1, 0.2²) and N(1, 0.2²), which hardly overlap."""
    left = stats.norm.ppf(np.minimum(2 * u, 1 - 1e-9), -1.0, 0.2)
    right = stats.norm.ppf(np.maximum(2 * u - 1, 1e-9), 1.0, 0.2)
    return np.where(u < 0.5, left, right)


@cache
def pairs(count: int = POINTS) -> dict[str, Pair]:
    """Three ways to be wrong: in the wrong place, too narrow, and on two spots only."""
    u = levels(count)
    return {
        "moved": Pair(real=u + 2, fake=u),
        "narrow": Pair(real=stats.norm.ppf(u), fake=0.5 * stats.norm.ppf(u)),
        "two spots": Pair(real=4 * u - 2, fake=two_bumps(u)),
    }
