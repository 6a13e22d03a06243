"""The losses of an f-GAN: the critic raises a bound on an f-divergence, the generator lowers it."""

import jax.numpy as jnp

from gantheory._checks import checked
from gantheory._numerics import widened
from gantheory.divergences import FDivergence, variational_bound
from gantheory.shapes import FakeLogits, RealLogits, Scalar


@checked
@widened
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

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences, losses
        >>> kl = divergences.F_DIVERGENCES["kl"]
        >>> print(losses.f_gan_generator_loss(kl, jnp.array([1.0, 1.0])))
        -1.0

    Source:
        Nowozin, Cseke and Tomioka (2016), f-GAN.
    """
    return -jnp.mean(divergence.conjugate_of_activation(fake_logits))


@checked
@widened
def f_gan_critic_loss(
    divergence: FDivergence, real_logits: RealLogits, fake_logits: FakeLogits
) -> Scalar:
    r"""The critic raises the variational lower bound on an f-divergence.

    $$L_D = -\mathbb E_x[g_f(h(x))] + \mathbb E_z[f^*(g_f(h(G(z))))]$$

    At the optimal statistic $g_f(h) = f'(p/q)$ it equals $-D_f(p\,\Vert\,q)$, if $q > 0$ wherever
    $p > 0$ and both expectations are finite, as proved in [Objectives and their
    divergences][thm-variational].

    Args:
        divergence: A row of `divergences.F_DIVERGENCES`.
        real_logits: Raw scores of data, of any shape.
        fake_logits: Raw scores of generated samples, of any shape.

    Returns:
        Minus the bound; its expectation is at least $-D_f(p\,\Vert\,q)$.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import divergences, losses
        >>> kl = divergences.F_DIVERGENCES["kl"]
        >>> print(losses.f_gan_critic_loss(kl, jnp.array([1.0, 2.0]), jnp.array([1.0, 1.0])))
        -0.5

    Source:
        Nowozin, Cseke and Tomioka (2016), f-GAN.
    """
    return -variational_bound(divergence, real_logits, fake_logits)
