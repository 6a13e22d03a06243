"""A generator against a discriminator, for any pair of losses and any penalties."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from gantheory.checks import require_non_negative
from gantheory.data import Draw
from gantheory.games.game import Game, Players, Turn, as_tree
from gantheory.shapes import FakeBatch, Key, RealBatch, Scalar

GENERATOR = "generator"
DISCRIMINATOR = "discriminator"

ALTERNATING = (Turn((DISCRIMINATOR,)), Turn((GENERATOR,)))
"""The classical order: the discriminator moves, then the generator, each on its own draw."""


CRITIC_FIVE_TIMES = (Turn((DISCRIMINATOR,), times=5), Turn((GENERATOR,)))
"""The order of the Wasserstein GANs: five moves of the critic, each on its own draw, then one of the generator."""


class WeightedPenalty(eqx.Module):
    """A penalty of the critic, as it enters the critic's loss, with its weight.

    Numbers inside the penalty that are to be vmapped belong into a `jax.tree_util.Partial`.
    """

    name: str = eqx.field(static=True)
    penalty: Callable[[Callable, RealBatch, FakeBatch, Key], Scalar]
    weight: Scalar

    def __init__(
        self,
        name: str,
        penalty: Callable[[Callable, RealBatch, FakeBatch, Key], Scalar],
        weight: Float[Array, ""] | float,
    ):
        """Name a penalty and weigh it; the weight is an array, so that it can be vmapped."""
        require_non_negative(**{f"{name}_weight": weight})
        self.name = name
        self.penalty = as_tree(penalty)
        self.weight = jnp.asarray(weight, float)


class AdversarialGame(Game):
    """A generator against a discriminator: a pair of losses of logits, and penalties of the critic.

    Both losses take the logits of both sides, so that paired losses fit the same place. The
    generator maps one latent to one sample, the discriminator one sample to one logit. A projection,
    such as clipping, is applied to the discriminator after each of its moves.

    Recorded beside the two losses: the mean logit of each side, and each penalty without its weight.
    """

    generator_loss: Callable[[Float[Array, " real"], Float[Array, " fake"]], Scalar] = eqx.field(
        static=True
    )
    discriminator_loss: Callable[[Float[Array, " real"], Float[Array, " fake"]], Scalar] = (
        eqx.field(static=True)
    )
    penalties: tuple[WeightedPenalty, ...] = ()
    projection: Callable[[PyTree], PyTree] | None = None
    turns: tuple[Turn, ...] = eqx.field(static=True, default=ALTERNATING)

    def losses(self, players: Players, draw: Draw) -> dict[str, Scalar]:
        """Both players' losses on a draw, the mean logits and the penalties."""
        generator, discriminator = players[GENERATOR], players[DISCRIMINATOR]
        fake = jax.vmap(generator)(draw.latent)
        real_logits = jax.vmap(discriminator)(draw.real)
        fake_logits = jax.vmap(discriminator)(fake)
        values = {
            term.name: term.penalty(discriminator, draw.real, fake, draw.key)
            for term in self.penalties
        }
        penalty = sum((term.weight * values[term.name] for term in self.penalties), jnp.zeros(()))
        return {
            GENERATOR: self.generator_loss(real_logits, fake_logits),
            DISCRIMINATOR: self.discriminator_loss(real_logits, fake_logits) + penalty,
            "real_logit": jnp.mean(real_logits),
            "fake_logit": jnp.mean(fake_logits),
            **values,
        }

    def settle(self, mover: str, players: Players) -> Players:
        """The discriminator, once it has moved, is projected."""
        if mover != DISCRIMINATOR or self.projection is None:
            return players
        return {**players, DISCRIMINATOR: self.projection(players[DISCRIMINATOR])}
