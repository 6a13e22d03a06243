"""The classical losses: minimax, its non-saturating alternative, and the discriminator of both."""

import jax
import jax.numpy as jnp

from gantheory._checks import checked
from gantheory._numerics import widened
from gantheory.shapes import FakeLogits, RealLogits, Scalar


@checked
@widened
def minimax_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator's side of the zero-sum game; its gradient vanishes on rejected fakes.

    $$L_G = \mathbb E_z[\log(1 - \sigma(h))], \qquad
    \frac{\partial}{\partial h}\log(1-\sigma(h)) = -\sigma(h)$$

    Proved in [1.1 The vanishing gradient][lem-logit].

    Args:
        fake_logits: Logits $h$ of generated samples, of any shape.

    Returns:
        The mean, in nats; between minus infinity and 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> print(f"{losses.minimax_generator_loss(jnp.array([-6.0, 0.0])):.4f}")
        -0.3478

    Source:
        Goodfellow et al. (2014), the value function of the minimax game.
    """
    return -jnp.mean(jax.nn.softplus(fake_logits))


@checked
@widened
def nonsaturating_generator_loss(fake_logits: FakeLogits) -> Scalar:
    r"""The generator maximises the log-probability of being taken for real.

    $$L_G = -\mathbb E_z[\log \sigma(h)], \qquad
    \frac{\partial}{\partial h}(-\log\sigma(h)) = -(1-\sigma(h))$$

    Proved in [1.2 Losses that do not vanish][thm-same-direction].

    Args:
        fake_logits: Logits $h$ of generated samples, of any shape.

    Returns:
        The mean, in nats; at least 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> print(f"{losses.nonsaturating_generator_loss(jnp.array([-6.0, 0.0])):.4f}")
        3.3478

    Source:
        Goodfellow et al. (2014), the alternative to the minimax generator loss.
    """
    return jnp.mean(jax.nn.softplus(-fake_logits))


@checked
@widened
def logistic_discriminator_loss(real_logits: RealLogits, fake_logits: FakeLogits) -> Scalar:
    r"""Cross-entropy of telling real from fake: the discriminator of both classical games.

    $$L_D = -\mathbb E_x[\log\sigma(h(x))] - \mathbb E_z[\log(1-\sigma(h(G(z))))]$$

    At the optimal discriminator $D^* = p/(p+q)$ it equals $2\log 2 - 2\,\mathrm{JS}(p, q)$, as
    proved in [The optimal discriminator][thm-value].

    Args:
        real_logits: Logits of data, of any shape.
        fake_logits: Logits of generated samples, of any shape.

    Returns:
        The sum of the two means, in nats; at least 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> undecided = jnp.zeros(4)
        >>> print(f"{losses.logistic_discriminator_loss(undecided, undecided):.4f}")
        1.3863

    Source:
        Goodfellow et al. (2014), the value function of the minimax game with its sign changed.
    """
    return jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))
