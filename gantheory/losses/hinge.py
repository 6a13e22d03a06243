"""The losses of the geometric GAN: a margin for the discriminator, a mean for the generator."""

import jax
import jax.numpy as jnp

from gantheory._checks import checked
from gantheory._numerics import widened
from gantheory.losses.wasserstein import wasserstein_generator_loss
from gantheory.shapes import FakeLogits, RealLogits, Scalar


@checked
@widened
def hinge_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator raises the mean score; only the discriminator's loss has the hinge.

    $$L_G = -\mathbb E_z[h(G(z))]$$

    Args:
        fake_logits: Scores $h$ of generated samples, of any shape.

    Returns:
        The mean, in units of the margin; unbounded.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> print(losses.hinge_generator_loss(jnp.array([-3.0, 1.0])))
        1.0

    Source:
        Lim and Ye (2017), Geometric GAN.
    """
    return wasserstein_generator_loss(fake_logits)


@checked
@widened
def hinge_discriminator_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""The discriminator keeps data above 1 and fakes below -1; beyond these its gradient is zero.

    $$L_D = \mathbb E_x[\max(0, 1 - h(x))] + \mathbb E_z[\max(0, 1 + h(G(z)))]$$

    The optimal score is the sign of $p - q$, where the loss is $2 - 2\,\mathrm{TV}(p, q)$ with
    $\mathrm{TV} = \tfrac12\int\lvert p-q\rvert$: see [Objectives and their
    divergences][thm-separable].

    Args:
        real_logits: Scores of data, of any shape.
        fake_logits: Scores of generated samples, of any shape.

    Returns:
        The sum of the two means, at least 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> print(losses.hinge_discriminator_loss(jnp.array([2.0, 0.5]), jnp.array([-3.0, 1.0])))
        1.25

    Source:
        Lim and Ye (2017), Geometric GAN.
    """
    return jnp.mean(jax.nn.relu(1 - real_logits)) + jnp.mean(jax.nn.relu(1 + fake_logits))
