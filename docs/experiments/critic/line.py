"""What the theorems of the page say of a critic, computed on a grid of the line."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from experiments.critic.pairs import POINTS, levels, pairs

NODES = 300


@dataclass(frozen=True)
class Facts:
    """A pair on a grid: Δ, the density m of the points between, and what follows from them."""

    grid: np.ndarray
    gap: np.ndarray
    between: np.ndarray
    cell: float

    @property
    def distance(self) -> float:
        """The Wasserstein distance of order 1."""
        return float(self.cell * np.sum(np.abs(self.gap)))

    @property
    def excess(self) -> float:
        """The integral of Δ²/m: twice the weight of the penalty times the excess."""
        reached = self.gap != 0
        return float(self.cell * np.sum(self.gap[reached] ** 2 / self.between[reached]))

    @property
    def parts(self) -> tuple[float, float]:
        """The integrals of the positive and of the negative part of Δ."""
        rising = float(self.cell * np.sum(np.maximum(self.gap, 0)))
        return rising, self.distance - rising

    def slope(self, weight: float) -> np.ndarray:
        """The slope of the best critic under the gradient penalty."""
        with np.errstate(invalid="ignore", divide="ignore"):
            excess = np.abs(self.gap) / (2 * weight * self.between)
        return np.sign(self.gap) * np.where(self.gap == 0, 0, 1 + excess)


@cache
def facts(name: str) -> Facts:
    """A pair on the cells of a grid that covers both supports."""
    pair = pairs(NODES)[name]
    ends = np.array([pair.real, pair.fake])
    edges = np.linspace(ends.min(), ends.max(), 401)
    grid = (edges[1:] + edges[:-1]) / 2
    fine = pairs()[name]
    u = levels(POINTS)
    below = [np.interp(grid, side, u, left=0, right=1) for side in (fine.fake, fine.real)]
    low = np.minimum.outer(pair.real, pair.fake).ravel()
    length = np.maximum(np.abs(np.subtract.outer(pair.real, pair.fake)).ravel(), 1e-6)
    passed = [np.mean(np.clip((edge - low) / length, 0, 1)) for edge in edges]
    cell = float(edges[1] - edges[0])
    return Facts(grid, below[0] - below[1], np.diff(passed) / cell, cell)


def penalised_ratio(name: str, weight: float) -> float:
    """What the best critic under the gradient penalty estimates, in units of the distance."""
    one = facts(name)
    return 1 + one.excess / (2 * weight * one.distance)


def normalised_ratio(name: str, depth: int) -> float:
    """The most that a critic with matrices of norm 1 estimates, in units of the distance."""
    high, low = sorted(facts(name).parts, reverse=True)
    return (high + (1 - 2.0 ** (1 - depth)) * low) / (high + low)


def clipped_slope(bound: float, width: int, depth: int) -> float:
    """The largest slope of a perceptron of one number whose weights are at most the bound."""
    return bound * (bound * width) ** depth


def kinked_ratio(name: str, weight: float) -> float:
    """The same for the best critic whose slope is constant wherever Δ keeps its sign."""
    one = facts(name)
    starts = np.flatnonzero(np.diff(np.sign(one.gap), prepend=0))
    moved, mass = (np.add.reduceat(part, starts) * one.cell for part in (one.gap, one.between))
    return 1 + float(np.sum(moved**2 / mass)) / (2 * weight * one.distance)
