"""A game whose generator also pays for how far it moves its noise, at a price that fades."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp

from gantheory import data, games


class Transported(games.Game[data.Batch]):
    """A game without projections, and the cost E|G(z) - z|² in its generator's loss."""

    base: games.Game[data.Batch]
    weight: jax.Array
    free_after: jax.Array  # the step at which the weight has fallen to zero; may be infinite
    turns = games.ALTERNATING

    def losses(self, players: games.Players, batch: data.Batch) -> Mapping:
        moved = jax.vmap(players["generator"])(batch.latent) - batch.latent
        cost = jnp.mean(jnp.sum(moved**2, axis=1))
        loss = self.base.entries(players, batch)["generator"] + self.weight * cost
        return {**self.base.losses(players, batch), "generator": (loss, {"cost": cost})}

    def at(self, step: jax.Array) -> "Transported":
        fading = self.weight * jnp.maximum(0.0, 1 - step / self.free_after)
        return eqx.tree_at(lambda game: game.weight, self, fading)
