"""A game of one player: tell the classes of the data apart."""

import equinox as eqx
import jax

from gantheory import deviations, games
from gantheory.data import Draw
from gantheory.shapes import Scalar

JUDGE = "judge"


class Classification(games.Game):
    """The judge minimises the cross-entropy of the labels; nobody plays against it."""

    turns: tuple[games.Turn, ...] = eqx.field(static=True, default=(games.Turn((JUDGE,)),))

    def losses(self, players: games.Players, draw: Draw) -> dict[str, Scalar]:
        assert draw.label is not None
        logits = jax.vmap(players[JUDGE])(draw.real)
        return {JUDGE: deviations.style_cross_entropy(logits, draw.label)}
