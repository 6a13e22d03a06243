"""Many runs in few numbers."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import require_floating


class Band(NamedTuple):
    """Where most of many runs are: lower edge, median and upper edge, in the units of the runs.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> low, middle, high = metrics.band(jnp.array([1.0, 2.0, 6.0]), coverage=1.0)
        >>> print(low, middle, high)
        1.0 2.0 6.0
    """

    low: Float[Array, " *rest"]
    middle: Float[Array, " *rest"]
    high: Float[Array, " *rest"]


def band(runs: Float[Array, " runs *rest"], *, coverage: float) -> Band:
    r"""The median over the runs and the central quantiles around it.

    The edges are the quantiles of order $\tfrac12(1 \mp c)$ of the first axis, interpolated linearly
    between neighbouring runs. With $c = 1$ they are the least and the greatest run. A NaN in any run
    makes its place of the band NaN: no run is left out.

    Args:
        runs: Results with a leading run axis, such as an entry of an ensemble's history.
        coverage: The share $c$ of the runs between the edges, in [0, 1].

    Returns:
        Low, middle and high, without the run axis.

    Raises:
        TypeError: The runs are not floating-point numbers.
        ValueError: There are no runs, or `coverage` is no share.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> losses = jnp.array([[1.0, 4.0], [2.0, 6.0], [6.0, 5.0]])  # three runs, recorded twice
        >>> print(metrics.band(losses, coverage=1.0).middle)
        [2. 5.]
    """
    require_floating(runs=runs)
    if not 0 <= coverage <= 1:
        raise ValueError(f"coverage must lie in [0, 1], got {coverage}.")
    orders = jnp.asarray([(1 - coverage) / 2, 0.5, (1 + coverage) / 2], runs.dtype)
    return Band(*jnp.quantile(runs, orders, axis=0))
