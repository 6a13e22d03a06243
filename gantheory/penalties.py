r"""Gradient penalties of a critic, and the projections of its weights.

A critic maps **one sample** to a scalar logit, never to its sigmoid; the batch is the library's
business. Norms are taken per sample, over all axes of the sample, and averaged over the batch last.
Where points are drawn between two ends, each sample has one weight of its own.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from gantheory._checks import (
    described,
    require_floating,
    require_non_negative,
    require_positive,
    require_same_shape,
)
from gantheory.shapes import FakeBatch, Key, RealBatch, Sample, Samples, Scalar

__all__ = ["clip_weights", "dragan", "r1", "r2", "spectral_normalise", "wgan_gp"]

Critic = Callable[[Sample], Scalar]


def r1(critic: Critic, real: RealBatch) -> Scalar:
    r"""Zero-centred gradient penalty on data.

    $$R_1 = \tfrac12\,\mathbb E_{x\sim p}\,\lVert\nabla_x h(x)\rVert^2$$

    What it does to the smallest GAN is proved in
    [When does GAN training converge?][thm-dirac-damping].

    Args:
        critic: Maps one sample to its logit.
        real: A batch of data.

    Returns:
        The penalty, at least 0, without a weight.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: The batch is empty, or the critic does not return a scalar.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> print(penalties.r1(lambda x: jnp.sum(x**2), jnp.array([[1.0], [3.0]])))
        10.0

    Source:
        Mescheder, Geiger and Nowozin (2018), with the factor one half of their formula.
    """
    require_floating(real=real)
    return _half_mean_squared_gradient(critic, real)


def r2(critic: Critic, fake: FakeBatch) -> Scalar:
    r"""Zero-centred gradient penalty on generated samples.

    $$R_2 = \tfrac12\,\mathbb E_{x\sim q}\,\lVert\nabla_x h(x)\rVert^2$$

    What it does to the smallest GAN is proved in
    [When does GAN training converge?][thm-dirac-damping].

    Args:
        critic: Maps one sample to its logit.
        fake: A batch of generated samples.

    Returns:
        The penalty, at least 0, without a weight.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: The batch is empty, or the critic does not return a scalar.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> print(penalties.r2(lambda x: jnp.sum(x**2), jnp.array([[1.0], [3.0]])))
        10.0

    Source:
        Mescheder, Geiger and Nowozin (2018), with the factor one half of their formula.
    """
    require_floating(fake=fake)
    return _half_mean_squared_gradient(critic, fake)


def wgan_gp(critic: Critic, real: RealBatch, fake: FakeBatch, key: Key) -> Scalar:
    r"""Gradient penalty of the Wasserstein GAN: slope 1 between the data and the fakes.

    $$\mathbb E\bigl[(\lVert\nabla_x h(\hat x)\rVert - 1)^2\bigr], \qquad
    \hat x = \alpha x + (1-\alpha)\,G(z), \quad \alpha\sim U(0, 1)$$

    Slopes below 1 are penalised too. One $\alpha$ is drawn per pair, the norm is that of one
    sample's whole gradient, and no weight and no epsilon are inside. Where the gradient is exactly
    zero the norm has no derivative; there the penalty's own gradient is taken to be zero.

    What it does to the smallest GAN is proved in
    [When does GAN training converge?][prop-dirac-not-smooth].

    Args:
        critic: Maps one sample to its score.
        real: A batch of data.
        fake: As many generated samples.
        key: Draws the interpolation weights. Every move of the critic needs a fresh one.

    Returns:
        The penalty, at least 0, without a weight.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: A batch is empty, the shapes differ, or the critic does not return a scalar.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> real, fake = jnp.array([[1.0], [3.0]]), jnp.array([[0.0], [0.0]])
        >>> print(penalties.wgan_gp(lambda x: 3 * jnp.sum(x), real, fake, jax.random.key(0)))
        4.0

    Source:
        Gulrajani et al. (2017), Improved training of Wasserstein GANs.
    """
    require_floating(real=real, fake=fake)
    require_same_shape(real=real, fake=fake)
    return _mean_squared_excess_slope(critic, _between(fake, real, key))


def dragan(
    critic: Critic, real: RealBatch, key: Key, noise_scale: Float[Array, ""] | float
) -> Scalar:
    r"""Gradient penalty around the data: slope 1 at data moved part of the way towards noise.

    $$\mathbb E\bigl[(\lVert\nabla_x h(\hat x)\rVert - 1)^2\bigr], \qquad
    \hat x = x + \alpha\,c\,s\,\varepsilon, \quad \alpha\sim U(0, 1),\;
    \varepsilon\sim\mathcal N(0, I)$$

    $s$ is the standard deviation of all numbers of the batch and $c$ the `noise_scale`. The noise is
    centred and normal, as in the formula of the paper; code in circulation adds uniform noise
    on [0, 1], which pushes every sample to the same side, and takes the gradient of the sigmoid.

    Args:
        critic: Maps one sample to its logit.
        real: A batch of at least two samples.
        key: Draws the noise and the interpolation weights.
        noise_scale: $c \ge 0$, in standard deviations of the batch.

    Returns:
        The penalty, at least 0, without a weight.

    Raises:
        TypeError: The samples are not floating-point numbers.
        ValueError: The batch has fewer than two samples, `noise_scale` is negative, or the critic
            does not return a scalar.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> real = jnp.array([[1.0], [3.0]])
        >>> print(penalties.dragan(lambda x: 3 * jnp.sum(x), real, jax.random.key(0), noise_scale=0.5))
        4.0

    Source:
        Kodali et al. (2017), DRAGAN.
    """
    require_floating(real=real)
    require_non_negative(noise_scale=noise_scale)
    if real.shape[0] < 2:
        raise ValueError(
            f"real must hold at least two samples to have a standard deviation, got {real.shape[0]}."
        )
    weight_key, noise_key = jax.random.split(key)
    scale = jnp.asarray(noise_scale, real.dtype) * jnp.std(real)
    noise = jax.random.normal(noise_key, real.shape, real.dtype)
    return _mean_squared_excess_slope(critic, _between(real, real + scale * noise, weight_key))


def clip_weights(critic: PyTree, bound: Float[Array, ""] | float) -> PyTree:
    r"""The critic with every weight and bias projected into a box.

    $$w \mapsto \min(\max(w, -c), c)$$

    What it does to the smallest GAN is proved in
    [When does GAN training converge?][prop-dirac-not-smooth].

    Args:
        critic: Any pytree; its floating-point arrays are clipped, all else stays as it is.
        bound: $c > 0$.

    Returns:
        The clipped critic.

    Raises:
        ValueError: `bound` is not positive and finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> clipped = penalties.clip_weights({"weight": jnp.array([-2.0, 0.005])}, bound=0.01)
        >>> print(clipped["weight"])
        [-0.01   0.005]

    Source:
        Arjovsky, Chintala and Bottou (2017), Wasserstein GAN, algorithm 1.
    """
    require_positive(bound=bound)

    def clip(leaf: PyTree) -> PyTree:
        if not eqx.is_inexact_array(leaf):
            return leaf
        limit = jnp.asarray(bound, leaf.dtype)
        return jnp.clip(leaf, -limit, limit)

    return jax.tree.map(clip, critic)


def spectral_normalise(critic: PyTree) -> PyTree:
    r"""The critic with every weight matrix divided by its largest singular value.

    $$W \mapsto W / \sigma_{\max}(W)$$

    As a projection, applied after each move, it keeps every affine layer at Lipschitz constant 1. An
    array of more than two axes is taken as the matrix of its first axis against all others, as for a
    kernel stored (out, in, …); that bounds the matrix, not the convolution. A zero matrix stays zero,
    and biases stay as they are.

    The singular value is exact, from a decomposition after each move, where the paper approximates it
    by a step of power iteration and takes the gradient through the division; here the gradient is that
    of the weights as they are. A decomposition costs of the order of $\min(m, n)^2\max(m, n)$.

    Args:
        critic: Any pytree; its floating-point arrays of two or more axes are divided.

    Returns:
        The critic with every largest singular value at 1.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> print(penalties.spectral_normalise(jnp.array([[0.0, 2.0], [1.0, 0.0]])).round(3))
        [[0.  1. ]
         [0.5 0. ]]

    Source:
        Miyato et al. (2018), Spectral normalization for generative adversarial networks.
    """

    def divide(leaf: PyTree) -> PyTree:
        if not eqx.is_inexact_array(leaf) or leaf.ndim < 2:
            return leaf
        matrix = jnp.reshape(leaf, (leaf.shape[0], -1))
        single = matrix.astype(jnp.float32) if leaf.dtype.itemsize < 4 else matrix
        largest = jnp.linalg.norm(single, 2)
        return leaf / jnp.where(largest > 0, largest, 1).astype(leaf.dtype)

    return jax.tree.map(divide, critic)


def _between(start: Samples, end: Samples, key: Key) -> Samples:
    """One point on each segment from a sample of `start` to its partner, one weight per pair."""
    weights = jax.random.uniform(key, start.shape[:1], start.dtype)
    return jax.vmap(lambda weight, a, b: a + weight * (b - a))(weights, start, end)


def _half_mean_squared_gradient(critic: Critic, samples: Samples) -> Scalar:
    return 0.5 * jnp.mean(_squared_slopes(critic, samples))


def _mean_squared_excess_slope(critic: Critic, samples: Samples) -> Scalar:
    """Mean squared distance of the slope from 1, safe where the slope is exactly zero."""
    squared = _squared_slopes(critic, samples)
    positive = squared > 0
    slopes = jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1)), 0)
    return jnp.mean((slopes - 1) ** 2)


def _squared_slopes(critic: Critic, samples: Samples) -> Float[Array, " batch"]:
    """The squared norm of the critic's gradient at each sample."""
    try:
        logit = jax.eval_shape(critic, jax.ShapeDtypeStruct(samples.shape[1:], samples.dtype))
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(
            f"critic could not map one sample of shape {samples.shape[1:]} (a critic of batches becomes one of "
            f"samples by lambda x: critic(x[None])[0]): {error}"
        ) from error
    if getattr(logit, "shape", None) != ():
        raise ValueError(
            f"critic must map one sample to a scalar, but it returns {described(logit)}."
        )
    gradients = jax.vmap(jax.grad(critic))(samples)
    return jnp.sum(gradients**2, axis=tuple(range(1, gradients.ndim)))
