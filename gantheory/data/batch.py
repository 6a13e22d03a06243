"""What one turn of a game is played on."""

from typing import Generic, TypeVar

import equinox as eqx

from gantheory.shapes import Key, Labels, LatentBatch, RealBatch

__all__ = ["Batch"]

L = TypeVar("L", bound=Labels | None, covariant=True)
"""What a batch has for labels: `Labels`, or None. `Batch` alone stands for either."""


class Batch(eqx.Module, Generic[L]):
    """What one turn is played on. Given a batch, a game's losses are deterministic.

    `label` is present where the data have classes, and `classes` is their number, if it is known;
    `key` is for what is random inside a loss, such as the interpolation points of a gradient
    penalty.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import data
        >>> key = jax.random.key(0)
        >>> batch = data.Batch(real=jnp.ones((4, 2)), latent=jnp.zeros((3, 1)), key=key)
        >>> print(batch.real.shape, batch.latent.shape, batch.label)
        (4, 2) (3, 1) None
    """

    real: RealBatch
    latent: LatentBatch
    key: Key
    label: L = eqx.field(default=None)
    classes: int | None = eqx.field(static=True, default=None)
