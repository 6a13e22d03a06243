r"""f-divergences as data: one row for each, everything an f-GAN needs.

For a convex $f$ with $f(1) = 0$ the divergence is $D_f(p\,\|\,q) = \mathbb E_q[f(p/q)]$, and where
$q$ vanishes and $p$ does not, $p\,\lim_{u\to\infty} f(u)/u$ is added. For every statistic $T$ with
values in the domain of $f^*$ and finite expectations it is at least $\mathbb E_p[T] - \mathbb
E_q[f^*(T)]$. If $q > 0$ wherever $p > 0$, equality holds at $T^* = f'(p/q)$, where $f$ is
differentiable there and both expectations are finite. A critic's raw score $v$ becomes a statistic
by an output activation $T = g_f(v)$ that maps onto the domain of $f^*$.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gantheory._checks import checked, is_known
from gantheory._numerics import coin_information, expm1, kl_terms, log_ratio, widened
from gantheory.divergences.categorical import (
    Logits,
    hellinger_terms,
    jensen_shannon_terms,
)
from gantheory.divergences.parameters import require_logits
from gantheory.shapes import Scalar

Function = Callable[[Float[Array, " *any"]], Float[Array, " *any"]]
Terms = Callable[[Logits, Logits, Logits], Logits]
LARGE = 40.0  # a log-ratio up to which nothing overflows


@dataclass(frozen=True)
class FDivergence:
    r"""One row of the table; every function in it acts entry by entry.

    What each is for is told, and every row checked, in [Objectives and their
    divergences][f-divergences].

    Attributes:
        generator: $f(u)$ for $u \ge 0$.
        conjugate: $f^*(t)$. Outside its domain it raises, or under `jax.jit` is infinite.
        conjugate_end: The domain of $f^*$ is $t <$ this number.
        output_activation: $g_f(v)$, from raw scores onto the domain of $f^*$.
        conjugate_of_activation: $f^*(g_f(v))$ in one stable expression.
        optimal_statistic: $T^* = f'(p/q)$ as a function of $\log(p/q)$.
        terms: $q\,[f(u) - f(1) - f'(1)(u - 1)]$ at $u = p/q$, never negative, as a function of
            $\log p$, $\log q$ and $\log(p/q)$. The ratio itself may leave the range of
            floating-point numbers.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> kl = divergences.F_DIVERGENCES["kl"]
        >>> print(f"{kl.generator(jnp.array(2.0)):.4f} {kl.optimal_statistic(jnp.log(2.0)):.4f}")
        1.3863 1.6931
    """

    generator: Function
    conjugate: Function
    conjugate_end: float
    output_activation: Function
    conjugate_of_activation: Function
    optimal_statistic: Function
    terms: Terms


@checked
@widened
def f_divergence_categorical(
    divergence: FDivergence,
    logits_p: Float[Array, " *batch k"],
    logits_q: Float[Array, " *batch k"],
) -> Float[Array, " *batch"]:
    r"""An f-divergence of two categorical distributions.

    $$D_f(p\,\|\,q) = \sum_i q_i\,f(p_i/q_i) = f(1) + \sum_i q_i\Bigl[f\Bigl(\frac{p_i}{q_i}\Bigr)
    - f(1) - f'(1)\Bigl(\frac{p_i}{q_i} - 1\Bigr)\Bigr]$$

    The second form, the row's `terms`, is the one that is summed: its terms are non-negative. A
    class that $q$ excludes costs the limit $p_i\lim_{u\to\infty} f(u)/u$, and one that both exclude
    nothing. The result is possibly infinite, and at least $f(1)$: 0 except in the row "gan".

    Raises:
        ValueError: A row of logits is not a distribution.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> row = divergences.F_DIVERGENCES["pearson_chi2"]
        >>> print(f"{divergences.f_divergence_categorical(row, biased, fair):.4f}")
        0.6400
    """
    require_logits(logits_p=logits_p, logits_q=logits_q)
    terms = divergence.terms(*log_ratio(logits_p, logits_q))
    return divergence.generator(jnp.ones((), terms.dtype)) + jnp.sum(terms, axis=-1)


@checked
@widened
def variational_bound(
    divergence: FDivergence, scores_p: Float[Array, " *real"], scores_q: Float[Array, " *fake"]
) -> Scalar:
    r"""The lower bound on an f-divergence that a critic's raw scores $v$ give.

    $$F = \mathbb E_p[g_f(v)] - \mathbb E_q[f^*(g_f(v))] \le D_f(p\,\|\,q)$$

    Proved in [Objectives and their divergences][thm-variational]. What is returned is the
    difference of the means over the samples, which estimates $F$ and may exceed the divergence; an
    f-GAN's critic maximises it.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> row = divergences.F_DIVERGENCES["pearson_chi2"]
        >>> scores_p, scores_q = jnp.array([0.8, 0.8]), jnp.array([0.8, -0.8])
        >>> bound = divergences.variational_bound(row, scores_p, scores_q)
        >>> print(f"{bound:.4f}")
        0.6400

    Source:
        Nowozin, Cseke and Tomioka (2016), f-GAN.
    """
    statistic = jnp.mean(divergence.output_activation(scores_p))
    return statistic - jnp.mean(divergence.conjugate_of_activation(scores_q))


def _times_log(u: Array) -> Array:
    """The function u log u, which is 0 at 0."""
    positive = u > 0
    return jnp.where(positive, u * jnp.log(jnp.where(positive, u, 1)), 0)


def _log_mean_exponential(v: Array) -> Array:
    r"""$\log\tfrac12(1 + e^v)$, which is 0 at 0."""
    near = v < 1
    small = jnp.log1p(0.5 * expm1(jnp.where(near, v, 0)))
    return jnp.where(near, small, jax.nn.softplus(v) - math.log(2))


def _squared_root_difference(u: Array) -> Array:
    """(√u - 1)², from u - 1, in which nothing is lost near 1."""
    return ((u - 1) / (jnp.sqrt(u) + 1)) ** 2


def _reverse_kl_terms(log_p: Logits, log_q: Logits, ratio: Logits) -> Logits:
    return kl_terms(log_q, log_p, -ratio)


def _pearson_terms(log_p: Logits, log_q: Logits, ratio: Logits) -> Logits:
    r"""$(p - q)^2/q$; for $p > q$ as $p\,e^\ell(1 - e^{-\ell})^2$, for large $\ell$ one power."""
    above = ratio > 0
    large = ratio > LARGE
    grown = jnp.where(
        large,
        jnp.exp(log_p + jnp.where(large, ratio, 0)),
        jnp.exp(log_p) * jnp.exp(jnp.where(large, 0, ratio)),
    )
    fall = expm1(jnp.where(above, -ratio, 0))
    rise = expm1(jnp.where(above, 0, ratio))
    return jnp.where(above, grown * fall * fall, jnp.exp(log_q) * rise * rise)


def _on_domain(function: Function, end: float, inside: float) -> Function:
    """The function below `end` and infinity from there on; `inside` is any point of the domain.

    Outside a trace, where values are known, an argument beyond the end raises.
    """

    def extended(t: Array) -> Array:
        if is_known(t) and not np.all(np.asarray(t) < end):
            raise ValueError(f"t must be below {end:.4g}, where the conjugate is finite; got {t}.")
        return jnp.where(t < end, function(jnp.where(t < end, t, inside)), jnp.inf)

    return extended


def _identity(v: Array) -> Array:
    return v


F_DIVERGENCES: Mapping[str, FDivergence] = {
    "kl": FDivergence(
        generator=_times_log,
        conjugate=lambda t: jnp.exp(t - 1),
        conjugate_end=math.inf,
        output_activation=_identity,
        conjugate_of_activation=lambda v: jnp.exp(v - 1),
        optimal_statistic=lambda log_ratio: 1 + log_ratio,
        terms=kl_terms,
    ),
    "reverse_kl": FDivergence(
        generator=lambda u: -jnp.log(u),
        conjugate=_on_domain(lambda t: -1 - jnp.log(-t), 0.0, -1.0),
        conjugate_end=0.0,
        output_activation=lambda v: -jnp.exp(-v),
        conjugate_of_activation=lambda v: v - 1,
        optimal_statistic=lambda log_ratio: -jnp.exp(-log_ratio),
        terms=_reverse_kl_terms,
    ),
    "pearson_chi2": FDivergence(
        generator=lambda u: (u - 1) ** 2,
        conjugate=lambda t: 0.25 * t * t + t,
        conjugate_end=math.inf,
        output_activation=_identity,
        conjugate_of_activation=lambda v: 0.25 * v * v + v,
        optimal_statistic=lambda log_ratio: 2 * expm1(log_ratio),
        terms=_pearson_terms,
    ),
    "squared_hellinger": FDivergence(
        generator=_squared_root_difference,
        conjugate=_on_domain(lambda t: t / (1 - t), 1.0, 0.0),
        conjugate_end=1.0,
        output_activation=lambda v: -expm1(-v),
        conjugate_of_activation=expm1,
        optimal_statistic=lambda log_ratio: -expm1(-0.5 * log_ratio),
        terms=hellinger_terms,
    ),
    "jensen_shannon": FDivergence(
        generator=lambda u: (1 + u) * coin_information(jnp.log(u)),
        conjugate=_on_domain(lambda t: -jnp.log1p(-expm1(t)), math.log(2), 0.0),
        conjugate_end=math.log(2),
        output_activation=lambda v: -_log_mean_exponential(-v),
        conjugate_of_activation=_log_mean_exponential,
        optimal_statistic=lambda log_ratio: -_log_mean_exponential(-log_ratio),
        terms=jensen_shannon_terms,
    ),
    "gan": FDivergence(
        generator=lambda u: _times_log(u) - (u + 1) * jnp.log(u + 1),
        conjugate=_on_domain(lambda t: -jnp.log(-expm1(t)), 0.0, -1.0),
        conjugate_end=0.0,
        output_activation=lambda v: -jax.nn.softplus(-v),
        conjugate_of_activation=jax.nn.softplus,
        optimal_statistic=lambda log_ratio: -jax.nn.softplus(-log_ratio),
        terms=jensen_shannon_terms,
    ),
}
r"""The table of f-divergences by name.

Normalisations: "squared_hellinger" is $\sum(\sqrt p-\sqrt q)^2$, twice the square of
`hellinger_categorical`; "jensen_shannon" is $2\,\mathrm{JS}$; "gan" is $2\,\mathrm{JS} - \log 4$,
so its $f(1)$ is $-\log 4$ and not 0. The conjugate of Pearson's $\chi^2$ is that of $(u-1)^2$ on
the whole line.

Source:
    Nowozin, Cseke and Tomioka (2016), f-GAN; each row is checked in the tests.
"""
