"""Which objectives have traps on a finite set: searches for a counterexample to the theorems of the
page on pairs."""

from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment


def value(f, at_zero, recession, labels, n):
    """D_f of the empirical distributions; labels below n are data, the others places off the
    data."""
    counts = np.bincount(labels, minlength=n)
    data, off = counts[:n], counts[n:].sum()
    covered = data[data > 0]
    total = float(np.sum(covered * f(1 / covered)))
    for number, price in ((n - covered.size, recession), (off, at_zero)):
        total += number * price if number else 0.0
    return total / n


def neighbours(labels, n):
    """Every configuration near an assignment, up to the names of places off the data: only how many
    leave matters."""
    for leaves in product((False, True), repeat=n):
        if any(leaves):
            yield tuple(n + i if away else labels[i] for i, away in enumerate(leaves))


def strict_minima(f, at_zero, recession, n):
    """One of each kind of assignment, up to the names of the generated points, and how many there
    are of the kind."""
    found = {}
    for labels in combinations_with_replacement(range(n), n):
        here = value(f, at_zero, recession, labels, n)
        near = (value(f, at_zero, recession, other, n) for other in neighbours(labels, n))
        if all(there > here + 1e-12 for there in near):
            found[labels] = factorial(n) // prod(factorial(labels.count(k)) for k in range(n))
    return found


def piecewise(kinks, slopes):
    """A convex piecewise linear f with f(1) = 0: slopes[i] holds between kinks[i - 1] and
    kinks[i]."""

    def raw(u):
        u = np.asarray(u, float)
        total = slopes[0] * u
        for kink, before, after in zip(kinks, slopes[:-1], slopes[1:], strict=True):
            total = total + (after - before) * np.maximum(u - kink, 0)
        return total

    return lambda u: raw(u) - raw(1.0)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_all_assignments_are_strict_minima_if_and_only_if_f_bends_before_one_over_n_minus_one(n):
    random = np.random.default_rng(n)
    outcomes = set()
    for _ in range(60):
        kinks = np.sort(random.uniform(0.05, 2.5, size=random.integers(1, 4)))
        f = piecewise(kinks, np.sort(random.normal(size=kinks.size + 1)))
        recession = float(f(1e9) / 1e9)
        found = strict_minima(f, float(f(0.0)), recession, n)
        bends = bool(kinks[0] < 1 / (n - 1))
        assert (sum(found.values()) == n**n) == bends, kinks
        outcomes.add(bends)
    assert outcomes == {True, False}


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize(
    ("f", "at_zero", "recession", "traps"),
    [
        (lambda u: (u - 1) ** 2 / (u + 1), 1.0, 1.0, True),
        (lambda u: -np.log(u), np.inf, 0.0, True),  # f(0) may be infinite
        (lambda u: u * np.log(u), 0.0, np.inf, False),  # f'(∞) may not
        (lambda u: (u - 1) ** 2, 1.0, np.inf, False),
        (lambda u: np.abs(u - 1) / 2, 0.5, 0.5, False),  # hinge: not strictly convex
    ],
    ids=["least squares", "reverse KL", "forward KL", "Pearson", "hinge"],
)
def test_a_strictly_convex_f_that_charges_finitely_for_a_missed_datum_has_all_traps(
    n, f, at_zero, recession, traps
):
    best = value(f, at_zero, recession, tuple(range(n)), n)
    found = strict_minima(f, at_zero, recession, n)
    suboptimal = sum(
        count
        for labels, count in found.items()
        if value(f, at_zero, recession, labels, n) > best + 1e-12
    )
    assert suboptimal == (n**n - factorial(n) if traps else 0)
    assert sum(found.values()) - suboptimal == factorial(n)


def test_the_hinge_counts_the_data_that_are_covered():
    for n in (2, 3, 4):
        for labels in product(range(2 * n), repeat=n):
            covered = len({label for label in labels if label < n})
            found = value(lambda u: np.abs(u - 1) / 2, 0.5, 0.5, labels, n)
            assert found == pytest.approx(1 - covered / n)


def test_a_lipschitz_critic_has_no_suboptimal_minimum():
    """Every generated point moves towards its partner in an optimal matching, and W1 falls at
    once."""
    random = np.random.default_rng(0)

    def w1(x, y):
        cost = np.linalg.norm(x[:, None] - y[None], axis=-1)
        rows, columns = linear_sum_assignment(cost)
        return cost[rows, columns].mean(), columns

    for _ in range(200):
        x = random.normal(size=(4, 2))
        y = x[random.integers(0, 4, size=4)] + 0.1 * random.integers(0, 2) * random.normal(
            size=(4, 2)
        )
        distance, partner = w1(x, y)
        if distance > 1e-9:
            moved = y.copy()
            moved[partner] += 1e-3 * (x - y[partner])
            assert w1(x, moved)[0] < distance * (1 - 0.5e-3)
