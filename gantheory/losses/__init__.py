r"""Adversarial losses: pure functions of logits.

One convention holds for all of them. A logit $h$ is a real-valued score and higher means more real;
where a discriminator speaks of probabilities, they are $D = \sigma(h)$. Logarithms are natural,
every loss is to be minimised by the player it is named after, and every loss is an expectation: an
array of logits goes in, the scalar mean comes out. There is no label smoothing and no epsilon;
stability comes from writing $-\log\sigma(h) = \operatorname{softplus}(-h)$ and $-\log(1-\sigma(h))
= \operatorname{softplus}(h)$.

Real and fake logits may differ in shape, except in the relativistic losses, which compare them in
pairs. Every loss raises a `TypeError` for what is not an array of floating-point numbers, and a
`ValueError` for an empty array and for pairs of different shapes. For half-precision logits a loss
is computed in single precision and returned in their type.
"""

from gantheory.losses.f_gan import f_gan_critic_loss, f_gan_generator_loss
from gantheory.losses.hinge import hinge_discriminator_loss, hinge_generator_loss
from gantheory.losses.least_squares import (
    least_squares_discriminator_loss,
    least_squares_generator_loss,
)
from gantheory.losses.logistic import (
    logistic_discriminator_loss,
    minimax_generator_loss,
    nonsaturating_generator_loss,
)
from gantheory.losses.relativistic import (
    relativistic_discriminator_loss,
    relativistic_generator_loss,
)
from gantheory.losses.wasserstein import wasserstein_critic_loss, wasserstein_generator_loss

__all__ = [
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
