"""A generator against a discriminator, for any pair of losses and any penalties."""

from collections.abc import Callable
from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from gantheory._checks import described, require_function, require_non_negative, require_number
from gantheory._steps import at_step
from gantheory.data import Batch
from gantheory.games._batches import (
    DISCRIMINATOR,
    FAKE,
    GENERATOR,
    REAL,
    Apply,
    Played,
    require_apply,
    require_arguments,
)
from gantheory.games.game import Entry, Game, Players, as_tree
from gantheory.games.turns import Turn
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
    `jax.tree_util.Partial`. In a game with an `apply` the critic takes a `Context` besides, and the
    penalty gets those of the samples as `condition=`, to pass on; its default is None. There the
    critic is a plain function that shows no weights: a penalty of the weights finds none and is 0.

    Examples:
        >>> from dataclasses import replace
        >>> from gantheory import games, penalties
        >>> def r1(critic, real, fake, key):
        ...     return penalties.r1(critic, real)
        >>> game = replace(games.hinge(), penalties=(games.WeightedPenalty("r1", r1, 0.1),))
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
        require_arguments(
            "penalty",
            penalty,
            4,
            "the critic, data, fakes and a key, as in lambda critic, real, fake, key: "
            "penalties.r1(critic, real)",
        )
        require_number(**{f"{name}_weight": weight})
        require_non_negative(**{f"{name}_weight": weight})
        self.name = name
        self.penalty = as_tree(penalty)
        self.weight = jnp.asarray(weight, float)


class AdversarialGame(Game[Batch]):
    """A generator against a discriminator: a pair of losses of logits, and penalties of the critic.

    Both losses take the logits of both sides, so that paired losses fit in the same place. The
    generator maps one latent to one sample, the discriminator one sample to one logit. A
    projection, such as clipping, is applied to the discriminator after each of its moves.

    With `apply`, a player's output for one sample is `apply(name, player, sample, context)` instead
    of `player(sample)`; the `Context` has a random key of the sample's own, and its label. So
    labels, dropout, noise and augmentation come into any objective, penalties included, by
    `dataclasses.replace(games.wgan_gp(), apply=function)`. The game maps it over `SAMPLE_AXIS`. An
    `apply` with a method `at(step)` is asked for what it is at each step.

    Further scalars of the discriminator's move: "real_logit" and "fake_logit", the mean logit of
    each side, and each penalty, without its weight, under its name.

    Examples:
        >>> import dataclasses
        >>> import jax
        >>> from gantheory import data, games, losses, networks
        >>> line, key = networks.Linear(1, 1, key=jax.random.key(0)), jax.random.key(1)
        >>> players = {"generator": line, "discriminator": line}
        >>> batch = data.Synthetic(data.Normal(4.0, 1.0), data.Uniform(1), batch_size=8)(key)
        >>> both_losses = losses.relativistic_generator_loss, losses.relativistic_discriminator_loss
        >>> gan = games.AdversarialGame(*both_losses)
        >>> sorted(gan.entries(players, batch))
        ['discriminator', 'fake_logit', 'generator', 'real_logit']
        >>> def noisy(name, player, sample, context):
        ...     if name == "discriminator":
        ...         sample = sample + 0.1 * jax.random.normal(context.key, sample.shape)
        ...     return player(sample)
        >>> noisy_gan = dataclasses.replace(gan, apply=noisy)
        >>> noisy_gan.entries(players, batch) == gan.entries(players, batch)
        False
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
    apply: Apply | None = None

    def __check_init__(self) -> None:
        for name in ("generator_loss", "discriminator_loss"):
            loss = getattr(self, name)
            require_function("a function of the logits of both sides", **{name: loss})
            require_arguments(
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
            require_arguments(
                "projection",
                self.projection,
                1,
                "the discriminator alone, as in lambda critic: "
                "penalties.clip_weights(critic, 0.01)",
            )
        require_apply(self.apply)
        for term in self.penalties if self.apply is not None else ():
            require_arguments(
                f"the penalty {term.name!r} of a game with an apply",
                term.penalty,
                4,
                "the contexts of the samples besides, and pass them on, as in lambda critic, real, "
                "fake, key, condition=None: penalties.r1(critic, real, condition=condition)",
                condition=None,
            )

    def losses(self, players: Players, batch: Batch) -> dict[str, Entry]:
        """Both players' losses; the mean logits and penalties are the discriminator's."""
        played, discriminator = Played(batch, self.apply), players[DISCRIMINATOR]
        fake, penalised = played.generated(players[GENERATOR]), bool(self.penalties)
        real_logits = played.logits(discriminator, batch.real, REAL, penalised=penalised)
        fake_logits = played.logits(discriminator, fake, FAKE, penalised=penalised)
        critic, given = played.critic(discriminator)
        values = {
            term.name: term.penalty(critic, batch.real, fake, batch.key, **given)
            for term in self.penalties
        }
        penalty = sum((term.weight * values[term.name] for term in self.penalties), 0.0)
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

    def at(self, step: Int[Array, ""]) -> Game:
        """The game with its `apply` as that is at a step."""
        return self if self.apply is None else replace(self, apply=at_step(self.apply, step))
