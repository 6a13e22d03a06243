r"""Creative walk adversarial networks: the generator departs from the styles as a whole batch.

The walk game is a creative game whose deviation is not of each sample's posterior over styles, but
of the features of the whole batch, real and generated:

$$L_D = L_D^{\text{adversarial}} + \mathbb E_{x,\hat c}\bigl[-\log p(\hat c \mid x)\bigr], \qquad
L_G = L_G^{\text{adversarial}} + \lambda\,\mathrm{walk}\bigl(\phi(x), \hat c, \phi(G(z))\bigr)$$

Here $\phi$ are the features of the discriminator from which both of its heads are read. The walk
moves only the generator; the discriminator shapes the features by telling real from fake and one
style from another.
"""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from gantheory._answers import Head
from gantheory._checks import described, require_non_negative, require_number
from gantheory.data import Batch
from gantheory.deviations import style_cross_entropy, walk_deviation
from gantheory.deviations.random_walk import require_discount, require_steps
from gantheory.games._batches import DISCRIMINATOR, FAKE, GENERATOR, REAL, Played, apply_of
from gantheory.games.creative import require_style_head
from gantheory.games.game import Entry, Game, Players, plus, require_game
from gantheory.games.turns import Turn
from gantheory.shapes import Labels, Scalar

Number = Float[Array, ""] | float | int


class WalkGame(Game[Batch[Labels]]):
    """An adversarial game whose generator also minimises `deviations.walk_deviation`.

    The discriminator has two heads and the features below them: it is an object with a method
    `with_features`, from a sample to a real/fake logit, style logits and a vector of features, as
    `networks.TwoHeaded` has. The cross-entropy of the style on data joins its loss; penalties see
    the real/fake head alone. The centres of the styles are those of the batch at hand, so take
    batches in which every style is likely to occur, and features of a size at which a squared
    distance of a few units tells styles apart.

    The losses, penalties, turns, projections and `apply` are those of the adversarial game.

    Further scalars: with the generator's move "walk", without its weight; with the discriminator's
    "style_cross_entropy".

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import data, games, networks
        >>> trunk_key, head_key, draw_key = jax.random.split(jax.random.key(0), 3)
        >>> trunk = networks.Linear(2, 4, key=trunk_key)
        >>> judge = networks.TwoHeaded(trunk, 4, 3, activation=jnp.tanh, key=head_key)
        >>> art = data.Dataset(jnp.eye(3, 2), data.Uniform(2), 8, labels=jnp.arange(3))
        >>> players = {"generator": networks.Linear(2, 2, key=head_key), "discriminator": judge}
        >>> walk = {"steps": 3, "discount": 0.7, "visit_weight": 1.0}
        >>> game = games.WalkGame(games.nonsaturating(), weight=1.0, **walk)
        >>> print(game.entries(players, art(draw_key))["walk"] > jnp.log(3) + jnp.log(8))
        True

    Source:
        Jha, Yi, Skorokhodov and Elhoseiny (2022), by the code that goes with it, and for parts of
        the deviation the code of Jha, Yi, Skorokhodov and Elhoseiny (2021). In the former the
        centres are of ten chosen samples of each style, feature vectors and centres are scaled to
        the length 3, and the moves from and to a centre are mixed with uniform ones.
    """

    adversarial: Game[Batch]
    weight: Scalar
    steps: int = eqx.field(static=True)
    discount: Scalar
    visit_weight: Scalar
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def __init__(
        self,
        adversarial: Game[Batch],
        *,
        weight: Number,
        steps: int,
        discount: Number,
        visit_weight: Number,
    ) -> None:
        r"""Compose a walk game.

        Args:
            adversarial: A game of a generator against a discriminator.
            weight: Weight $\lambda \ge 0$ of the walk; an array, so that it can be vmapped.
            steps: The longest walk's steps between generated samples, at least 0.
            discount: In [0, 1], by which a step more makes a walk count less; an array.
            visit_weight: Weight of the visits within the walk, at least 0; an array.

        Raises:
            ValueError: A number is out of its range.
        """
        require_game(adversarial=adversarial)
        require_number(weight=weight, discount=discount, visit_weight=visit_weight)
        require_non_negative(weight=weight, visit_weight=visit_weight)
        require_discount(discount)
        require_steps(steps)
        self.adversarial = adversarial
        self.weight = jnp.asarray(weight, float)
        self.steps = steps
        self.discount = jnp.asarray(discount, float)
        self.visit_weight = jnp.asarray(visit_weight, float)
        self.turns = adversarial.turns

    def losses(self, players: Players, batch: Batch[Labels]) -> dict[str, Entry]:
        """The adversarial game's entries, with the walk and the style term added to them."""
        played = Played(batch, apply_of(self.adversarial))
        judge, styles = _judge(players[DISCRIMINATOR], played)
        critic, style_head, features = (Head(judge, place) for place in range(3))
        losses = dict(self.adversarial.losses({**players, DISCRIMINATOR: critic}, batch))
        fake = played.generated(players[GENERATOR])
        walk = walk_deviation(
            played.mapped(DISCRIMINATOR, features, batch.real, REAL),
            batch.label,
            played.mapped(DISCRIMINATOR, features, fake, FAKE),
            styles=styles,
            steps=self.steps,
            discount=self.discount,
            visit_weight=self.visit_weight,
        )
        logits = played.mapped(DISCRIMINATOR, style_head, batch.real, REAL)
        entropy = style_cross_entropy(logits, batch.label)
        losses[GENERATOR] = plus(losses, GENERATOR, self.weight * walk, walk=walk)
        losses[DISCRIMINATOR] = plus(losses, DISCRIMINATOR, entropy, style_cross_entropy=entropy)
        return losses

    def project(self, mover: str, players: Players) -> Players:
        """The adversarial game's projections."""
        return self.adversarial.project(mover, players)

    def at(self, step: Int[Array, ""]) -> Game:
        """The walk game over the adversarial game as it is at a step."""
        return eqx.tree_at(lambda game: game.adversarial, self, self.adversarial.at(step))


def _judge(discriminator: PyTree, played: Played) -> tuple[Callable, int]:
    """The discriminator with its features, and the number of styles; raise unless both fit."""
    judge = getattr(discriminator, "with_features", None)
    if not callable(judge):
        raise TypeError(
            f"players[{DISCRIMINATOR!r}] must have a method with_features, from a sample to a "
            "real/fake logit, style logits and a vector of features, as networks.TwoHeaded has; "
            f"got {described(discriminator)}."
        )
    answer = played.answer(DISCRIMINATOR, judge)
    shapes = [getattr(one, "shape", None) for one in answer] if isinstance(answer, tuple) else []
    if not (len(shapes) == 3 and shapes[2] is not None and len(shapes[2]) == 1):
        raise ValueError(
            f"players[{DISCRIMINATOR!r}].with_features must return a real/fake logit, style logits "
            "and a vector of features."
        )
    require_style_head(DISCRIMINATOR, answer[1], played.batch.classes)
    if played.batch.label is None:
        raise ValueError("source must give labels: the centres of the styles are taken by them.")
    return judge, answer[1].shape[0]
