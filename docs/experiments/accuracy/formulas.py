"""The same formulas for mpmath, of numbers and of nested lists of numbers."""

from collections.abc import Callable
from typing import Any

import mpmath

from experiments.accuracy.case import Exact

log, exp, expm1, sqrt = mpmath.log, mpmath.exp, mpmath.expm1, mpmath.sqrt


def mean(values: Any) -> Any:
    values = list(values)
    return mpmath.fsum(values) / len(values)


def size(x: Any) -> Any:
    return max(map(abs, x))


def softplus(x: Any) -> Any:
    return mpmath.log1p(exp(x))


def softmax(logits: Any) -> list[Any]:
    top = max(logits)
    weights = [exp(one - top) for one in logits]
    total = mpmath.fsum(weights)
    return [weight / total for weight in weights]


def paired(term: Callable[[Any, Any], Any]) -> Exact:
    return lambda first, second: mpmath.fsum(map(term, first, second))


def of_classes(term: Callable[[Any, Any], Any]) -> Exact:
    return lambda p, q: mpmath.fsum(map(term, softmax(p), softmax(q)))


def of_rows(term: Callable[[list[Any]], Any]) -> Exact:
    return lambda table: mean(term(softmax(one)) for one in table)


def walk_of_three_styles(real: Any, fake: Any) -> Any:
    """Data of the styles 0, 1, 2, 0; up to two steps, discount 3/4, the visits at one half."""
    centres = [[mean(pair) for pair in zip(real[0], real[3], strict=True)], real[1], real[2]]

    def nearness(a: Any, b: Any) -> Any:
        return -mpmath.fsum((one - other) ** 2 for one, other in zip(a, b, strict=True))

    def product(a: Any, b: Any) -> Any:
        return [
            [mpmath.fsum(map(mpmath.fmul, row, col)) for col in zip(*b, strict=True)] for row in a
        ]

    walk = [softmax([nearness(c, x) for x in fake]) for c in centres]
    home = [softmax([nearness(x, c) for c in centres]) for x in fake]
    among = [softmax([-mpmath.inf if x is y else nearness(x, y) for y in fake]) for x in fake]
    total = -mean(log(mean(column)) for column in zip(*walk, strict=True)) / 2
    for step in range(3):
        landings = [one for row in product(walk, home) for one in row]
        total -= mpmath.mpf(3) ** step / 4**step * mean(map(log, landings))
        walk = product(walk, among)
    return total


def jensen_shannon_term(p: Any, q: Any) -> Any:
    middle = (p + q) / 2
    return (p * log(p / middle) + q * log(q / middle)) / 2


def coin(ratio: Any) -> Any:
    p, q = 1 / (1 + exp(-ratio)), 1 / (1 + exp(ratio))
    return log(2) + p * log(p) + q * log(q)


def kl_of_normals(mean_p: Any, s_p: Any, mean_q: Any, s_q: Any) -> Any:
    return mpmath.fsum(
        ((a - b) ** 2 * exp(-t) + exp(s - t) - 1 - (s - t)) / 2
        for a, s, b, t in zip(mean_p, s_p, mean_q, s_q, strict=True)
    )


def renyi_of_normals(order: float) -> Exact:
    alpha = mpmath.mpf(order)  # or 1 - 0.1 would be rounded

    def value(mean_p: Any, s_p: Any, mean_q: Any, s_q: Any) -> Any:
        total = mpmath.mpf(0)
        for a, s, b, t in zip(mean_p, s_p, mean_q, s_q, strict=True):
            mixed = alpha * exp(t) + (1 - alpha) * exp(s)
            if mixed <= 0:
                return mpmath.inf
            spread = log(mixed) - (1 - alpha) * s - alpha * t
            total += (alpha * (a - b) ** 2 / mixed + spread / (1 - alpha)) / 2
        return total

    return value


def transport_of_normals(mean_p: Any, s_p: Any, mean_q: Any, s_q: Any) -> Any:
    return mpmath.fsum(
        (a - b) ** 2 + (exp(s / 2) - exp(t / 2)) ** 2
        for a, s, b, t in zip(mean_p, s_p, mean_q, s_q, strict=True)
    )


def shift_and_covariances(function: Exact) -> Exact:
    return lambda mean_p, p, mean_q, q: function(
        [a - b for a, b in zip(mean_p, mean_q, strict=True)], p, q
    )


def kl_of_covariances(shift: Any, p: Any, q: Any) -> Any:
    (a, b, c), (d, e, f), (x, y) = p, q, shift
    det_p, det_q = a * c - b * b, d * f - e * e
    trace = (f * a - 2 * e * b + d * c) / det_q
    return (trace + (f * x * x - 2 * e * x * y + d * y * y) / det_q - 2 + log(det_q / det_p)) / 2


def transport_of_covariances(shift: Any, p: Any, q: Any) -> Any:
    (a, b, c), (d, e, f), (x, y) = p, q, shift
    root = sqrt((a * c - b * b) * (d * f - e * e))
    return x * x + y * y + a + c + d + f - 2 * sqrt(a * d + 2 * b * e + c * f + 2 * root)


def binary(p: Any, target: Any) -> Any:
    return -target * log(p) - (1 - target) * mpmath.log1p(-p)


def sharma_mittal(alpha: float, beta: float) -> Exact:
    order, degree = mpmath.mpf(alpha), mpmath.mpf(beta) - 1

    def value(p: list[Any]) -> Any:
        count = len(p)
        if order == 1:
            renyi = -mean(log(count * one) for one in p)
        else:
            renyi = log(mean((count * one) ** (1 - order) for one in p)) / (order - 1)
        return expm1(degree * renyi) / degree if degree else renyi

    return of_rows(value)


def shifted(table: Any) -> list[list[Any]]:
    return [[one - max(row_) for one in row_] for row_ in table]
