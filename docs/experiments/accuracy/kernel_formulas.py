"""The kernel distance and its standard error for mpmath, pair by pair.

Within a sample the effects of the points are those of least squares over the pairs of different
points; between two samples they are the means of rows and columns.
"""

from typing import Any, NamedTuple

import mpmath

from experiments.accuracy.formulas import mean, sqrt


class Parts(NamedTuple):
    """Mean over the pairs, the effects of both sides' points, the variance of what remains."""

    mean: Any
    rows: list[Any]
    columns: list[Any]
    interaction: Any


def kernel(x: list[Any], y: list[Any]) -> Any:
    return (mpmath.fsum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3


def within(sample: Any) -> Parts:
    count = len(sample)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    table = {(i, j): kernel(sample[i], sample[j]) for i, j in pairs}
    level = mean(table.values())
    means = [mean(table[i, j] for j in range(count) if j != i) for i in range(count)]
    effects = [(one - level) * (count - 1) / (count - 2) for one in means]
    rest = [(table[i, j] - level - effects[i] - effects[j]) ** 2 for i, j in pairs]
    return Parts(level, effects, effects, mpmath.fsum(rest) / (count * (count - 3)))


def between(one: Any, other: Any) -> Parts:
    table = [[kernel(x, y) for y in other] for x in one]
    rows, columns = (
        [mean(row) for row in table],
        [mean(column) for column in zip(*table, strict=True)],
    )
    level = mean(rows)
    rest = [
        (value - row - column + level) ** 2
        for values, row in zip(table, rows, strict=True)
        for value, column in zip(values, columns, strict=True)
    ]
    return Parts(level, rows, columns, mpmath.fsum(rest) / ((len(one) - 1) * (len(other) - 1)))


def kernel_distance(one: Any, other: Any) -> Any:
    return within(one).mean + within(other).mean - 2 * between(one, other).mean


def kernel_terms(one: Any, other: Any) -> Any:
    return max(within(one).mean, within(other).mean, 2 * abs(between(one, other).mean))


def standard_error(one: Any, other: Any) -> Any:
    xx, yy, xy = within(one), within(other), between(one, other)
    m, n = len(one), len(other)

    def variance(effects: list[Any], across: list[Any]) -> Any:
        differences = [a - b for a, b in zip(effects, across, strict=True)]
        level = mean(differences)
        return mpmath.fsum((d - level) ** 2 for d in differences) / (len(differences) - 1)

    of_x = variance(xx.rows, xy.rows) - xx.interaction / (m - 2) - xy.interaction / n
    of_y = variance(yy.rows, xy.columns) - yy.interaction / (n - 2) - xy.interaction / m
    second = (
        2 * xx.interaction / (m * (m - 1))
        + 2 * yy.interaction / (n * (n - 1))
        + 4 * xy.interaction / (m * n)
    )
    return sqrt(max(4 * of_x / m + 4 * of_y / n, 0) + second)
