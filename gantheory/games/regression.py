r"""A regression whose answers a discriminator judges, too.

The regression game takes an adversarial game as it is and changes the generator's loss:

$$L_G = \mathbb E\bigl[\ell(G(z), x)\bigr] + \lambda\,L_G^{\text{adversarial}}$$

Each generated sample is compared with its *partner*, the datum in the same place of the batch. What
the two have in common is for the source to say, which makes both: the latent holds the input whose
answer the datum is, the picture that is to be sharpened, or the datum itself for an autoencoder.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gantheory._checks import described, require_function, require_non_negative, require_number
from gantheory.data import Batch
from gantheory.games._batches import GENERATOR, Played, apply_of, require_arguments
from gantheory.games.game import Entry, Game, Players, as_tree, entries_of, require_game
from gantheory.games.turns import Turn
from gantheory.shapes import FakeBatch, RealBatch, Sample, Scalar

Regression = Callable[[Sample, Sample], Scalar]


class RegressionGame(Game[Batch]):
    r"""An adversarial game whose generator also minimises a loss of each sample and its partner.

    Everybody else's losses, the penalties, the turns and the projections are those of the
    adversarial game, which may be a `CreativeGame`, too. Players are applied to samples as there,
    by its `apply` if it has one.

    The weight multiplies the *adversarial* loss, so that 0 is the regression alone (the
    discriminator then learns, but has no influence). A weight $w$ of the regression, as in the
    source, which takes 100, is here the weight $1/w$, with a loss smaller by the same factor.

    Further scalars of the generator's move: "regression" and "adversarial", the two losses without
    the weight.

    Where a free generator rests, with noise that is independent of the answers, is derived in
    [The adversarial term beside a regression][thm-rest].

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import data, games, networks
        >>> def squared_error(made, wanted):
        ...     return jnp.sum((made - wanted) ** 2)
        >>> game = games.RegressionGame(games.hinge(), squared_error, adversarial_weight=0.5)
        >>> line = networks.Linear(1, 1, key=jax.random.key(0))
        >>> answers = jax.random.normal(jax.random.key(1), (8, 1))
        >>> batch = data.Batch(real=answers, latent=answers + 1.0, key=jax.random.key(2))
        >>> entries = game.entries({"generator": line, "discriminator": line}, batch)
        >>> both = entries["regression"] + 0.5 * entries["adversarial"]
        >>> print(entries["generator"] == both)
        True

    Source:
        Isola, Zhu, Zhou and Efros (2017), pix2pix: the absolute error and a classical game.
    """

    adversarial: Game[Batch]
    regression: Regression
    adversarial_weight: Scalar
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def __init__(
        self,
        adversarial: Game[Batch],
        regression: Regression,
        *,
        adversarial_weight: Float[Array, ""] | float,
    ) -> None:
        r"""Compose a regression game.

        Args:
            adversarial: A game in which a generator has a turn.
            regression: A generated sample and its partner to a scalar. Numbers that are to be
                vmapped over go into a `jax.tree_util.Partial` or an `eqx.Module`.
            adversarial_weight: Weight $\lambda \ge 0$ of the generator's adversarial loss; an
                array, so that it can be vmapped.

        Raises:
            ValueError: The weight is negative, or no generator has a turn.
        """
        require_game(adversarial=adversarial)
        require_function("a function of a sample and its partner", regression=regression)
        require_arguments(
            "regression",
            regression,
            2,
            "a generated sample and its partner, as in lambda made, wanted: "
            "jnp.sum((made - wanted) ** 2)",
        )
        require_number(adversarial_weight=adversarial_weight)
        require_non_negative(adversarial_weight=adversarial_weight)
        if GENERATOR not in adversarial.movers:
            raise ValueError(
                f"adversarial must be a game in which a player {GENERATOR!r} has a turn; those of "
                f"{described(adversarial)} are {adversarial.movers}."
            )
        self.adversarial = adversarial
        self.regression = as_tree(regression)
        self.adversarial_weight = jnp.asarray(adversarial_weight, float)
        self.turns = adversarial.turns

    def losses(self, players: Players, batch: Batch) -> dict[str, Entry]:
        """The adversarial game's entries, with the generator's loss weighted and added to."""
        losses: dict[str, Any] = dict(self.adversarial.losses(players, batch))
        further = entries_of(losses, GENERATOR)
        adversarial = further.pop(GENERATOR)
        fake = Played(batch, apply_of(self.adversarial)).generated(players[GENERATOR])
        regression = jnp.mean(self._of_pairs(fake, batch.real))
        parts = {"regression": regression, "adversarial": adversarial}
        total = regression + self.adversarial_weight * adversarial
        losses[GENERATOR] = (total, {**further, **parts})
        return losses

    def project(self, mover: str, players: Players) -> Players:
        """The adversarial game's projections."""
        return self.adversarial.project(mover, players)

    def at(self, step: Int[Array, ""]) -> Game:
        """The regression game over the adversarial game as it is at a step."""
        return RegressionGame(
            self.adversarial.at(step), self.regression, adversarial_weight=self.adversarial_weight
        )

    def _of_pairs(self, fake: FakeBatch, real: RealBatch) -> Float[Array, " fake"]:
        """The regression loss of each pair; raise unless there are as many of both."""
        if len(fake) != len(real):
            raise ValueError(
                "source must make a latent for each datum, since a sample is compared with its "
                f"partner; it makes {len(fake)} latents for {len(real)} data."
            )
        values = jax.vmap(self.regression)(fake, real)
        if jnp.shape(values) != (len(fake),):
            raise ValueError(
                "regression must return a scalar for a sample and its partner, but returns "
                f"shape {jnp.shape(values)[1:]}; sum, or average, over the entries."
            )
        return values
