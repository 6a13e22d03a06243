r"""Gradient penalties of a critic.

A critic maps **one sample** to a scalar logit; the batch is the library's business. Norms are
taken per sample, over all axes of the sample, and averaged over the batch last.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gantheory.checks import require_floating
from gantheory.shapes import FakeBatch, RealBatch, Sample, Samples, Scalar

__all__ = ["r1", "r2"]

Critic = Callable[[Sample], Scalar]


def r1(critic: Critic, real: RealBatch) -> Scalar:
    r"""Zero-centred gradient penalty on data.

    $$R_1 = \tfrac12\,\mathbb E_{x\sim p}\,\lVert\nabla_x h(x)\rVert^2$$

    Args:
        critic: Maps one sample to its logit.
        real: A batch of data.

    Returns:
        The penalty, at least 0, without a weight.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: The batch is empty, or the critic does not return a scalar.

    Source:
        Mescheder, Geiger and Nowozin (2018), with the factor one half of their formula.
    """
    require_floating(real=real)
    return _half_mean_squared_gradient(critic, real)


def r2(critic: Critic, fake: FakeBatch) -> Scalar:
    r"""Zero-centred gradient penalty on generated samples.

    $$R_2 = \tfrac12\,\mathbb E_{x\sim q}\,\lVert\nabla_x h(x)\rVert^2$$

    Args:
        critic: Maps one sample to its logit.
        fake: A batch of generated samples.

    Returns:
        The penalty, at least 0, without a weight.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: The batch is empty, or the critic does not return a scalar.

    Source:
        Mescheder, Geiger and Nowozin (2018), with the factor one half of their formula.
    """
    require_floating(fake=fake)
    return _half_mean_squared_gradient(critic, fake)


def _half_mean_squared_gradient(critic: Critic, samples: Samples) -> Scalar:
    logit = jax.eval_shape(critic, jax.ShapeDtypeStruct(samples.shape[1:], samples.dtype))
    if getattr(logit, "shape", None) != ():
        raise ValueError(f"critic must map one sample to a scalar, but it returns {logit}.")
    gradients = jax.vmap(jax.grad(critic))(samples)
    per_sample = jnp.sum(gradients**2, axis=tuple(range(1, gradients.ndim)))
    return 0.5 * jnp.mean(per_sample)
