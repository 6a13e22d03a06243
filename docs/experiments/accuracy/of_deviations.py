"""The deviations, at posteriors from uniform to certain."""

import jax.numpy as jnp
import mpmath

from experiments.accuracy.case import Case
from experiments.accuracy.formulas import (
    binary,
    log,
    mean,
    of_rows,
    sharma_mittal,
    softmax,
    softplus,
    walk_of_three_styles,
)
from experiments.accuracy.points import classes, features
from gantheory import deviations

DEVIATIONS: dict[str, Case] = {
    "deviations.mce_deviation": Case(
        deviations.mce_deviation,
        of_rows(lambda p: -mean(map(log, p))),
        classes(1, rows=2),
        slope_terms=1 / 8,
    ),
    "deviations.entropy_deviation": Case(
        deviations.entropy_deviation,
        of_rows(lambda p: mpmath.fsum(one * log(len(p) * one) for one in p)),
        classes(1, rows=2),
    ),
    "deviations.bce_deviation": Case(
        deviations.bce_deviation,
        of_rows(lambda p: mpmath.fsum(binary(one, mpmath.mpf(1) / len(p)) for one in p)),
        classes(1, rows=2),
        slope_terms=1 / 8,
    ),
    'deviations.bce_deviation, link="sigmoid"': Case(
        lambda o: deviations.bce_deviation(o, link="sigmoid"),
        lambda table: mean(
            mpmath.fsum((softplus(-o) + 3 * softplus(o)) / 4 for o in one) for one in table
        ),
        classes(1, rows=2),
        slope_terms=1 / 8,
    ),
    "deviations.style_cross_entropy": Case(
        lambda o: deviations.style_cross_entropy(o, jnp.array([0, 2])),
        lambda table: -mean(log(softmax(one)[c]) for one, c in zip(table, (0, 2), strict=True)),
        classes(1, rows=2),
    ),
}

WALK = {"styles": 3, "steps": 2, "discount": 0.75, "visit_weight": 0.5}
DEVIATIONS["deviations.walk_deviation"] = Case(
    lambda real, fake: deviations.walk_deviation(real, jnp.array([0, 1, 2, 0]), fake, **WALK),
    walk_of_three_styles,
    features,
    slope_terms=1 / 8,
    why="features of size 1",
)

for alpha, beta in ((0.3, 0.3), (0.7, 1.0), (1.0, 0.5), (1.0, 1.0), (2.0, 1.5)):
    DEVIATIONS[f"deviations.sharma_mittal_deviation, {alpha:g}, {beta:g}"] = Case(
        lambda o, alpha=alpha, beta=beta: deviations.sharma_mittal_deviation(o, alpha, beta),
        sharma_mittal(alpha, beta),
        classes(1, rows=2),
    )
