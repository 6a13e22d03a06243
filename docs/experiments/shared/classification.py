"""A game of one player: tell the classes of the data apart."""

import equinox as eqx
import jax

from gantheory import deviations, games
from gantheory.data import Batch
from gantheory.shapes import Scalar

JUDGE = "judge"


class Classification(games.Game):
    """The judge minimises the cross-entropy of the labels; nobody plays against it."""

    turns: tuple[games.Turn, ...] = eqx.field(static=True, default=(games.Turn((JUDGE,)),))

    def losses(self, players: games.Players, batch: Batch) -> dict[str, Scalar]:
        assert batch.label is not None
        logits = jax.vmap(players[JUDGE])(batch.real)
        return {JUDGE: deviations.style_cross_entropy(logits, batch.label)}
