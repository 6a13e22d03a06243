"""Where the functions are asked: points tiny, usual and huge, and close together."""

import math
from typing import Any

import numpy as np

from experiments.accuracy.case import Points, Random

POINTS = 16


def signed(random: Random, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """Numbers of both signs, of sizes spread evenly over powers of ten."""
    return random.choice([-1.0, 1.0], shape) * 10 ** random.uniform(low, high, shape)


def logits(*sides: int, high: float = 4.0) -> Points:
    """Logits of each side: some tiny, some huge, and in the last points the sizes that are
    usual."""

    def draw(random: Random, _: Any) -> tuple[np.ndarray, ...]:
        half = POINTS // 2
        return tuple(
            np.concatenate(
                [signed(random, (half, side), -4, high), random.normal(0, 3, (half, side))]
            )
            for side in sides
        )

    return draw


def normals(count: int) -> Points:
    """Means and log-variances in turn, to the ends of the range of single precision; close pairs
    at the end."""

    def draw(random: Random, type_: Any) -> tuple[np.ndarray, ...]:
        most = 1.9 * min(math.log(float(type_.max)), 88.0)
        third = POINTS // 4
        found = []
        for which in range(count):
            mean = signed(random, (POINTS, 2), -6, 3)
            wide = random.uniform(-most, most, (third, 2))
            usual = random.uniform(-6, 6, (POINTS - 2 * third, 2))
            near = 1.0 + signed(random, (third, 2), -3, -1)
            mean[-third:] = 0.5 + which * signed(random, (third, 2), -3, -1)
            found += [mean, np.concatenate([wide, usual, near])]
        return tuple(found)

    return draw


def classes(sides: int = 2, rows: int = 0) -> Points:
    """Logits of four classes: far apart, usual, and nearly those of the first side."""

    def draw(random: Random, _: Any) -> tuple[np.ndarray, ...]:
        shape = (rows, 4) if rows else (4,)
        third = POINTS // 3
        first = random.normal(0, 2, (POINTS, *shape))
        found = [first]
        for _side in range(sides - 1):
            far = signed(random, (third, *shape), 0, 1.8)
            usual = random.normal(0, 2, (POINTS - 2 * third, *shape))
            close = first[-third:] + signed(random, (third, *shape), -3, -1)
            found.append(np.concatenate([far, usual, close]))
        if sides == 1:
            first[:third] = signed(random, (third, *shape), 0, 1.8)
            first[-third:] = 0.7 + signed(random, (third, *shape), -3, -1)
        return tuple(found)

    return draw


def covariances(random: Random, _: Any) -> tuple[np.ndarray, ...]:
    """Means of two numbers and covariances (variance, covariance, variance); standard
    deviations from 0.37 to 2.7."""
    found = []
    for _side in range(2):
        correlation = random.uniform(-0.7, 0.7, POINTS)
        deviation = np.exp(random.uniform(-1, 1, (POINTS, 2)))
        both = correlation * deviation[:, 0] * deviation[:, 1]
        covariance = np.stack([deviation[:, 0] ** 2, both, deviation[:, 1] ** 2], axis=1)
        found += [signed(random, (POINTS, 2), -2, 2), covariance]
    return tuple(found)


def row(low: float, high: float, size: int = 4) -> Points:
    return lambda random, _: (signed(random, (POINTS, size), low, high),)


def rows(count: int, high: float) -> Points:
    return lambda random, _: tuple(signed(random, (POINTS, 3), -3, high) for _ in range(count))


def features(random: Random, _: Any) -> tuple[np.ndarray, ...]:
    """Features of four data and three generated samples: their distances decide a walk."""
    return random.normal(0, 1, (POINTS, 4, 2)), random.normal(0, 1, (POINTS, 3, 2))
