r"""KL divergence from samples: three estimators, each with its standard error.

All three are averages over samples $x$ of $p$ of a function of the log-ratio
$\ell(x) = \log p(x) - \log q(x)$, and estimate $\mathrm{KL}(p\,\|\,q) = \mathbb E_p[\ell]$. They
and their names k1, k2, k3 are Schulman's (2020).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from gantheory._checks import checked, is_known, require_finite
from gantheory._numerics import exponential_excess, widened
from gantheory.shapes import Scalar, Values


class Estimate(eqx.Module):
    """A value found by sampling, and the standard error of that value.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.kl_k1(jnp.array([0.1, 0.5, 0.9]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.500 ± 0.231
    """

    value: Scalar
    standard_error: Scalar

    @classmethod
    @checked
    @widened
    def mean_of(cls, values: Values) -> "Estimate":
        """The mean of independent values, at least two, and its standard error."""
        require_two(values=values)
        mean = jnp.mean(values)
        centred = values - mean
        # a sum of squares in units of the largest: no overflow, and no root of 0 to differentiate
        size = jax.lax.stop_gradient(jnp.max(jnp.abs(centred)))
        varies = size > 0
        unit = jnp.where(varies, size, 1)
        squares = jnp.sum((centred / unit) ** 2) / (values.size - 1)
        error = unit * jnp.sqrt(jnp.where(varies, squares, 1) / values.size)
        return cls(value=mean, standard_error=jnp.where(varies, error, 0))


@checked
@widened
def kl_k1(log_ratios: Values) -> Estimate:
    r"""The plain average of the log-ratio: unbiased; terms and result may be negative.

    $$k_1 = \ell$$

    Args:
        log_ratios: $\ell = \log p(x) - \log q(x)$ at samples $x$ of $p$, at least two.

    Raises:
        ValueError: There are fewer than two samples, or a log-ratio is not finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.kl_k1(jnp.array([-0.3, 0.1, 0.9]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.233 ± 0.353

    Source:
        Schulman (2020).
    """
    require_two(log_ratios=log_ratios)
    require_finite(log_ratios=log_ratios)
    return Estimate.mean_of(log_ratios)


@checked
@widened
def kl_k2(log_ratios: Values) -> Estimate:
    r"""Half the mean square of the log-ratio: never negative; biased, little where $p$ nears $q$.

    $$k_2 = \tfrac12\ell^2$$

    The standard error does not account for the bias.

    Args:
        log_ratios: $\ell = \log p(x) - \log q(x)$ at samples $x$ of $p$, at least two, all finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.kl_k2(jnp.array([-0.3, 0.1, 0.9]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.152 ± 0.127

    Source:
        Schulman (2020).
    """
    require_two(log_ratios=log_ratios)
    require_finite(log_ratios=log_ratios)
    return Estimate.mean_of(0.5 * log_ratios**2)


@checked
@widened
def kl_k3(log_ratios: Values) -> Estimate:
    r"""The log-ratio plus a term of mean zero: unbiased, and every term is non-negative.

    $$k_3 = e^{-\ell} - 1 + \ell = \phi(-\ell), \qquad \mathbb E_p[e^{-\ell}] = \int q = 1$$

    It is unbiased if $q$ vanishes wherever $p$ does. For distributions far apart its variance may
    exceed that of `kl_k1`, or be infinite.

    Args:
        log_ratios: $\ell = \log p(x) - \log q(x)$ at samples $x$ of $p$, at least two, all finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.kl_k3(jnp.array([-0.3, 0.1, 0.9]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.120 ± 0.094

    Source:
        Schulman (2020).
    """
    require_two(log_ratios=log_ratios)
    require_finite(log_ratios=log_ratios)
    return Estimate.mean_of(exponential_excess(-log_ratios))


def require_two(**rows: Array) -> None:
    """Raise unless every argument holds at least two numbers."""
    for name, row in rows.items():
        if row.size < 2:
            raise ValueError(f"{name} must hold at least 2 samples, got {row.size}.")


def require_numbers(**arrays: Array) -> None:
    """Raise if an argument holds a NaN."""
    for name, array in arrays.items():
        if is_known(array) and np.any(np.isnan(np.asarray(array))):
            raise ValueError(f"{name} must not hold NaNs.")
