r"""KL divergence from samples: three estimators, each with its standard error.

All three are averages over samples $x$ of $p$ of a function of the log-ratio
$\ell(x) = \log p(x) - \log q(x)$, and estimate $\mathrm{KL}(p\,\|\,q) = \mathbb E_p[\ell]$.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from gantheory._checks import require_finite, require_floating
from gantheory.divergences.arithmetic import exponential_excess
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
    def mean_of(cls, values: Values) -> "Estimate":
        """The mean of independent values, at least two, and its standard error."""
        deviation = jnp.std(values, ddof=1)
        return cls(value=jnp.mean(values), standard_error=deviation / values.size**0.5)


def kl_k1(log_ratios: Values) -> Estimate:
    r"""The plain average of the log-ratio: unbiased, but single terms and the result may be negative.

    $$k_1 = \ell$$

    Compared with the other two in
    [2.1 The KL divergence of a Gaussian][when-there-is-no-closed-form-estimate-with-an-error-bar].

    Args:
        log_ratios: $\log p(x) - \log q(x)$ at samples $x$ of $p$, at least two.

    Returns:
        The value in nats and its standard error.

    Raises:
        TypeError: The log-ratios are not floating-point numbers.
        ValueError: There are fewer than two samples, or a log-ratio is NaN or infinite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.kl_k1(jnp.array([-0.3, 0.1, 0.9]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.233 ± 0.353
    """
    require_samples(log_ratios=log_ratios)
    return Estimate.mean_of(log_ratios)


def kl_k2(log_ratios: Values) -> Estimate:
    r"""Half the mean square of the log-ratio: non-negative, but biased unless the laws are close.

    $$k_2 = \tfrac12\ell^2$$

    Compared with the other two in
    [2.1 The KL divergence of a Gaussian][when-there-is-no-closed-form-estimate-with-an-error-bar].

    Args:
        log_ratios: $\log p(x) - \log q(x)$ at samples $x$ of $p$, at least two.

    Returns:
        The value in nats and its standard error, which does not know of the bias.

    Raises:
        TypeError: The log-ratios are not floating-point numbers.
        ValueError: There are fewer than two samples, or a log-ratio is NaN or infinite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.kl_k2(jnp.array([-0.3, 0.1, 0.9]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.152 ± 0.127
    """
    require_samples(log_ratios=log_ratios)
    return Estimate.mean_of(0.5 * log_ratios**2)


def kl_k3(log_ratios: Values) -> Estimate:
    r"""The log-ratio plus a term of mean zero: unbiased, and every term is non-negative.

    $$k_3 = e^{-\ell} - 1 + \ell = \phi(-\ell), \qquad \mathbb E_p[e^{-\ell}] = \int q = 1$$

    It is unbiased if $q$ vanishes wherever $p$ does. For laws far apart its variance may exceed that of
    `kl_k1`, or be infinite.

    Compared with the other two in
    [2.1 The KL divergence of a Gaussian][when-there-is-no-closed-form-estimate-with-an-error-bar].

    Args:
        log_ratios: $\log p(x) - \log q(x)$ at samples $x$ of $p$, at least two.

    Returns:
        The value in nats and its standard error.

    Raises:
        TypeError: The log-ratios are not floating-point numbers.
        ValueError: There are fewer than two samples, or a log-ratio is NaN or infinite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences
        >>> estimate = divergences.kl_k3(jnp.array([-0.3, 0.1, 0.9]))
        >>> print(f"{estimate.value:.3f} ± {estimate.standard_error:.3f}")
        0.120 ± 0.094
    """
    require_samples(log_ratios=log_ratios)
    return Estimate.mean_of(exponential_excess(-log_ratios))


def require_samples(**log_ratios: Array) -> None:
    """Raise unless every argument holds at least two finite log-ratios."""
    require_floating(**log_ratios)
    for name, array in log_ratios.items():
        if array.ndim != 1 or array.size < 2:
            raise ValueError(
                f"{name} must be a row of at least 2 samples, got shape {array.shape}."
            )
    require_finite(**log_ratios)
