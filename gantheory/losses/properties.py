"""What the losses promise beyond their formulas, as data."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LossProperties:
    """What a loss promises beyond its formula.

    Attributes:
        paired: Real and fake logits are compared one by one, so their shapes must agree.
        monotone: It never falls when a logit moves away from where its player wants it: data and, for
            the generator, fakes up; for the discriminator, fakes down.
        finite: Value and gradient are finite up to logits of ten thousand in single precision.

    Examples:
        >>> from gantheory import losses
        >>> losses.PROPERTIES["relativistic_discriminator_loss"].paired
        True
        >>> losses.PROPERTIES["least_squares_generator_loss"].monotone
        False
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
