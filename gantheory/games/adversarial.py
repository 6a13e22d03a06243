"""A generator against a discriminator, for any pair of losses and any penalties."""

import inspect
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from gantheory._checks import described, require_function, require_non_negative
from gantheory.data import Batch
from gantheory.games._batches import (
    DISCRIMINATOR,
    GENERATOR,
    generated,
    logits_of,
    require_batch,
)
from gantheory.games.game import Entry, Game, Players, Turn, as_tree
from gantheory.shapes import FakeBatch, Key, RealBatch, Scalar

ALTERNATING = (Turn((DISCRIMINATOR,)), Turn((GENERATOR,)))
"""The classical order: the discriminator moves, then the generator, each on its own batch."""

CRITIC_FIVE_TIMES = (Turn((DISCRIMINATOR,), times=5), Turn((GENERATOR,)))
"""The order of the Wasserstein GANs: five moves of the critic, each on its own batch, then one of
the generator."""


class WeightedPenalty(eqx.Module):
    """A penalty of the critic, as it enters the critic's loss, with its weight.

    A game gives every penalty the critic, the data, the fakes and a key. `penalties.wgan_gp` takes
    these four; wrap one that takes fewer. Put numbers that are to be vmapped over into a
    `jax.tree_util.Partial`.

    Examples:
        >>> from gantheory import games, losses, penalties
        >>> def r1(critic, real, fake, key):
        ...     return penalties.r1(critic, real)
        >>> game = games.AdversarialGame(
        ...     losses.relativistic_generator_loss,
        ...     losses.relativistic_discriminator_loss,
        ...     penalties=(games.WeightedPenalty("r1", r1, 0.1),),
        ... )
        >>> print(game.penalties[0].name, game.penalties[0].weight)
        r1 0.1
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
        require_function("a function of the critic, data, fakes and a key", penalty=penalty)
        _require_arguments(
            "penalty",
            penalty,
            4,
            "the critic, data, fakes and a key, as in lambda critic, real, fake, key: "
            "penalties.r1(critic, real)",
        )
        require_non_negative(**{f"{name}_weight": weight})
        self.name = name
        self.penalty = as_tree(penalty)
        self.weight = jnp.asarray(weight, float)


class AdversarialGame(Game[Batch]):
    """A generator against a discriminator: a pair of losses of logits, and penalties of the critic.

    Both losses take the logits of both sides, so that paired losses fit in the same place. The
    generator maps one latent to one sample, the discriminator one sample to one logit. A
    projection, such as clipping, is applied to the discriminator after each of its moves.

    Further scalars of the discriminator's move: "real_logit" and "fake_logit", the mean logit of
    each side, and each penalty, without its weight, under its name.

    Examples:
        >>> import jax
        >>> from gantheory import data, games, losses, networks
        >>> source = data.Synthetic(data.Normal(4.0, 1.0), data.Uniform(1), batch_size=8)
        >>> line = networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> game = games.AdversarialGame(
        ...     losses.relativistic_generator_loss, losses.relativistic_discriminator_loss
        ... )
        >>> sorted(game.entries(players, source(jax.random.key(1))))
        ['discriminator', 'fake_logit', 'generator', 'real_logit']
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

    def __check_init__(self) -> None:
        for name in ("generator_loss", "discriminator_loss"):
            loss = getattr(self, name)
            require_function("a function of the logits of both sides", **{name: loss})
            _require_arguments(
                name, loss, 2, "the logits of both sides, as in lambda real_logits, fake_logits: …"
            )
        terms = self.penalties if isinstance(self.penalties, tuple) else (self.penalties,)
        wrong = [term for term in terms if not isinstance(term, WeightedPenalty)]
        if wrong or terms is not self.penalties:
            raise TypeError(
                "penalties must be a tuple of games.WeightedPenalty, as in "
                '(games.WeightedPenalty("penalty", penalties.wgan_gp, 10.0),); got '
                f"{described(wrong[0] if wrong else self.penalties)}."
            )
        if self.projection is not None:
            require_function("a function of the discriminator", projection=self.projection)
            _require_arguments(
                "projection",
                self.projection,
                1,
                "the discriminator alone, as in lambda critic: "
                "penalties.clip_weights(critic, 0.01)",
            )

    def losses(self, players: Players, batch: Batch) -> dict[str, Entry]:
        """Both players' losses; the mean logits and penalties are the discriminator's."""
        require_batch(batch)
        discriminator = players[DISCRIMINATOR]
        fake = generated(players[GENERATOR], batch)
        real_logits = logits_of(discriminator, batch.real)
        fake_logits = logits_of(discriminator, fake)
        values = {
            term.name: term.penalty(discriminator, batch.real, fake, batch.key)
            for term in self.penalties
        }
        penalty = sum((term.weight * values[term.name] for term in self.penalties), jnp.zeros(()))
        seen = {"real_logit": jnp.mean(real_logits), "fake_logit": jnp.mean(fake_logits), **values}
        return {
            GENERATOR: self.generator_loss(real_logits, fake_logits),
            DISCRIMINATOR: (self.discriminator_loss(real_logits, fake_logits) + penalty, seen),
        }

    def project(self, mover: str, players: Players) -> Players:
        """The discriminator, once it has moved, is projected."""
        if mover != DISCRIMINATOR or self.projection is None:
            return players
        return {**players, DISCRIMINATOR: self.projection(players[DISCRIMINATOR])}


def _require_arguments(name: str, function: Callable, count: int, expected: str) -> None:
    """Raise unless a function can be called with `count` positional arguments."""
    try:
        inspect.signature(function, follow_wrapped=False).bind(*[None] * count)
    except TypeError as error:
        raise TypeError(
            f"{name} must take {expected}; got {described(function)}: {error}."
        ) from error
