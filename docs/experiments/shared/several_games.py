"""Several games as one, so that a single compilation trains them all."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int

from gantheory.data import Batch
from gantheory.games import ALTERNATING, DISCRIMINATOR, GENERATOR, Game, Players, Turn
from gantheory.shapes import Scalar


class OneOf(Game):
    """The game of the given number; the number is an array, so that it can be vmapped."""

    games: tuple[Game, ...]
    number: Int[Array, ""]
    turns: tuple[Turn, ...] = eqx.field(static=True, default=ALTERNATING)

    def losses(self, players: Players, batch: Batch) -> dict[str, Scalar]:
        """Both players' losses in that game."""
        entries = [game.entries(players, batch) for game in self.games]
        return {
            name: jnp.stack([entry[name] for entry in entries])[self.number]
            for name in (GENERATOR, DISCRIMINATOR)
        }
