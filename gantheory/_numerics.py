r"""Arithmetic that keeps the last digits, shared by the closed forms.

Three means recur. A divergence is written as a sum of non-negative terms, mostly of $\phi(s) = e^s
- 1 - s$: nothing cancels once each of them is right. A factor that may overflow where the product
does not is multiplied in two steps. Half precision stores numbers; sums are made wider.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

P = ParamSpec("P")
R = TypeVar("R")
Numbers = Float[Array, " *any"]
Logits = Float[Array, " *batch k"]

SERIES_RADIUS = 1.0
SERIES_TERMS = 18  # the first term left out is below 1e-18 of the sum at the radius
LARGE = 40.0  # where nothing cancels any more and an overflow is still far away
CERTAIN = 50.0  # half the log-odds of a coin that is known to the last digit of every type
OVERFLOW = 1000.0  # an exponent beyond the range of every type


def widened(function: Callable[P, R]) -> Callable[P, R]:
    """Compute with half-precision arguments in single precision, gradients too.

    The result has the type of the first array. To be put below `checked`.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        arrays: list[Any] = [one for one in (*args, *kwargs.values()) if _is_floating(one)]
        if not any(map(_is_half, arrays)):
            return function(*args, **kwargs)
        wide_args = [_wide(one) for one in args]
        wide_kwargs = {name: _wide(one) for name, one in kwargs.items()}
        result = function(*wide_args, **wide_kwargs)  # pyright: ignore[reportCallIssue]
        return jax.tree.map(lambda one: one.astype(arrays[0].dtype), result)

    return call


def _is_floating(value: Any) -> bool:
    return isinstance(value, Array) and jnp.issubdtype(value.dtype, jnp.floating)


def _is_half(value: Any) -> bool:
    return _is_floating(value) and jnp.finfo(value.dtype).bits < 32


def _wide(value: Any) -> Any:
    return value.astype(jnp.float32) if _is_half(value) else value


@jax.custom_jvp
def expm1(x: Numbers) -> Numbers:
    """$e^x - 1$ with the slope $e^x$; JAX adds 1 to the value, which loses it far below 0."""
    return jnp.expm1(x)


@expm1.defjvp
def _expm1_jvp(primals, tangents):
    return expm1(primals[0]), jnp.exp(primals[0]) * tangents[0]


@jax.custom_jvp
@jax.jit
def exponential_excess(s: Numbers) -> Numbers:
    r"""$\phi(s) = e^s - 1 - s$; near 0, where the two sides agree in most digits, its series."""
    small = jnp.abs(s) < SERIES_RADIUS
    inner = jnp.where(small, s, 0)
    total = jnp.ones_like(s)
    for divisor in range(SERIES_TERMS + 2, 2, -1):
        total = 1 + inner / divisor * total
    far = expm1(s) - jnp.where(s < OVERFLOW, s, 0)  # infinity less infinity is none
    return jnp.where(small, 0.5 * inner * inner * total, far)


@exponential_excess.defjvp
def _exponential_excess_jvp(primals, tangents):
    (s,), (tangent,) = primals, tangents
    return exponential_excess(s), expm1(s) * tangent


@jax.custom_jvp
@jax.jit
def half_difference_excess(a: Numbers, b: Numbers) -> Numbers:
    r"""Half the excess of a difference, $\tfrac12\phi(a - b)$, as if it were not rounded.

    The rounding error $\epsilon$ of $d = a - b$ is itself a floating-point number, and $\phi(d +
    \epsilon) = \phi(d) + \epsilon\,(e^d - 1)$ up to $\epsilon^2$. For large $d$ the exponential
    enters as $\tfrac12(1 + \epsilon)\,e^{d/2}e^{d/2}$, which overflows only if the result does, and
    so does the derivative, as $\phi'(d) = \phi(d) + d$.
    """
    difference = a - b
    taken = a - difference
    rounding = (a - (difference + taken)) + (taken - b)
    moderate = jnp.where(jnp.abs(difference) > LARGE, 0, difference)
    usual = 0.5 * (exponential_excess(moderate) + rounding * expm1(moderate))
    root = jnp.exp(0.5 * jnp.maximum(difference, 0))
    grown = 0.5 * (1 + rounding) * root * root - 0.5 * (1 + difference)
    fallen = 0.5 * b - 0.5 * a - 0.5  # e^d is below the last digit
    far = jnp.where(difference > LARGE, jnp.where(grown < jnp.inf, grown, jnp.inf), fallen)
    return jnp.where(jnp.abs(difference) > LARGE, far, usual)


@half_difference_excess.defjvp
def _half_difference_excess_jvp(primals, tangents):
    value = half_difference_excess(*primals)
    difference = primals[0] - primals[1]
    grows = difference > 0
    below = 0.5 * expm1(jnp.where(grows, 0, difference))
    slope = jnp.where(grows, value + 0.5 * difference, below)
    return value, slope * (tangents[0] - tangents[1])


def logarithm_excess(x: Numbers) -> Numbers:
    r"""$h(x) = -\log(1-x)/x - 1$ for $x < 1$, which is $x/2 + x^2/3 + \dots$ near 0.

    With $u = x/(2-x)$ it is $u + \tfrac{1+u}3 u^2 (1 + \tfrac35u^2 + \tfrac37u^4 + \dots)$.
    """
    near = (x > -1) & (x < 0.5)
    inner = jnp.where(near, x, 0)
    u = inner / (2 - inner)
    total = jnp.zeros_like(x)
    for n in reversed(range(SERIES_TERMS)):
        total = 3 / (2 * n + 3) + u * u * total
    outer = jnp.where(near, -1, x)
    return jnp.where(near, u + (1 + u) / 3 * u * u * total, -jnp.log1p(-outer) / outer - 1)


@jax.custom_jvp
def coin_information(ratio: Numbers) -> Numbers:
    r"""$\log 2$ less the entropy of a coin of log-odds $\ell$; $h\tanh h - \log\cosh h$ near 0."""
    half = jnp.minimum(0.5 * jnp.abs(ratio), CERTAIN)
    small = half < 1
    inner = jnp.where(small, half, 0)
    near = inner * jnp.tanh(inner) - jnp.log1p(2 * jnp.sinh(0.5 * inner) ** 2)
    doubt = jnp.exp(-2 * half)
    far = math.log(2) - jnp.log1p(doubt) - 2 * half * doubt / (1 + doubt)
    return jnp.where(small, near, far)


@coin_information.defjvp
def _coin_information_jvp(primals, tangents):
    (ratio,), (tangent,) = primals, tangents
    # beyond the limit the slope is below the range; it must not become infinity times 0
    bounded = jnp.where(jnp.abs(ratio) < OVERFLOW, ratio, 0)
    slope = bounded * jax.nn.sigmoid(bounded) * jax.nn.sigmoid(-bounded)
    return coin_information(ratio), slope * tangent


def times_exponential(x: Numbers, t: Numbers) -> Numbers:
    """$x e^t$ in two equal steps: $e^t$ may leave the range where the product stays within it.

    Where even $e^{t/2}$ would, it is cut off near the end of the range: the result is right for
    x = 0 and, in the extreme case of a tiny x and a huge t (or the reverse), finite and wrong.
    """
    most = 0.99 * math.log(float(jnp.finfo(x.dtype).max))
    step = jnp.exp(jnp.clip(0.5 * t, -most, most))
    return x * step * step


def log_softmax(logits: Logits) -> Logits:
    """Log-probabilities over the last axis; that of the likeliest class keeps its digits near 0."""
    shifted, others = _below(logits, logits)
    rest = jnp.where(others, jnp.exp(shifted), 0)
    return shifted - jnp.log1p(jnp.sum(rest, axis=-1, keepdims=True))


def _below(numbers: Logits, logits: Logits) -> tuple[Logits, Bool[Array, " *batch k"]]:
    """Numbers less that of the likeliest class, and which are the other classes.

    That of the likeliest is the constant 0, so its slope is minus the sum of the others' and not
    the difference of two numbers near 1.
    """
    top = jnp.argmax(logits, axis=-1, keepdims=True)
    others = jax.lax.broadcasted_iota(top.dtype, logits.shape, logits.ndim - 1) != top
    return jnp.where(others, numbers - jnp.take_along_axis(numbers, top, axis=-1), 0), others


def log_ratio(logits_p: Logits, logits_q: Logits) -> tuple[Logits, Logits, Logits]:
    r"""Log-probabilities of two categorical distributions, and the logarithm of their ratio.

    With $\delta$ the difference of the logits the log-ratio is $\delta_i - \log(1 + \sum_k
    q_k(e^{\delta_k} - 1))$, in which the rounding of the log-probabilities does not enter; so two
    distributions may be as close as their logits can say. Far apart it is the difference of the
    log-probabilities. It is 0 for a class that both exclude.
    """
    log_p, log_q = log_softmax(logits_p), log_softmax(logits_q)
    in_p, in_q = logits_p > -jnp.inf, logits_q > -jnp.inf
    both = in_p & in_q
    difference = _difference(logits_p, logits_q, both)
    q = jnp.exp(log_q)

    def growth(difference: Logits) -> Float[Array, " *batch 1"]:
        return jnp.sum(q * expm1(difference), axis=-1, keepdims=True)

    # not where a probability of q may have come out as 0 although p's counts
    moderate = (in_p == in_q) & (jnp.abs(difference) < LARGE)
    near = jnp.all(moderate, axis=-1, keepdims=True)
    near &= jnp.abs(growth(jax.lax.stop_gradient(difference))) < 0.5
    close = jnp.where(near, difference, 0)
    apart = jnp.where(both & ~near, log_p, 0) - jnp.where(both & ~near, log_q, 0)
    ratio = jnp.where(near, close - jnp.log1p(growth(close)), apart)
    only_one = jnp.where(in_p, jnp.inf, -jnp.inf)
    return log_p, log_q, jnp.where(both, ratio, jnp.where(in_p | in_q, only_one, 0))


def _difference(logits_p: Logits, logits_q: Logits, both: Bool[Array, " *batch k"]) -> Logits:
    """The difference of the logits, less that of the class that is likeliest in q.

    The plain difference of close numbers is exact. Where the two rows are on quite different
    levels, which mean nothing, each is taken from that class first, which is exact where it
    matters.
    """
    p, q = jnp.where(both, logits_p, 0), jnp.where(both, logits_q, 0)
    plain = _below(p - q, logits_q)[0]
    levelled = _below(p, logits_q)[0] - _below(q, logits_q)[0]
    tops = (jnp.max(one, axis=-1, keepdims=True) for one in (logits_p, logits_q))
    same_level = jnp.abs(jax.lax.stop_gradient(next(tops) - next(tops))) < 1
    return jnp.where(both, jnp.where(same_level, plain, levelled), 0)


def kl_terms(log_p: Logits, log_q: Logits, ratio: Logits) -> Logits:
    r"""$p\log(p/q) - p + q$, which is $p\,\phi(-\ell)$ or, far below, $q + q(\ell - 1)e^\ell$."""
    low = ratio < -1
    least = jnp.maximum(jnp.where(low, ratio, -1), -OVERFLOW)
    far = jnp.exp(log_q) * (1 + (least - 1) * jnp.exp(least))
    p = jnp.exp(log_p)
    rare = (ratio == jnp.inf) & (p == 0)  # q excludes what in p underflows, but is not excluded
    rest = p * exponential_excess(-jnp.where(low | rare, 0, ratio))
    return jnp.where(low, far, jnp.where(rare, jnp.inf, rest))
