r"""Creative adversarial networks: the generator also departs from the known styles.

The creative game takes the two losses, the penalties, the turns and the projections of an
adversarial game as they are and adds one term to each side:

$$L_D = L_D^{\text{adversarial}} + \mathbb E_{x,\hat c}\bigl[-\log p(\hat c \mid x)\bigr], \qquad
L_G = L_G^{\text{adversarial}}
+ \lambda\,\mathbb E_z\,\mathrm{deviation}\bigl(p(\cdot\mid G(z))\bigr)$$

The cross-entropy of the style is taken on data only; what the style model says about generated
samples moves only the generator. A style model that is a player of its own minimises that
cross-entropy in place of the discriminator, and moves with it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Generic, Literal, TypeVar, overload

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from gantheory._answers import Head
from gantheory._checks import described, require_function, require_non_negative, require_number
from gantheory.data import Batch
from gantheory.deviations import bce_deviation, mce_deviation, style_cross_entropy
from gantheory.games._batches import DISCRIMINATOR, FAKE, GENERATOR, REAL, Played, apply_of
from gantheory.games.game import Entry, Game, Players, as_tree, plus, require_game
from gantheory.games.turns import Turn
from gantheory.shapes import Labels, Sample, Scalar, StyleLogits, StyleVector

STYLE = "style"
"""The usual name of a style model that is a player of its own."""

Deviation = Callable[[StyleLogits], Scalar]
Critic = Callable[[Sample], Scalar]
StyleModel = Callable[[Sample], StyleVector]
Weight = Float[Array, ""] | float | int

L = TypeVar("L", bound=Labels | None)
"""The labels that the data must have: `Labels` where the discriminator learns styles from them."""


class CreativeGame(Game[Batch[L]], Generic[L]):
    """An adversarial game whose generator also minimises a deviation from the known styles.

    Any player but the generator may judge the style:

    * `style_player` is the discriminator (the default): it returns the pair of a real/fake logit
      and style logits, and the cross-entropy of the style joins its loss. Penalties see the
      real/fake head alone.
    * `style_player` is another player, usually `STYLE`: the discriminator is an ordinary one, the
      style model maps a sample to style logits, and the cross-entropy is the style model's own
      loss. It moves whenever the discriminator does. Without an optimiser it is frozen, and the
      data then need no labels.

    Players are applied to samples as in the adversarial game, by its `apply` if it has one. A type
    checker refuses a source without labels for a discriminator who judges the style. What the
    generator wants is derived in [The deviation of a creative network][eq-can-value].

    Further scalars: with the generator's move "deviation", without its weight; with the style
    player's "style_cross_entropy", that of the style model on data.

    Examples:
        >>> from gantheory import deviations, games
        >>> hinge, deviation = games.hinge(), deviations.mce_deviation
        >>> game = games.CreativeGame(hinge, deviation, weight=1.0, style_player="style")
        >>> [turn.players for turn in game.turns]
        [('discriminator', 'style'), ('generator',)]
    """

    adversarial: Game[Batch]
    deviation: Deviation
    weight: Scalar
    style_player: str = eqx.field(static=True)
    turns: tuple[Turn, ...] = eqx.field(static=True)

    @overload
    def __init__(
        self: "CreativeGame[Labels]",
        adversarial: Game[Batch],
        deviation: Deviation,
        *,
        weight: Weight,
        style_player: Literal["discriminator"] = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "CreativeGame[Labels | None]",
        adversarial: Game[Batch],
        deviation: Deviation,
        *,
        weight: Weight,
        style_player: str,
    ) -> None: ...

    def __init__(
        self,
        adversarial: Game[Batch],
        deviation: Deviation,
        *,
        weight: Weight,
        style_player: str = DISCRIMINATOR,
    ) -> None:
        r"""Compose a creative game.

        Args:
            adversarial: A game of a generator against a discriminator.
            deviation: Style logits to a scalar, such as `deviations.mce_deviation`. Numbers that
                are to be vmapped over go into a `jax.tree_util.Partial` or an `eqx.Module`.
            weight: Weight $\lambda \ge 0$ of the deviation; an array, so that it can be vmapped.
            style_player: Name of the player who judges the style.

        Raises:
            ValueError: The weight is negative, or the generator is to judge its own style.
        """
        require_game(adversarial=adversarial)
        require_function("a function of style logits", deviation=deviation)
        require_number(weight=weight)
        require_non_negative(weight=weight)
        if style_player == GENERATOR:
            raise ValueError("style_player must not be the generator.")
        self.adversarial = adversarial
        self.deviation = as_tree(deviation)
        self.weight = jnp.asarray(weight, float)
        self.style_player = style_player
        self.turns = tuple(_with_style(turn, style_player) for turn in adversarial.turns)

    def losses(self, players: Players, batch: Batch[L]) -> dict[str, Entry]:
        """The adversarial game's entries, with the style terms added to those of their owners."""
        played = Played(batch, apply_of(self.adversarial))
        critic, style_model = self._heads(players, played)
        losses = dict(self.adversarial.losses({**players, DISCRIMINATOR: critic}, batch))
        fake, judge = played.generated(players[GENERATOR]), self.style_player
        deviation = self.deviation(played.mapped(judge, style_model, fake, FAKE))
        losses[GENERATOR] = plus(losses, GENERATOR, self.weight * deviation, deviation=deviation)
        if batch.label is not None:
            logits = played.mapped(judge, style_model, batch.real, REAL)
            entropy = style_cross_entropy(logits, batch.label)
            losses[self.style_player] = plus(
                losses, self.style_player, entropy, style_cross_entropy=entropy
            )
        return losses

    def project(self, mover: str, players: Players) -> Players:
        """The adversarial game's projections."""
        return self.adversarial.project(mover, players)

    def at(self, step: Int[Array, ""]) -> Game:
        """The creative game over the adversarial game as it is at a step."""
        return CreativeGame(
            self.adversarial.at(step),
            self.deviation,
            weight=self.weight,
            style_player=self.style_player,
        )

    def _heads(self, players: Players, played: Played) -> tuple[Critic, StyleModel]:
        """The real/fake critic and the style model; raise unless both fit the data."""
        together = self.style_player == DISCRIMINATOR
        judge, batch = players[self.style_player], played.batch
        answer = played.answer(self.style_player, judge)
        if together and not (isinstance(answer, tuple) and len(answer) == 2):
            raise ValueError(
                f"players[{DISCRIMINATOR!r}] must return a pair of a real/fake logit and style "
                "logits (or name another player as style_player)."
            )
        require_style_head(self.style_player, answer[1] if together else answer, batch.classes)
        if together and batch.label is None:
            raise ValueError(
                "source must give labels: the discriminator's style head learns from them."
            )
        if not together:
            return players[DISCRIMINATOR], judge
        return Head(judge, 0), Head(judge, 1)


@overload
def can(
    adversarial: Game[Batch], *, weight: Weight, style_player: Literal["discriminator"] = ...
) -> CreativeGame[Labels]: ...


@overload
def can(
    adversarial: Game[Batch], *, weight: Weight, style_player: str
) -> CreativeGame[Labels | None]: ...


def can(
    adversarial: Game[Batch], *, weight: Weight, style_player: str = DISCRIMINATOR
) -> CreativeGame:
    """The CAN game: the deviation is the sum of K binary cross-entropies of the class posteriors.

    Its deviation is taken apart in [The deviation of a creative network][eq-can-split].

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import data, games, networks
        >>> trunk_key, head_key, draw_key = jax.random.split(jax.random.key(0), 3)
        >>> trunk = networks.Linear(2, 4, key=trunk_key)
        >>> judge = networks.TwoHeaded(trunk, 4, 3, activation=jnp.tanh, key=head_key)
        >>> art = data.Dataset(jnp.eye(3, 2), data.Uniform(2), 4, labels=jnp.arange(3))
        >>> players = {"generator": networks.Linear(2, 2, key=head_key), "discriminator": judge}
        >>> entries = games.can(games.nonsaturating(), weight=1.0).entries(players, art(draw_key))
        >>> print(entries["deviation"] > 0, entries["style_cross_entropy"] > 0)
        True True

    Source:
        Elgammal, Liu, Elhoseiny and Mazzone (2017).
    """
    return CreativeGame(adversarial, bce_deviation, weight=weight, style_player=style_player)


@overload
def can_holistic(
    adversarial: Game[Batch], *, weight: Weight, style_player: Literal["discriminator"] = ...
) -> CreativeGame[Labels]: ...


@overload
def can_holistic(
    adversarial: Game[Batch], *, weight: Weight, style_player: str
) -> CreativeGame[Labels | None]: ...


def can_holistic(
    adversarial: Game[Batch], *, weight: Weight, style_player: str = DISCRIMINATOR
) -> CreativeGame:
    """The CAN-H game: the deviation is one multi-class cross-entropy to the uniform distribution.

    Compared with `can` in [Does the multi-class form do better?][prop-deviation-gradients].

    Examples:
        >>> from gantheory import games
        >>> game = games.can_holistic(games.wgan_gp(), weight=0.5)
        >>> print(game.weight, game.style_player, game.turns[0].times)
        0.5 discriminator 5

    Source:
        Sbai, Elhoseiny, Bordes, LeCun and Couprie (2018).
    """
    return CreativeGame(adversarial, mce_deviation, weight=weight, style_player=style_player)


def _with_style(turn: Turn, style_player: str) -> Turn:
    """The turn, in which the style model moves with the discriminator."""
    if DISCRIMINATOR not in turn.players or style_player in turn.players:
        return turn
    together = turn.simultaneous or turn.extrapolate
    return replace(turn, players=(*turn.players, style_player), simultaneous=together)


def require_style_head(name: str, logits: PyTree, classes: int | None) -> None:
    """Raise unless an answer is one logit per style, of which the data have as many."""
    shape = getattr(logits, "shape", None)
    if shape is None or len(shape) != 1 or shape[0] < 2:
        raise ValueError(
            f"players[{name!r}] must give one logit per style, at least two, for a sample "
            f"(of a pair, as the second); got {described(logits)}."
        )
    if classes is not None and shape[0] != classes:
        raise ValueError(
            f"players[{name!r}] has a style head of {shape[0]} styles, but the labels of the data "
            f"have {classes} classes."
        )
