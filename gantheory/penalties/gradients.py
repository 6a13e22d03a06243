"""Penalties of a critic's gradient at the samples."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from gantheory._answers import kept_slopes
from gantheory._checks import checked, described, is_array, require_non_negative
from gantheory._lengths import magnitude, safe_sqrt, wide
from gantheory.shapes import FakeBatch, Key, RealBatch, Sample, Samples, Scalar

Critic = Callable[[Sample], Scalar] | Callable[[Sample, PyTree], Scalar]


@checked
def r1(critic: Critic, real: RealBatch, *, condition: PyTree | None = None) -> Scalar:
    r"""Zero-centred gradient penalty on data.

    $$R_1 = \tfrac12\,\mathbb E_{x\sim p}\,\lVert\nabla_x h(x)\rVert^2$$

    What it does to the smallest GAN is proved in
    [When does GAN training converge?][thm-dirac-damping], how its weight follows the scale of the
    data in [How strong a penalty, how often?][thm-stretching].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> real = jnp.array([[1.0], [3.0]])
        >>> print(penalties.r1(lambda x: jnp.sum(x**2), real))
        10.0
        >>> slopes, labels = jnp.array([2.0, 4.0]), jnp.array([1, 0])
        >>> print(penalties.r1(lambda x, label: slopes[label] * x[0], real, condition=labels))
        5.0

    Source:
        Mescheder, Geiger and Nowozin (2018), with the factor one half of their formula.
    """
    return _half_mean_squared_gradient(critic, real, condition)


@checked
def r2(critic: Critic, fake: FakeBatch, *, condition: PyTree | None = None) -> Scalar:
    r"""Zero-centred gradient penalty on generated samples.

    $$R_2 = \tfrac12\,\mathbb E_{x\sim q}\,\lVert\nabla_x h(x)\rVert^2$$

    What it does to the smallest GAN is proved in
    [When does GAN training converge?][thm-dirac-damping], how its weight follows the scale of the
    data in [How strong a penalty, how often?][thm-stretching].

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> print(penalties.r2(lambda x: jnp.sum(x**2), jnp.array([[1.0], [3.0]])))
        10.0

    Source:
        Mescheder, Geiger and Nowozin (2018), with the factor one half of their formula.
    """
    return _half_mean_squared_gradient(critic, fake, condition)


@checked
def wgan_gp(
    critic: Critic,
    real: Float[Array, " pair *sample"],
    fake: Float[Array, " pair *sample"],
    key: Key,
    *,
    condition: PyTree | None = None,
) -> Scalar:
    r"""Gradient penalty of the Wasserstein GAN: slope 1 between the data and the fakes.

    $$\mathbb E\bigl[(\lVert\nabla_x h(\hat x)\rVert - 1)^2\bigr], \qquad
    \hat x = \alpha x + (1-\alpha)\,G(z), \quad \alpha\sim U(0, 1)$$

    Slopes below 1 are penalised too. One $\alpha$ is drawn per pair, the norm is that of one
    sample's whole gradient, and no weight and no epsilon are inside. Where the gradient is exactly
    zero the norm has no derivative; there the penalty's own gradient is taken to be zero. What it
    does to the smallest GAN is proved in [When does GAN training converge?][prop-dirac-not-smooth].

    Every move of the critic needs a fresh key. A `condition` has one entry per pair, so generate
    each fake under the condition of its partner.

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
    return _mean_squared_excess_slope(critic, _between(fake, real, key), condition)


@checked
def dragan(
    critic: Critic,
    real: RealBatch,
    key: Key,
    noise_scale: Scalar | float,
    *,
    condition: PyTree | None = None,
) -> Scalar:
    r"""Gradient penalty around the data: slope 1 at data moved part of the way towards noise.

    $$\mathbb E\bigl[(\lVert\nabla_x h(\hat x)\rVert - 1)^2\bigr], \qquad
    \hat x = x + \alpha\,c\,s\,\varepsilon, \quad \alpha\sim U(0, 1),\;
    \varepsilon\sim\mathcal N(0, I)$$

    $s$ is the standard deviation of all numbers of the batch and $c$ the `noise_scale`. The noise
    is centred and normal, as the paper's formula is quoted; neither that nor the factor $\alpha$
    could we check in the paper itself. Code in circulation adds uniform noise on [0, 1], which
    pushes every sample to the same side, and takes the gradient of the sigmoid.

    Raises:
        ValueError: The batch has fewer than two samples, or `noise_scale` is negative.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> real, key = jnp.array([[1.0], [3.0]]), jax.random.key(0)
        >>> print(penalties.dragan(lambda x: 3 * jnp.sum(x), real, key, noise_scale=0.5))
        4.0

    Source:
        Kodali et al. (2017), DRAGAN.
    """
    require_non_negative(noise_scale=noise_scale)
    if real.shape[0] < 2:
        raise ValueError(
            "real must hold at least two samples to have a standard deviation, "
            f"got {real.shape[0]}."
        )
    weight_key, noise_key = jax.random.split(key)
    deviation = safe_sqrt(jnp.var(wide(real)))
    scale = jnp.asarray(noise_scale, deviation.dtype) * deviation
    noise = jax.random.normal(noise_key, real.shape, real.dtype)
    moved = real + scale.astype(real.dtype) * noise
    return _mean_squared_excess_slope(critic, _between(real, moved, weight_key), condition)


def _between(start: Samples, end: Samples, key: Key) -> Samples:
    """One point on each segment from a sample of `start` to its partner, one weight per pair."""
    weights = jax.random.uniform(key, start.shape[:1], start.dtype)
    return jax.vmap(lambda weight, a, b: a + weight * (b - a))(weights, start, end)


def _half_mean_squared_gradient(
    critic: Critic, samples: Samples, condition: PyTree | None
) -> Scalar:
    gradients = _gradients(critic, samples, condition)
    return (0.5 * jnp.mean(jnp.sum(gradients**2, axis=1))).astype(samples.dtype)


def _mean_squared_excess_slope(
    critic: Critic, samples: Samples, condition: PyTree | None
) -> Scalar:
    """Mean squared distance of the slope from 1, safe where the slope is exactly zero."""
    gradients = _gradients(critic, samples, condition)
    # In units of their own, so that the squares of the smallest slopes do not vanish, and with them
    # the penalty's gradient, and those of the largest are not infinite.
    units = jax.vmap(magnitude)(gradients)
    slopes = units * safe_sqrt(jnp.sum((gradients / units[:, None]) ** 2, axis=1))
    return jnp.mean((slopes - 1) ** 2).astype(samples.dtype)


def _gradients(
    critic: Critic, samples: Samples, condition: PyTree | None
) -> Float[Array, " batch numbers"]:
    """The critic's gradient at each sample in a row, in single precision or better."""
    given = () if condition is None else (condition,)
    for leaf in jax.tree.leaves(given):
        if not is_array(leaf) or leaf.shape[:1] != samples.shape[:1]:
            raise ValueError(
                f"condition must hold one entry for each of the {samples.shape[0]} samples, "
                f"got {described(leaf)}."
            )
    first = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), given)
    try:
        logit = jax.eval_shape(
            critic, jax.ShapeDtypeStruct(samples.shape[1:], samples.dtype), *first
        )
    except (TypeError, ValueError, IndexError, NameError) as error:  # an axis has no name here
        raise ValueError(
            f"critic could not map one sample of shape {samples.shape[1:]} (a critic of batches "
            f"becomes one of samples by lambda x: critic(x[None])[0]): {error}"
        ) from error
    if getattr(logit, "shape", None) != ():
        raise ValueError(
            f"critic must map one sample to a scalar, but it returns {described(logit)}."
        )
    gradients = None if given else kept_slopes(critic, samples)
    if gradients is None:
        gradients = jax.vmap(jax.grad(critic))(samples, *given)
    return wide(gradients).reshape(samples.shape[0], -1)
