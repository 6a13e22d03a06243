"""The relativistic losses: real and fake logits are compared in pairs."""

import jax
import jax.numpy as jnp

from gantheory._checks import checked
from gantheory._numerics import widened
from gantheory.shapes import PairedLogits, Scalar


@checked
@widened
def relativistic_generator_loss(real_logits: PairedLogits, fake_logits: PairedLogits) -> Scalar:
    r"""The generator wants each fake to look more real than the real sample it is paired with.

    $$L_G = -\mathbb E_{x,z}[\log\sigma(h(G(z)) - h(x))]$$

    This is the non-saturating form of the pairing: the discriminator's loss with the roles swapped.

    Args:
        real_logits: Logits of data.
        fake_logits: Logits of generated samples, one for each real one.

    Returns:
        The mean over pairs, in nats; at least 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> real, fake = jnp.array([7.0, -1.0]), jnp.array([7.0, -2.0])
        >>> print(f"{losses.relativistic_generator_loss(real, fake):.4f}")
        1.0032

    Source:
        Jolicoeur-Martineau (2018), the relativistic standard GAN.
    """
    return jnp.mean(jax.nn.softplus(real_logits - fake_logits))


@checked
@widened
def relativistic_discriminator_loss(real_logits: PairedLogits, fake_logits: PairedLogits) -> Scalar:
    r"""The discriminator wants each real sample to look more real than the fake it is paired with.

    $$L_D = -\mathbb E_{x,z}[\log\sigma(h(x) - h(G(z)))]$$

    Its least value is $\log 2 - \mathrm{JS}(p\otimes q,\, q\otimes p)$, as proved in
    [Comparing in pairs][thm-pair-value].

    Args:
        real_logits: Logits of data.
        fake_logits: Logits of generated samples, one for each real one.

    Returns:
        The mean over pairs, in nats; at least 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses
        >>> real, fake = jnp.array([7.0, -1.0]), jnp.array([7.0, -2.0])
        >>> print(f"{losses.relativistic_discriminator_loss(real, fake):.4f}")
        0.5032

    Source:
        Jolicoeur-Martineau (2018), the relativistic standard GAN.
    """
    return jnp.mean(jax.nn.softplus(fake_logits - real_logits))
