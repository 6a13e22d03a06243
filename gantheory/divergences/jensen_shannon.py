r"""Jensen–Shannon divergence: by quadrature on the line, by samples anywhere.

Toss a fair coin, draw $x$ from $p$ or from $q$ accordingly, and let $\ell = \log p(x) - \log q(x)$.
The coin's posterior is $\sigma(\ell)$, and the divergence is the mean information about the coin:
$\mathrm{JS}(p, q) = \mathbb E_{x\sim m}[\iota(\ell(x))]$ with $m = (p+q)/2$ and
$\iota(\ell) = \log 2 - H(\sigma(\ell))$, where $H$ is the entropy of a coin.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gantheory import _numerics
from gantheory._checks import checked, is_known, require_finite
from gantheory._numerics import widened
from gantheory.divergences.estimators import Estimate, require_numbers, require_two
from gantheory.shapes import Scalar, Values


@checked
@widened
def coin_information(log_ratio: Float[Array, " *any"]) -> Float[Array, " *any"]:
    r"""What a sample with log-ratio $\ell$ tells about the fair coin that chose its distribution.

    $$\iota(\ell) = \log 2 - H(\sigma(\ell))
    = \tfrac\ell2\tanh\tfrac\ell2 - \log\cosh\tfrac\ell2$$

    It lies between 0 and $\log 2$; $\ell$ may be infinite. Why its mean is the Jensen–Shannon
    divergence is proved in [The optimal discriminator][thm-information].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> print(divergences.coin_information(jnp.array([0.0, 1.0, jnp.inf])).round(4))
        [0.     0.1109 0.6931]
    """
    return _numerics.coin_information(log_ratio)


@checked
@widened
def jensen_shannon_1d(log_density_p: Values, log_density_q: Values, grid: Values) -> Scalar:
    r"""Jensen–Shannon divergence of two distributions on the line, by the trapezoidal rule.

    $$\mathrm{JS}(p, q) = \tfrac12\mathrm{KL}(p\,\|\,m) + \tfrac12\mathrm{KL}(q\,\|\,m)
    = \int m\,\iota(\log p - \log q), \qquad m = \tfrac12(p + q)$$

    Proved in [The optimal discriminator][thm-information]. Nothing is normalised: the grid must
    reach over all of both distributions, and be fine enough.

    Args:
        log_density_p: Values of $\log p$ on the grid; $-\infty$ outside the support.
        log_density_q: Values of $\log q$ on the grid.
        grid: At least two points, each greater than the one before.

    Returns:
        The divergence in nats, between 0 and $\log 2$ up to the rule's error. It is NaN where the
        grid is being traced, so that it cannot be checked, and does not increase.

    Raises:
        ValueError: The grid does not increase, or a log-density is NaN or $+\infty$.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jax.scipy.stats import norm
        >>> from gantheory import divergences
        >>> grid = jnp.linspace(-9.0, 9.0, 2001)
        >>> log_p, log_q = norm.logpdf(grid, -1.0), norm.logpdf(grid, 1.0)
        >>> print(f"{divergences.jensen_shannon_1d(log_p, log_q, grid):.4f}")
        0.3368
    """
    _require_log_densities(log_density_p=log_density_p, log_density_q=log_density_q)
    require_finite(grid=grid)
    # under jit, JAX traces even what it computes from a known grid; NumPy does not
    known = is_known(grid)
    rises = np.diff(np.asarray(grid)) if known else jnp.diff(grid)
    increases = (rises > 0).all() & (grid.size > 1)
    if known and not increases:
        raise ValueError("grid must hold at least two points, each greater than the one before.")
    possible = (log_density_p > -jnp.inf) | (log_density_q > -jnp.inf)
    log_ratio = jnp.where(possible, log_density_p, 0) - jnp.where(possible, log_density_q, 0)
    mixture = 0.5 * (jnp.exp(log_density_p) + jnp.exp(log_density_q))
    value = jnp.trapezoid(mixture * _numerics.coin_information(log_ratio), grid)
    return jnp.where(increases, value, jnp.nan)


@checked
@widened
def jensen_shannon_estimate(
    log_ratios_p: Float[Array, " real"], log_ratios_q: Float[Array, " fake"]
) -> Estimate:
    r"""Jensen–Shannon divergence from samples of both distributions, with its standard error.

    $$\widehat{\mathrm{JS}} = \tfrac12\overline{\iota(\ell(x))}_{x\sim p}
    + \tfrac12\overline{\iota(\ell(x))}_{x\sim q}$$

    The estimator is unbiased and its terms lie between 0 and $\log 2$.

    Args:
        log_ratios_p: $\log p(x) - \log q(x)$ at samples $x$ of $p$, at least two; infinite where a
            density vanishes.
        log_ratios_q: The same function at samples of $q$, at least two.

    Raises:
        ValueError: There are fewer than two samples, or a log-ratio is NaN.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> at_p, at_q = jnp.array([0.5, 2.0]), jnp.array([-2.0, 0.5])
        >>> estimate = divergences.jensen_shannon_estimate(at_p, at_q)
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.179 ± 0.105
    """
    require_two(log_ratios_p=log_ratios_p, log_ratios_q=log_ratios_q)
    require_numbers(log_ratios_p=log_ratios_p, log_ratios_q=log_ratios_q)
    first, second = (
        Estimate.mean_of(_numerics.coin_information(side)) for side in (log_ratios_p, log_ratios_q)
    )
    return Estimate(
        value=0.5 * (first.value + second.value),
        standard_error=0.5 * jnp.hypot(first.standard_error, second.standard_error),
    )


def _require_log_densities(**arrays: Values) -> None:
    for name, array in arrays.items():
        if is_known(array) and not np.all(np.asarray(array) < np.inf):
            raise ValueError(f"{name} must be finite, or -inf where the density is 0.")
