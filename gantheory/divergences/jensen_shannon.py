r"""Jensen–Shannon divergence: by quadrature on the line, by samples anywhere.

Toss a fair coin, draw $x$ from $p$ or from $q$ accordingly, and let $\ell = \log p(x) - \log q(x)$.
The coin's posterior is $\sigma(\ell)$, and the divergence is the mean information about the coin:
$\mathrm{JS}(p, q) = \mathbb E_{x\sim m}[\iota(\ell(x))]$ with $m = (p+q)/2$ and
$\iota(\ell) = \log 2 - H(\sigma(\ell))$, where $H$ is the entropy of a coin.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import require_finite, require_floating, require_same_shape
from gantheory.divergences.estimators import Estimate, require_samples
from gantheory.shapes import Scalar, Values

CERTAIN = 50.0  # half a log-ratio beyond which the coin is known to the last digit of float64


def coin_information(log_ratio: Float[Array, " *any"]) -> Float[Array, " *any"]:
    r"""What a sample with log-ratio $\ell$ tells about the fair coin that chose its law.

    $$\iota(\ell) = \log 2 - H(\sigma(\ell))
    = \tfrac\ell2\tanh\tfrac\ell2 - \log\cosh\tfrac\ell2$$

    Why its mean is the Jensen–Shannon divergence is proved in
    [The optimal discriminator][thm-information].

    Args:
        log_ratio: Log-density ratios $\ell$; infinities are allowed.

    Returns:
        The information in nats, between 0 and $\log 2$.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> print(divergences.coin_information(jnp.array([0.0, 1.0, jnp.inf])).round(4))
        [0.     0.1109 0.6931]
    """
    half = jnp.minimum(0.5 * jnp.abs(log_ratio), CERTAIN)
    small = half < 1
    inner = jnp.where(small, half, 0)
    near = inner * jnp.tanh(inner) - jnp.log1p(2 * jnp.sinh(0.5 * inner) ** 2)
    doubt = jnp.exp(-2 * half)
    far = math.log(2) - jnp.log1p(doubt) - 2 * half * doubt / (1 + doubt)
    return jnp.where(small, near, far)


def jensen_shannon_1d(log_density_p: Values, log_density_q: Values, grid: Values) -> Scalar:
    r"""Jensen–Shannon divergence of two laws on the line, by the trapezoidal rule.

    $$\mathrm{JS}(p, q) = \tfrac12\mathrm{KL}(p\,\|\,m) + \tfrac12\mathrm{KL}(q\,\|\,m)
    = \int m\,\iota(\log p - \log q), \qquad m = \tfrac12(p + q)$$

    Nothing is normalised: the grid must reach over all of both laws, and be fine enough.

    Proved in [The optimal discriminator][thm-information].

    Args:
        log_density_p: Values of $\log p$ on the grid.
        log_density_q: Values of $\log q$ on the grid.
        grid: Increasing points.

    Returns:
        The divergence in nats, between 0 and $\log 2$ up to the rule's error.

    Raises:
        TypeError: The arrays do not hold floating-point numbers.
        ValueError: The shapes differ, or the grid is not finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jax.scipy.stats import norm
        >>> from gantheory import divergences
        >>> grid = jnp.linspace(-9.0, 9.0, 2001)
        >>> print(f"{divergences.jensen_shannon_1d(norm.logpdf(grid, -1.0), norm.logpdf(grid, 1.0), grid):.4f}")
        0.3368
    """
    arrays = {"log_density_p": log_density_p, "log_density_q": log_density_q, "grid": grid}
    require_floating(**arrays)
    require_same_shape(**arrays)
    require_finite(**arrays)
    mixture = 0.5 * (jnp.exp(log_density_p) + jnp.exp(log_density_q))
    return jnp.trapezoid(mixture * coin_information(log_density_p - log_density_q), grid)


def jensen_shannon_estimate(
    log_ratios_p: Float[Array, " real"], log_ratios_q: Float[Array, " fake"]
) -> Estimate:
    r"""Jensen–Shannon divergence from samples of both laws, with its standard error.

    $$\widehat{\mathrm{JS}} = \tfrac12\overline{\iota(\ell(x))}_{x\sim p}
    + \tfrac12\overline{\iota(\ell(x))}_{x\sim q}$$

    The estimator is unbiased and its terms lie between 0 and $\log 2$.

    Args:
        log_ratios_p: $\log p(x) - \log q(x)$ at samples $x$ of $p$, at least two.
        log_ratios_q: The same function at samples of $q$, at least two.

    Returns:
        The value in nats and its standard error.

    Raises:
        TypeError: The log-ratios are not floating-point numbers.
        ValueError: There are fewer than two samples, or a log-ratio is NaN or infinite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.jensen_shannon_estimate(jnp.array([0.5, 2.0]), jnp.array([-2.0, 0.5]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.179 ± 0.105
    """
    require_samples(log_ratios_p=log_ratios_p, log_ratios_q=log_ratios_q)
    sides = [Estimate.mean_of(coin_information(side)) for side in (log_ratios_p, log_ratios_q)]
    first, second = sides
    return Estimate(
        value=0.5 * (first.value + second.value),
        standard_error=0.5 * jnp.hypot(first.standard_error, second.standard_error),
    )
