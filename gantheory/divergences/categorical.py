r"""Divergences of categorical distributions, given by logits along the last axis.

A distribution's probabilities are the softmax of its logits; a logit of $-\infty$ is a class of
probability zero. Leading axes are batches. What is summed is never negative: each term is one of
two probabilities, or their sum, times a function of their log-ratio.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import checked
from gantheory._numerics import coin_information, expm1, kl_terms, log_ratio, widened
from gantheory.divergences.parameters import require_logits

Logits = Float[Array, " *batch k"]


@checked
@widened
def kl_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""KL divergence of two categorical distributions.

    $$\mathrm{KL}(p\,\|\,q) = \sum_i p_i\log\frac{p_i}{q_i}
    = \sum_i \Bigl(q_i - p_i + p_i\log\frac{p_i}{q_i}\Bigr)$$

    The second form is the one that is summed: its terms are non-negative. The divergence is
    infinite where $p$ has a class that $q$ excludes.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.kl_categorical(fair, biased):.4f}")
        0.5108
    """
    require_logits(logits_p=logits_p, logits_q=logits_q)
    return jnp.sum(kl_terms(*log_ratio(logits_p, logits_q)), axis=-1)


@checked
@widened
def jensen_shannon_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""Jensen–Shannon divergence of two categorical distributions.

    $$\mathrm{JS}(p, q) = \tfrac12\mathrm{KL}(p\,\|\,m) + \tfrac12\mathrm{KL}(q\,\|\,m), \qquad
    m = \tfrac12(p+q)$$

    It lies between 0 and $\log 2$, as proved in [The optimal discriminator][thm-information].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.jensen_shannon_categorical(fair, biased):.4f}")
        0.1017
    """
    require_logits(logits_p=logits_p, logits_q=logits_q)
    return 0.5 * jnp.sum(jensen_shannon_terms(*log_ratio(logits_p, logits_q)), axis=-1)


@checked
@widened
def total_variation_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""Total variation distance of two categorical distributions, between 0 and 1.

    $$\mathrm{TV}(p, q) = \tfrac12\sum_i\lvert p_i - q_i\rvert$$

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.total_variation_categorical(fair, biased):.4f}")
        0.4000
    """
    require_logits(logits_p=logits_p, logits_q=logits_q)
    log_p, log_q, ratio = log_ratio(logits_p, logits_q)
    larger = jnp.exp(jnp.maximum(log_p, log_q))
    return 0.5 * jnp.sum(larger * -expm1(-jnp.abs(ratio)), axis=-1)


@checked
@widened
def hellinger_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""Hellinger distance of two categorical distributions, between 0 and 1 (for disjoint ones).

    $$H(p, q) = \sqrt{\tfrac12\sum_i(\sqrt{p_i} - \sqrt{q_i})^2}$$

    Its gradient is taken as zero where the distributions are equal.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.hellinger_categorical(fair, biased):.4f}")
        0.3249
    """
    require_logits(logits_p=logits_p, logits_q=logits_q)
    square = 0.5 * jnp.sum(hellinger_terms(*log_ratio(logits_p, logits_q)), axis=-1)
    apart = square > 0
    return jnp.where(apart, jnp.sqrt(jnp.where(apart, square, 1)), 0)


def jensen_shannon_terms(log_p: Logits, log_q: Logits, ratio: Logits) -> Logits:
    r"""$(p + q)\,\iota(\ell)$, of which half the sum is the divergence."""
    return (jnp.exp(log_p) + jnp.exp(log_q)) * coin_information(ratio)


def hellinger_terms(log_p: Logits, log_q: Logits, ratio: Logits) -> Logits:
    r"""$(\sqrt p - \sqrt q)^2$, from the larger of the two."""
    larger = jnp.exp(jnp.maximum(log_p, log_q))
    # not |ℓ|, whose curvature at 0 would be lost
    return larger * expm1(jnp.where(ratio > 0, -0.5, 0.5) * ratio) ** 2
