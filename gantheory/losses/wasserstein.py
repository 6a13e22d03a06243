"""The losses of the Wasserstein GAN: differences of mean scores."""

import jax.numpy as jnp

from gantheory._checks import checked
from gantheory._numerics import widened
from gantheory.shapes import FakeLogits, RealLogits, Scalar


@checked
@widened
def wasserstein_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator raises the critic's mean score; every sample has the same weight.

    $$L_G = -\mathbb E_z[h(G(z))]$$

    Args:
        fake_logits: Scores $h$ of generated samples, of any shape.

    Returns:
        The mean, in units of the critic; unbounded.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> print(losses.wasserstein_generator_loss(jnp.array([-3.0, 1.0])))
        1.0

    Source:
        Arjovsky, Chintala and Bottou (2017), Wasserstein GAN.
    """
    return -jnp.mean(fake_logits)


@checked
@widened
def wasserstein_critic_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""The critic separates the two mean scores as far as its Lipschitz constant allows.

    $$L_D = -\mathbb E_x[h(x)] + \mathbb E_z[h(G(z))]$$

    Over all 1-Lipschitz critics the least value is $-W_1(p, q)$ if $p$ and $q$ have finite first
    moments; that none goes lower is proved in [Objectives and their
    divergences][thm-wasserstein]. The loss itself does not hold the critic back: clip its weights
    or penalise its gradient.

    Args:
        real_logits: Scores of data, of any shape.
        fake_logits: Scores of generated samples, of any shape.

    Returns:
        The difference of the means, in units of the critic; unbounded.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> print(losses.wasserstein_critic_loss(jnp.array([2.0, 4.0]), jnp.array([-3.0, 1.0])))
        -4.0

    Source:
        Arjovsky, Chintala and Bottou (2017), Wasserstein GAN.
    """
    return jnp.mean(fake_logits) - jnp.mean(real_logits)
