"""The losses of the least-squares GAN: the score is a regression to 0 and 1."""

import jax.numpy as jnp

from gantheory._checks import checked
from gantheory._numerics import widened
from gantheory.shapes import FakeLogits, RealLogits, Scalar


@checked
@widened
def least_squares_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator pulls the raw score of its samples to the target 1.

    $$L_G = \tfrac12\,\mathbb E_z[(h - 1)^2]$$

    The score is the network's output as it is, not a probability, and the signs are those of a
    regression. (A public copy of the table of Lucic et al. has the opposite sign; their code, and
    the source, have this one. Their code regresses the sigmoid of the score.)

    Args:
        fake_logits: Scores $h$ of generated samples, of any shape.

    Returns:
        The mean, at least 0. It is not monotone: a score above 1 is pulled down.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> print(losses.least_squares_generator_loss(jnp.array([0.0, 1.0, 2.0, 3.0])))
        0.75

    Source:
        Mao et al. (2017), Least squares GAN, with targets 0 for fake, 1 for real.
    """
    return 0.5 * jnp.mean((fake_logits - 1) ** 2)


@checked
@widened
def least_squares_discriminator_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""The discriminator regresses the origin of a sample: 1 for data, 0 for fakes.

    $$L_D = \tfrac12\,\mathbb E_x[(h(x) - 1)^2] + \tfrac12\,\mathbb E_z[h(G(z))^2]$$

    The optimal score is $p/(p+q)$, where the loss is $\tfrac12\int pq/(p+q)$, as proved in
    [Objectives and their divergences][thm-separable].

    Args:
        real_logits: Scores of data, of any shape.
        fake_logits: Scores of generated samples, of any shape.

    Returns:
        The sum of the two means, at least 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> real, fake = jnp.array([1.0, 0.5]), jnp.array([0.0, 0.5])
        >>> print(losses.least_squares_discriminator_loss(real, fake))
        0.125

    Source:
        Mao et al. (2017), Least squares GAN, with targets 0 for fake, 1 for real.
    """
    return 0.5 * jnp.mean((real_logits - 1) ** 2) + 0.5 * jnp.mean(fake_logits**2)
