r"""Divergences of categorical laws, given by logits along the last axis.

A law's probabilities are the softmax of its logits; a logit of $-\infty$ is a class of probability
zero. Leading axes are batches.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.divergences.arithmetic import exponential_excess
from gantheory.divergences.jensen_shannon import coin_information
from gantheory.divergences.parameters import require_logits


def kl_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""KL divergence of two categorical laws.

    $$\mathrm{KL}(p\,\|\,q) = \sum_i p_i\log\frac{p_i}{q_i}
    = \sum_i \Bigl(q_i - p_i + p_i\log\frac{p_i}{q_i}\Bigr)$$

    The second form is the one that is summed: its terms are non-negative.

    Args:
        logits_p: Logits of $p$.
        logits_q: Logits of $q$.

    Returns:
        The divergence in nats, at least 0; infinite where $p$ has a class that $q$ excludes.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: The shapes differ, or a row of logits is no law.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.kl_categorical(fair, biased):.4f}")
        0.5108
    """
    log_p, log_q = _log_probabilities(logits_p, logits_q)
    possible = log_p > -jnp.inf
    log_ratio = jnp.where(possible, log_p, 0) - jnp.where(possible, log_q, 0)
    p, q = jnp.exp(log_p), jnp.exp(log_q)
    small = jnp.abs(log_ratio) < 1
    near = p * exponential_excess(jnp.where(small, -log_ratio, 0))
    far = q - p + p * log_ratio
    return jnp.sum(jnp.where(small & possible, near, far), axis=-1)


def jensen_shannon_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""Jensen–Shannon divergence of two categorical laws.

    $$\mathrm{JS}(p, q) = \tfrac12\mathrm{KL}(p\,\|\,m) + \tfrac12\mathrm{KL}(q\,\|\,m), \qquad
    m = \tfrac12(p+q)$$

    Its bounds are proved in [The optimal discriminator][thm-information].

    Args:
        logits_p: Logits of $p$.
        logits_q: Logits of $q$.

    Returns:
        The divergence in nats, between 0 and $\log 2$.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: The shapes differ, or a row of logits is no law.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.jensen_shannon_categorical(fair, biased):.4f}")
        0.1017
    """
    log_p, log_q = _log_probabilities(logits_p, logits_q)
    possible = (log_p > -jnp.inf) | (log_q > -jnp.inf)
    log_ratio = jnp.where(possible, log_p, 0) - jnp.where(possible, log_q, 0)
    mixture = 0.5 * (jnp.exp(log_p) + jnp.exp(log_q))
    return jnp.sum(mixture * coin_information(log_ratio), axis=-1)


def total_variation_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""Total variation distance of two categorical laws, with its factor one half.

    $$\mathrm{TV}(p, q) = \tfrac12\sum_i\lvert p_i - q_i\rvert$$

    Args:
        logits_p: Logits of $p$.
        logits_q: Logits of $q$.

    Returns:
        The distance, between 0 and 1.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: The shapes differ, or a row of logits is no law.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.total_variation_categorical(fair, biased):.4f}")
        0.4000
    """
    log_p, log_q = _log_probabilities(logits_p, logits_q)
    return 0.5 * jnp.sum(jnp.abs(jnp.exp(log_p) - jnp.exp(log_q)), axis=-1)


def hellinger_categorical(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> Float[Array, " *batch"]:
    r"""Hellinger distance of two categorical laws, normalised to 1 for disjoint laws.

    $$H(p, q) = \sqrt{\tfrac12\sum_i(\sqrt{p_i} - \sqrt{q_i})^2}$$

    Its gradient is taken as zero where the laws are equal.

    Args:
        logits_p: Logits of $p$.
        logits_q: Logits of $q$.

    Returns:
        The distance, between 0 and 1.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: The shapes differ, or a row of logits is no law.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> fair, biased = jnp.zeros(2), jnp.log(jnp.array([0.9, 0.1]))
        >>> print(f"{divergences.hellinger_categorical(fair, biased):.4f}")
        0.3249
    """
    log_p, log_q = _log_probabilities(logits_p, logits_q)
    square = 0.5 * jnp.sum((jnp.exp(0.5 * log_p) - jnp.exp(0.5 * log_q)) ** 2, axis=-1)
    apart = square > 0
    return jnp.where(apart, jnp.sqrt(jnp.where(apart, square, 1)), 0)


def _log_probabilities(
    logits_p: Float[Array, " *batch k"], logits_q: Float[Array, " *batch k"]
) -> tuple[Float[Array, " *batch k"], Float[Array, " *batch k"]]:
    require_logits(logits_p=logits_p, logits_q=logits_q)
    return jax.nn.log_softmax(logits_p), jax.nn.log_softmax(logits_q)
