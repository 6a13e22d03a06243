r"""Adversarial losses: pure functions of logits.

One convention holds for all of them. A logit $h$ is a real-valued score and higher means more real;
where a discriminator speaks of probabilities, they are $D = \sigma(h)$. Logarithms are natural, every loss is to be
minimised by the player it is named after, and every loss is an expectation: an array of logits goes
in, the scalar mean comes out. There is no label smoothing and no epsilon; stability comes from
writing $-\log\sigma(h) = \operatorname{softplus}(-h)$ and
$-\log(1-\sigma(h)) = \operatorname{softplus}(h)$.

Real and fake logits may differ in shape, except in the relativistic losses, which compare them in
pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gantheory.checks import require_floating, require_same_shape
from gantheory.divergences import FDivergence, variational_bound
from gantheory.shapes import FakeLogits, PairedLogits, RealLogits, Scalar

__all__ = [
    "PROPERTIES",
    "LossProperties",
    "f_gan_critic_loss",
    "f_gan_generator_loss",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "logistic_discriminator_loss",
    "minimax_generator_loss",
    "nonsaturating_generator_loss",
    "relativistic_discriminator_loss",
    "relativistic_generator_loss",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
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


def wasserstein_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator raises the critic's mean score; every sample has the same weight.

    $$L_G = -\mathbb E_z[h(G(z))]$$

    Args:
        fake_logits: Scores $h$ of generated samples, of any shape.

    Returns:
        The mean, in units of the critic; unbounded.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits.

    Source:
        Arjovsky, Chintala and Bottou (2017), Wasserstein GAN.
    """
    require_floating(fake_logits=fake_logits)
    return -jnp.mean(fake_logits)


def wasserstein_critic_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""The critic separates the two mean scores as far as its Lipschitz constant allows.

    $$L_D = -\mathbb E_x[h(x)] + \mathbb E_z[h(G(z))]$$

    Over all 1-Lipschitz critics the least value is $-W_1(p, q)$. The loss itself does not hold the
    critic back: clip its weights or penalise its gradient.

    Args:
        real_logits: Scores of data, of any shape.
        fake_logits: Scores of generated samples, of any shape.

    Returns:
        The difference of the means, in units of the critic; unbounded.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: One side has no logits.

    Source:
        Arjovsky, Chintala and Bottou (2017), Wasserstein GAN.
    """
    require_floating(real_logits=real_logits, fake_logits=fake_logits)
    return jnp.mean(fake_logits) - jnp.mean(real_logits)


def least_squares_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator pulls the raw score of its samples to the target 1.

    $$L_G = \tfrac12\,\mathbb E_z[(h - 1)^2]$$

    The score is the network's output as it is, not a probability, and the signs are those of a
    regression. (The survey of Lucic et al. prints the opposite signs; its code, and the source,
    have these. Its code regresses the sigmoid of the score.)

    Args:
        fake_logits: Scores $h$ of generated samples, of any shape.

    Returns:
        The mean, at least 0. It is not monotone: a score above 1 is pulled down.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits.

    Source:
        Mao et al. (2017), Least squares GAN, with targets 0 for fake, 1 for real.
    """
    require_floating(fake_logits=fake_logits)
    return 0.5 * jnp.mean((fake_logits - 1) ** 2)


def least_squares_discriminator_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""The discriminator regresses the origin of a sample: 1 for data, 0 for fakes.

    $$L_D = \tfrac12\,\mathbb E_x[(h(x) - 1)^2] + \tfrac12\,\mathbb E_z[h(G(z))^2]$$

    The optimal score is $p/(p+q)$, where the loss is $\tfrac12\int pq/(p+q)$.

    Args:
        real_logits: Scores of data, of any shape.
        fake_logits: Scores of generated samples, of any shape.

    Returns:
        The sum of the two means, at least 0.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: One side has no logits.

    Source:
        Mao et al. (2017), Least squares GAN, with targets 0 for fake, 1 for real.
    """
    require_floating(real_logits=real_logits, fake_logits=fake_logits)
    return 0.5 * jnp.mean((real_logits - 1) ** 2) + 0.5 * jnp.mean(fake_logits**2)


def hinge_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator raises the mean score; the hinge is the discriminator's affair.

    $$L_G = -\mathbb E_z[h(G(z))]$$

    Args:
        fake_logits: Scores $h$ of generated samples, of any shape.

    Returns:
        The mean, in units of the margin; unbounded.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits.

    Source:
        Lim and Ye (2017), Geometric GAN.
    """
    return wasserstein_generator_loss(fake_logits)


def hinge_discriminator_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""The discriminator keeps data above the margin 1 and fakes below -1, and then rests.

    $$L_D = \mathbb E_x[\max(0, 1 - h(x))] + \mathbb E_z[\max(0, 1 + h(G(z)))]$$

    The optimal score is the sign of $p - q$, where the loss is $2 - 2\,\mathrm{TV}(p, q)$ with
    $\mathrm{TV} = \tfrac12\int\lvert p-q\rvert$.

    Args:
        real_logits: Scores of data, of any shape.
        fake_logits: Scores of generated samples, of any shape.

    Returns:
        The sum of the two means, at least 0.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: One side has no logits.

    Source:
        Lim and Ye (2017), Geometric GAN.
    """
    require_floating(real_logits=real_logits, fake_logits=fake_logits)
    return jnp.mean(jax.nn.relu(1 - real_logits)) + jnp.mean(jax.nn.relu(1 + fake_logits))


def f_gan_generator_loss(divergence: FDivergence, fake_logits: FakeLogits) -> Scalar:
    r"""The generator lowers the bound on an f-divergence that the critic has raised.

    $$L_G = -\mathbb E_z[f^*(g_f(h(G(z))))]$$

    This is the zero-sum form, the minimax loss of its divergence; for the row "gan" it *is* the
    minimax loss.

    Args:
        divergence: A row of `divergences.F_DIVERGENCES`.
        fake_logits: Raw scores $h$ of generated samples, of any shape.

    Returns:
        The mean; its range depends on the divergence.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: There are no logits.

    Source:
        Nowozin, Cseke and Tomioka (2016), f-GAN.
    """
    require_floating(fake_logits=fake_logits)
    return -jnp.mean(divergence.conjugate_of_activation(fake_logits))


def f_gan_critic_loss(
    divergence: FDivergence, real_logits: RealLogits, fake_logits: FakeLogits
) -> Scalar:
    r"""The critic raises the variational lower bound on an f-divergence.

    $$L_D = -\mathbb E_x[g_f(h(x))] + \mathbb E_z[f^*(g_f(h(G(z))))]$$

    At the optimal statistic $g_f(h) = f'(p/q)$ it equals $-D_f(p\,\Vert\,q)$.

    Args:
        divergence: A row of `divergences.F_DIVERGENCES`.
        real_logits: Raw scores of data, of any shape.
        fake_logits: Raw scores of generated samples, of any shape.

    Returns:
        Minus the bound, at least $-D_f(p\,\Vert\,q)$.

    Raises:
        TypeError: The logits are not floating-point numbers.
        ValueError: One side has no logits.

    Source:
        Nowozin, Cseke and Tomioka (2016), f-GAN.
    """
    require_floating(real_logits=real_logits, fake_logits=fake_logits)
    return -variational_bound(divergence, real_logits, fake_logits)


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


@dataclass(frozen=True)
class LossProperties:
    """What a loss promises beyond its formula.

    Attributes:
        paired: Real and fake logits are compared one by one, so their shapes must agree.
        monotone: It never falls when a logit moves away from where its player wants it: data and, for
            the generator, fakes up; for the discriminator, fakes down.
        finite: Value and gradient are finite up to logits of ten thousand in single precision.
    """

    paired: bool = False
    monotone: bool = True
    finite: bool = True


PROPERTIES: Mapping[str, LossProperties] = {
    "minimax_generator_loss": LossProperties(),
    "nonsaturating_generator_loss": LossProperties(),
    "logistic_discriminator_loss": LossProperties(),
    "wasserstein_generator_loss": LossProperties(),
    "wasserstein_critic_loss": LossProperties(),
    "least_squares_generator_loss": LossProperties(monotone=False),
    "least_squares_discriminator_loss": LossProperties(monotone=False),
    "hinge_generator_loss": LossProperties(),
    "hinge_discriminator_loss": LossProperties(),
    "relativistic_generator_loss": LossProperties(paired=True),
    "relativistic_discriminator_loss": LossProperties(paired=True),
    "f_gan_generator_loss: kl": LossProperties(finite=False),
    "f_gan_generator_loss: reverse_kl": LossProperties(),
    "f_gan_generator_loss: pearson_chi2": LossProperties(monotone=False),
    "f_gan_generator_loss: squared_hellinger": LossProperties(finite=False),
    "f_gan_generator_loss: jensen_shannon": LossProperties(),
    "f_gan_generator_loss: gan": LossProperties(),
    "f_gan_critic_loss: kl": LossProperties(finite=False),
    "f_gan_critic_loss: reverse_kl": LossProperties(finite=False),
    "f_gan_critic_loss: pearson_chi2": LossProperties(monotone=False),
    "f_gan_critic_loss: squared_hellinger": LossProperties(finite=False),
    "f_gan_critic_loss: jensen_shannon": LossProperties(),
    "f_gan_critic_loss: gan": LossProperties(),
}
"""The properties of every loss by name; an f-GAN's loss once for each divergence.

Each promise is checked in the tests, and each one that is not made is refuted there by an input that breaks it.
"""
