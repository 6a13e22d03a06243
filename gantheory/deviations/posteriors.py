"""Deviations of the posterior of each sample: functions of style logits."""

import math
from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gantheory._checks import checked, is_known, require_finite, require_positive
from gantheory._numerics import (
    expm1,
    exponential_excess,
    kl_terms,
    log_ratio,
    log_softmax,
    logarithm_excess,
    widened,
)
from gantheory.shapes import Labels, Scalar, StyleLogits, StyleVector

Number = Float[Array, ""] | float | int

NEAR_ZERO = 0.1
LARGE = 40.0  # an exponent up to which nothing overflows
SERIES_TERMS = 10


@checked
@widened
def bce_deviation(
    style_logits: StyleLogits, link: Literal["softmax", "sigmoid"] = "softmax"
) -> Scalar:
    r"""The CAN deviation: $K$ binary cross-entropies to the target $1/K$, summed over the styles.

    $$\mathbb E\sum_{k=1}^K \Bigl[-\tfrac1K \log D_k - \bigl(1-\tfrac1K\bigr)\log(1-D_k)\Bigr]$$

    With `link="softmax"` $D_k = p_k$ is the class posterior, as in the paper's value function; with
    `link="sigmoid"` $D_k = \sigma(o_k)$ is an independent one-against-the-rest probability.

    Taken apart in [3.1 The deviation of a creative network][eq-can-split]; its gradients are proved
    in [3.2 Does the multi-class form do better?][prop-deviation-gradients].

    Returns:
        The mean over the batch, in nats; at least
        $K H_b(1/K) = \log K + (K-1)\log\tfrac{K}{K-1}$.

    Raises:
        ValueError: The link has another name.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import deviations
        >>> for logits in (jnp.zeros((1, 4)), jnp.array([[9.0, 0.0, 0.0, 0.0]])):
        ...     print(f"{deviations.bce_deviation(logits):.3f}")
        2.249
        12.677

    Source:
        Elgammal, Liu, Elhoseiny and Mazzone (2017), the last term of the value function with its
        sign as the generator minimises it.
    """
    terms = {"softmax": _softmax_bce, "sigmoid": _sigmoid_bce}
    if link not in terms:
        raise ValueError(f'link must be "softmax" or "sigmoid", got {link!r}.')
    return _mean_over_batch(terms[link], style_logits)


@checked
@widened
def mce_deviation(style_logits: StyleLogits) -> Scalar:
    r"""The holistic (CAN-H) deviation: one multi-class cross-entropy to the uniform distribution.

    $$\mathbb E\Bigl[-\frac1K\sum_{k=1}^K\log p_k\Bigr]
    = \log K + \mathbb E\,\mathrm{KL}(u\,\Vert\,p), \qquad
    \frac{\partial}{\partial o_j} = p_j - \frac1K \text{ per sample}$$

    Proved in [3.2 Does the multi-class form do better?][prop-deviation-gradients].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import deviations
        >>> for logits in (jnp.zeros((1, 4)), jnp.array([[9.0, 0.0, 0.0, 0.0]])):
        ...     print(f"{deviations.mce_deviation(logits):.3f}")
        1.386
        6.750

    Source:
        Sbai, Elhoseiny, Bordes, LeCun and Couprie (2018).
    """
    return _mean_over_batch(lambda o: -jnp.mean(log_softmax(o)), style_logits)


@checked
@widened
def entropy_deviation(style_logits: StyleLogits) -> Scalar:
    r"""Lack of entropy: the KL divergence in the other direction than `mce_deviation`.

    $$\mathbb E\,\mathrm{KL}(p\,\Vert\,u) = \log K - \mathbb E\,H(p), \qquad
    \frac{\partial}{\partial o_j} = p_j\,(\log p_j + H(p)) \text{ per sample}$$

    Unlike `mce_deviation` it is bounded, by $\log K$, and its gradient, proved in [3.2 Does the
    multi-class form do better?][prop-deviation-gradients], vanishes where one style is certain.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import deviations
        >>> for logits in (jnp.eye(1, 4), 9 * jnp.eye(1, 4)):
        ...     print(f"{deviations.entropy_deviation(logits):.3f}")
        0.118
        1.383
    """
    return _mean_over_batch(
        lambda o: jnp.sum(kl_terms(*log_ratio(o, jnp.zeros_like(o)))), style_logits
    )


@checked
@widened
def sharma_mittal_deviation(style_logits: StyleLogits, alpha: Number, beta: Number) -> Scalar:
    r"""The two-parameter family of divergences that holds Rényi's, Tsallis' and Kullback–Leibler's.

    $$\mathrm{SM}_{\alpha,\beta}(u\,\Vert\,p) = \frac{1}{\beta-1}\Bigl[\Bigl(
    \sum_{k=1}^K u_k^{\alpha}\,p_k^{1-\alpha}\Bigr)^{\frac{1-\beta}{1-\alpha}} - 1\Bigr]
    = \frac{e^{(\beta-1)R} - 1}{\beta-1}, \qquad
    R = \frac{1}{\alpha-1}\log\sum_{k=1}^K u_k^{\alpha}\,p_k^{1-\alpha}$$

    The first argument is the uniform distribution $u$, the second the posterior $p$; $R$ is Rényi's
    divergence. The sum stands *inside* the power: with the power inside the sum, as it is sometimes
    quoted, the divergence of $u$ from itself would not be zero, except at $\beta = \alpha$. Limits
    are taken, not excluded:

    * $\beta = 1$: Rényi's divergence $R$;
    * $\beta = \alpha$: Tsallis' divergence;
    * $\alpha = 1$: $(e^{(\beta-1)\mathrm{KL}} - 1)/(\beta-1)$ with $\mathrm{KL}(u\Vert p)$;
    * $\alpha = \beta = 1$: $\mathrm{KL}(u\Vert p)$, which is `mce_deviation` less $\log K$;
    * $\alpha = \beta = \tfrac12$: $2\,(1-\sum_k\sqrt{u_k p_k})$, twice the squared
      Hellinger distance.

    Its force far from the uniform distribution is compared with the others' in
    [3.2 Does the multi-class form do better?][far-from-it-they-part].

    Args:
        style_logits: Logits of generated samples, the $K \ge 2$ styles on the last axis.
        alpha: Order $\alpha > 0$. Below 1 Rényi's divergence is bounded and its gradient fades
            where one style is certain; from 1 on it is not bounded.
        beta: Degree $\beta$, any real number. Below 1 large divergences are compressed to at most
            $1/(1-\beta)$, and the gradient fades with them for every order; above 1 they grow
            exponentially. Where $(\beta-1)R$ exceeds about 88 in single precision, the value is
            infinite and the gradient undefined.

    Returns:
        The mean over the batch, at least 0; in nats where $\beta = 1$.

    Raises:
        ValueError: `alpha` is not positive, or one of the two numbers is not finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import deviations
        >>> certain = jnp.array([[9.0, 0.0, 0.0, 0.0]])
        >>> for alpha, beta in ((0.5, 0.5), (1.0, 1.0)):
        ...     print(f"{deviations.sharma_mittal_deviation(certain, alpha, beta):.3f}")
        0.967
        5.364

    Source:
        The divergence of Sharma and Mittal as studied by Nielsen and Nock (2011); proposed as a
        deviation by Sbai et al. (2018).
    """
    require_positive(alpha=alpha)
    require_finite(beta=beta)
    order = jnp.asarray(alpha, style_logits.dtype)
    degree = jnp.asarray(beta, style_logits.dtype) - 1
    return _mean_over_batch(
        lambda o: _expm1_over(degree, _renyi_from_uniform(_log_ratio(o), order)),
        style_logits,
    )


@checked
@widened
def style_cross_entropy(style_logits: Float[Array, " real style"], labels: Labels) -> Scalar:
    r"""What a style model minimises on data: the cross-entropy to the true styles.

    $$-\mathbb E_{x,\hat c}\,\log p_{\hat c}(x)$$

    Args:
        style_logits: Logits of data, the $K \ge 2$ styles on the last axis.
        labels: The true styles, counted from 0.

    Returns:
        The mean over the batch, in nats; at least 0. Where labels are being traced, so that their
        values cannot be checked, a label outside 0 … K-1 makes it NaN.

    Raises:
        ValueError: A label is not one of the styles.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import deviations
        >>> logits = jnp.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
        >>> print(f"{deviations.style_cross_entropy(logits, jnp.array([0, 2])):.4f}")
        0.6691
    """
    _require_styles(style_logits)
    styles = style_logits.shape[-1]
    require_labels(labels, styles)
    index = labels.astype(int)
    rows = jnp.where(index < 0, styles, index)[:, None]  # a negative one would count backwards
    log_posterior = log_softmax(style_logits)
    return -jnp.mean(jnp.take_along_axis(log_posterior, rows, axis=-1, mode="fill"))


def require_labels(labels: Labels, styles: int) -> None:
    """Raise unless every label, where they are known, is one of the styles."""
    if is_known(labels):
        known = np.asarray(labels)
        if np.any((known < 0) | (known >= styles)):
            raise ValueError(
                f"labels must lie between 0 and {styles - 1}, one for each of the {styles} styles, "
                f"got labels from {known.min()} to {known.max()}."
            )


def _require_styles(logits: StyleLogits) -> None:
    if logits.shape[-1] < 2:
        raise ValueError(
            f"style_logits must have at least two styles on the last axis, got shape "
            f"{logits.shape}."
        )


def _mean_over_batch(per_sample: Callable[[StyleVector], Scalar], logits: StyleLogits) -> Scalar:
    _require_styles(logits)
    return jnp.mean(jax.vmap(per_sample)(logits.reshape(-1, logits.shape[-1])))


def _sigmoid_bce(o: StyleVector) -> Scalar:
    target = 1 / o.size
    return jnp.sum(target * jax.nn.softplus(-o) + (1 - target) * jax.nn.softplus(o))


def _softmax_bce(o: StyleVector) -> Scalar:
    target = 1 / o.size
    return -jnp.sum(target * log_softmax(o) + (1 - target) * _log_one_minus_softmax(o))


def _log_one_minus_softmax(o: StyleVector) -> StyleVector:
    """Log of 1 - p, for every style; of the likeliest it is the sum of the others."""
    log_p = log_softmax(o)
    top = jnp.arange(o.size) == jnp.argmax(o)
    alone = jnp.max(jnp.where(top, -jnp.inf, log_p)) == -jnp.inf  # all others are excluded
    others = jax.nn.logsumexp(jnp.where(top, -jnp.inf, jnp.where(alone, 0, log_p)))
    others = jnp.where(alone, -jnp.inf, others)
    return jnp.where(top, others, jnp.log1p(-jnp.where(top, 0.0, jnp.exp(log_p))))


def _log_ratio(o: StyleVector) -> StyleVector:
    """Log of p / u."""
    return log_ratio(o, jnp.zeros_like(o))[2]


def _renyi_from_uniform(ratio: StyleVector, alpha: Scalar) -> Scalar:
    r"""Rényi's $R = -\tfrac1s \log \tfrac1K\sum_k e^{s\ell_k}$ for $s = 1-\alpha$.

    Here $\ell = \log(p/u)$.
    As $e^\ell$ has mean 1, the sum is $1 - sM$ with the mean $M$ of $(e^\ell - 1) - (e^{s\ell} -
    1)/s$, which is never negative; so $R = M\,(1 + h(sM))$. For $\alpha > 1$ the exponentials may
    overflow where $R$ does not; there the largest is taken out of the sum.
    """
    s = 1 - alpha
    least = jnp.min(ratio)
    excluded = least == -jnp.inf  # a style of probability 0: R is infinite from order 1 on
    least = jnp.where(excluded, 0, least)
    ratio = jnp.where(excluded & (s <= 0), 0, ratio)  # R is infinite, and has no slope
    far = jnp.any(s * jnp.where(ratio > -jnp.inf, ratio, 0) > LARGE)

    mean = jnp.mean(_gap(jnp.where(far, 0, ratio), alpha))
    small = jnp.abs(s * mean) < 0.5
    near = jnp.where(small, mean, 0)
    near = near * (1 + logarithm_excess(s * near))
    direct = -jnp.log1p(-s * jnp.where(small, 0, mean)) / jnp.where(small, 1, s)

    safe = jnp.where(far, s, -1)
    rest = jax.nn.logsumexp(jnp.where(far, safe * (ratio - least), 0)) - math.log(ratio.size)
    beyond = -least - rest / safe
    value = jnp.where(far, beyond, jnp.where(small, near, direct))
    return jnp.where(excluded & (s <= 0), jnp.inf, value)


@jax.custom_jvp
def _gap(ratio: StyleVector, alpha: Scalar) -> StyleVector:
    r"""$(e^\ell - 1) - (e^{s\ell} - 1)/s$, at least 0.

    Here $\ell$ is a style's log-ratio and $s = 1 - \alpha$.
    Three ways to write it, each taken where nothing cancels in it: as $\phi(\ell) - \phi(s\ell)/s$;
    as it stands, for small probabilities; and, as $s$ nears 1 and the two terms each other, as
    $e^{s\ell}\,[\phi(\alpha\ell) + \tfrac\alpha s\phi(-s\ell)]$. The derivatives are
    $e^{s\ell}(e^{\alpha\ell} - 1)$ in $\ell$ and $e^{s\ell}\phi(-s\ell)/s^2$ in $\alpha$; the
    latter tends to $1/s^2$ as $\ell\to-\infty$ and $\alpha<1$.
    """
    s = 1 - alpha
    divisor = jnp.where(s == 0, 1, s)
    possible = ratio > -jnp.inf
    ratio = jnp.where(possible, ratio, 0)
    product = s * ratio
    first = exponential_excess(ratio) - product * ratio * _excess_over_square(product)
    plain = expm1(ratio) - expm1(product) / divisor
    inner = exponential_excess(-jnp.maximum(product, -LARGE))
    third = jnp.exp(product) * (exponential_excess(alpha * ratio) + alpha / divisor * inner)
    far = alpha / divisor + jnp.exp(ratio) - jnp.exp(product) / divisor
    third = jnp.where(ratio < -LARGE, far, third)
    low = (ratio < -1) & (s > 0)
    gap = jnp.where(s >= 0.5, third, jnp.where(low, plain, first))
    return jnp.where(possible, gap, alpha / divisor)


@_gap.defjvp
def _gap_jvp(primals, tangents):
    ratio, alpha = primals
    possible = ratio > -jnp.inf
    finite = jnp.where(possible, ratio, 0)
    s = 1 - alpha
    product = s * finite
    growth = jnp.exp(product)
    # where one factor leaves the range and the other vanishes, the product is written out
    steep = alpha * finite > LARGE
    rise = growth * expm1(jnp.where(steep, 0, alpha * finite))
    in_ratio = jnp.where(possible, jnp.where(steep, jnp.exp(finite) - growth, rise), 0)
    deep = product < -LARGE
    shallow = jnp.where(deep, 0, product)
    usual = jnp.exp(shallow) * _excess_over_square(-shallow) * finite**2
    written_out = (1 - growth * (1 - product)) / jnp.where(deep, s, 1) ** 2
    limit = jnp.where(s > 0, 1 / jnp.where(s > 0, s, 1) ** 2, 0)
    in_alpha = jnp.where(possible, jnp.where(deep, written_out, usual), limit)
    in_alpha = jnp.minimum(in_alpha, jnp.finfo(in_alpha.dtype).max)  # times 0 it must be 0
    return _gap(ratio, alpha), in_ratio * tangents[0] + in_alpha * tangents[1]


def _excess_over_square(y: Float[Array, " *any"]) -> Float[Array, " *any"]:
    r"""$\phi(y)/y^2$, which is one half at 0."""
    tiny = jnp.abs(y) < NEAR_ZERO
    outer = jnp.where(tiny, 1, y)
    near = _series(jnp.where(tiny, y, 0), _EXPONENTIAL_TAIL)
    return jnp.where(tiny, near, exponential_excess(outer) / outer / outer)


def _expm1_over(c: Scalar, x: Scalar) -> Scalar:
    r"""$(e^{cx} - 1)/c$, which is $x$ at $c = 0$."""
    infinite = x == jnp.inf
    x = jnp.where(infinite, 0.0, x)
    near = jnp.abs(c * x) < NEAR_ZERO
    small = jnp.where(near, x, 0.0)
    safe = jnp.where(near, 1.0, c)
    direct = expm1(safe * jnp.where(near, 0.0, x)) / safe
    value = jnp.where(near, small * _series(c * small, _EXPONENTIAL), direct)
    limit = jnp.where(c < 0, -1 / jnp.where(c < 0, c, -1), jnp.inf)
    return jnp.where(infinite, limit, value)


_EXPONENTIAL = tuple(1 / math.factorial(n + 1) for n in range(SERIES_TERMS))
_EXPONENTIAL_TAIL = tuple(1 / math.factorial(n + 2) for n in range(SERIES_TERMS))


def _series(y: Float[Array, " *any"], coefficients: tuple[float, ...]) -> Float[Array, " *any"]:
    """A power series by Horner's rule."""
    total = jnp.zeros_like(y)
    for coefficient in reversed(coefficients):
        total = total * y + coefficient
    return total
