"""The divergences: of normal and of categorical distributions, on a grid, and from samples."""

import jax
import jax.numpy as jnp
import mpmath

from experiments.accuracy.case import Case, Exact
from experiments.accuracy.formulas import (
    coin,
    exp,
    expm1,
    jensen_shannon_term,
    kl_of_covariances,
    kl_of_normals,
    log,
    mean,
    of_classes,
    renyi_of_normals,
    shift_and_covariances,
    size,
    sqrt,
    transport_of_covariances,
    transport_of_normals,
)
from experiments.accuracy.points import classes, covariances, normals, row, rows
from gantheory import divergences


def matrix(entries: jax.Array) -> jax.Array:
    return jnp.stack([entries[:2], entries[1:]])


def with_matrices(function: Exact) -> Exact:
    return lambda mean_p, p, mean_q, q: function(mean_p, matrix(p), mean_q, matrix(q))


DIVERGENCES: dict[str, Case] = {
    "divergences.exponential_excess": Case(
        lambda s: divergences.exponential_excess(s)[0],
        lambda s: expm1(s[0]) - s[0],
        row(-15, 4, 1),
    ),
    "divergences.coin_information": Case(
        lambda r: divergences.coin_information(r)[0], lambda r: coin(r[0]), row(-10, 1.9, 1)
    ),
    "divergences.kl_to_standard_normal": Case(
        divergences.kl_to_standard_normal,
        lambda m, s: kl_of_normals(m, s, [0, 0], [0, 0]),
        normals(1),
    ),
    "divergences.reverse_kl_to_standard_normal": Case(
        divergences.reverse_kl_to_standard_normal,
        lambda m, s: kl_of_normals([0, 0], [0, 0], m, s),
        normals(1),
    ),
    "divergences.kl_normal": Case(divergences.kl_normal, kl_of_normals, normals(2)),
    "divergences.jeffreys_normal": Case(
        divergences.jeffreys_normal,
        lambda a, s, b, t: kl_of_normals(a, s, b, t) + kl_of_normals(b, t, a, s),
        normals(2),
    ),
    "divergences.squared_wasserstein_normal": Case(
        divergences.squared_wasserstein_normal, transport_of_normals, normals(2)
    ),
    "divergences.bhattacharyya_normal": Case(
        divergences.bhattacharyya_normal,
        lambda *given: renyi_of_normals(0.5)(*given) / 2,
        normals(2),
    ),
    "divergences.kl_multivariate_normal": Case(
        with_matrices(divergences.kl_multivariate_normal),
        shift_and_covariances(kl_of_covariances),
        covariances,
        why="correlations below 0.7",
    ),
    "divergences.squared_wasserstein_multivariate_normal": Case(
        with_matrices(divergences.squared_wasserstein_multivariate_normal),
        shift_and_covariances(transport_of_covariances),
        covariances,
        why="correlations below 0.7",
    ),
    "divergences.kl_categorical": Case(
        divergences.kl_categorical, of_classes(lambda p, q: p * log(p / q)), classes()
    ),
    "divergences.jensen_shannon_categorical": Case(
        divergences.jensen_shannon_categorical, of_classes(jensen_shannon_term), classes()
    ),
    "divergences.total_variation_categorical": Case(
        divergences.total_variation_categorical,
        of_classes(lambda p, q: abs(p - q) / 2),
        classes(),
    ),
    "divergences.hellinger_categorical": Case(
        divergences.hellinger_categorical,
        lambda p, q: sqrt(of_classes(lambda a, b: (sqrt(a) - sqrt(b)) ** 2 / 2)(p, q)),
        classes(),
    ),
    "divergences.jensen_shannon_1d": Case(
        lambda p, q: divergences.jensen_shannon_1d(p, q, jnp.arange(3.0, dtype=p.dtype)),
        lambda p, q: mpmath.fsum(
            weight * jensen_shannon_term(exp(a), exp(b))
            for weight, a, b in zip((mpmath.mpf("0.5"), 1, mpmath.mpf("0.5")), p, q, strict=True)
        ),
        rows(2, 1.0),
        why="log-densities from -10 to 10",
    ),
    "divergences.jensen_shannon_estimate": Case(
        lambda p, q: divergences.jensen_shannon_estimate(p, q).value,
        lambda p, q: (mean(map(coin, p)) + mean(map(coin, q))) / 2,
        rows(2, 1.9),
    ),
    "divergences.kl_k1": Case(lambda r: divergences.kl_k1(r).value, mean, row(-3, 3), terms=size),
    "divergences.kl_k2": Case(
        lambda r: divergences.kl_k2(r).value, lambda r: mean(x * x / 2 for x in r), row(-3, 3)
    ),
    "divergences.kl_k3": Case(
        lambda r: divergences.kl_k3(r).value, lambda r: mean(expm1(-x) + x for x in r), row(-3, 1.9)
    ),
}

for order in (0.1, 0.5, 0.9, 1.1, 3.0, 32.0):
    DIVERGENCES[f"divergences.renyi_normal, order={order:g}"] = Case(
        lambda *given, order=order: divergences.renyi_normal(*given, order=order),
        lambda *given, order=order: renyi_of_normals(order)(*given),
        normals(2),
    )
