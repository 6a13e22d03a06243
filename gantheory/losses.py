r"""Adversarial losses: pure functions of logits.

One convention holds for all of them. A logit $h$ is a real-valued score and higher means more real;
the discriminator's probability is $D = \sigma(h)$. Logarithms are natural, every loss is to be
minimised by the player it is named after, and every loss is an expectation: an array of logits goes
in, the scalar mean comes out. There is no label smoothing and no epsilon; stability comes from
writing $-\log\sigma(h) = \operatorname{softplus}(-h)$ and
$-\log(1-\sigma(h)) = \operatorname{softplus}(h)$.

Real and fake logits may differ in shape, except in the relativistic losses, which compare them in
pairs.
"""

import jax
import jax.numpy as jnp

from gantheory.checks import require_floating, require_same_shape
from gantheory.shapes import FakeLogits, PairedLogits, RealLogits, Scalar

__all__ = [
    "logistic_discriminator_loss",
    "minimax_generator_loss",
    "nonsaturating_generator_loss",
    "relativistic_discriminator_loss",
    "relativistic_generator_loss",
]


def minimax_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator's side of the zero-sum game; its gradient vanishes on rejected fakes.

    $$L_G = \mathbb E_z[\log(1 - \sigma(h))], \qquad
    \frac{\partial}{\partial h}\log(1-\sigma(h)) = -\sigma(h)$$

    Args:
        fake_logits: Logits $h$ of generated samples, of any shape.

    Returns:
        The mean, in nats; between minus infinity and 0.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits.

    Source:
        Goodfellow et al. (2014), the value function of the minimax game.
    """
    require_floating(fake_logits=fake_logits)
    return -jnp.mean(jax.nn.softplus(fake_logits))


def nonsaturating_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator maximises the log-probability of being taken for real.

    $$L_G = -\mathbb E_z[\log \sigma(h)], \qquad
    \frac{\partial}{\partial h}(-\log\sigma(h)) = -(1-\sigma(h))$$

    Args:
        fake_logits: Logits $h$ of generated samples, of any shape.

    Returns:
        The mean, in nats; at least 0.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits.

    Source:
        Goodfellow et al. (2014), the alternative to the minimax generator loss.
    """
    require_floating(fake_logits=fake_logits)
    return jnp.mean(jax.nn.softplus(-fake_logits))


def logistic_discriminator_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""Cross-entropy of telling real from fake: the discriminator of both classical games.

    $$L_D = -\mathbb E_x[\log\sigma(h(x))] - \mathbb E_z[\log(1-\sigma(h(G(z))))]$$

    At the optimal discriminator $D^* = p/(p+q)$ it equals $2\log 2 - 2\,\mathrm{JS}(p, q)$.

    Args:
        real_logits: Logits of data, of any shape.
        fake_logits: Logits of generated samples, of any shape.

    Returns:
        The sum of the two means, in nats; at least 0.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: One side has no logits.

    Source:
        Goodfellow et al. (2014), the value function of the minimax game with its sign changed.
    """
    require_floating(real_logits=real_logits, fake_logits=fake_logits)
    return jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))


def relativistic_generator_loss(real_logits: PairedLogits, fake_logits: PairedLogits) -> Scalar:
    r"""The generator wants each fake to look more real than the real sample it is paired with.

    $$L_G = -\mathbb E_{x,z}[\log\sigma(h(G(z)) - h(x))]$$

    This is the non-saturating form of the pairing: the discriminator's loss with the roles swapped.

    Args:
        real_logits: Logits of data.
        fake_logits: Logits of generated samples, one for each real one.

    Returns:
        The mean over pairs, in nats; at least 0.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits, or the two shapes differ.

    Source:
        Jolicoeur-Martineau (2018), the relativistic standard GAN.
    """
    require_floating(real_logits=real_logits, fake_logits=fake_logits)
    require_same_shape(real_logits=real_logits, fake_logits=fake_logits)
    return jnp.mean(jax.nn.softplus(real_logits - fake_logits))


def relativistic_discriminator_loss(real_logits: PairedLogits, fake_logits: PairedLogits) -> Scalar:
    r"""The discriminator wants each real sample to look more real than the fake it is paired with.

    $$L_D = -\mathbb E_{x,z}[\log\sigma(h(x) - h(G(z)))]$$

    Args:
        real_logits: Logits of data.
        fake_logits: Logits of generated samples, one for each real one.

    Returns:
        The mean over pairs, in nats; at least 0.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits, or the two shapes differ.

    Source:
        Jolicoeur-Martineau (2018), the relativistic standard GAN.
    """
    require_floating(real_logits=real_logits, fake_logits=fake_logits)
    require_same_shape(real_logits=real_logits, fake_logits=fake_logits)
    return jnp.mean(jax.nn.softplus(fake_logits - real_logits))
