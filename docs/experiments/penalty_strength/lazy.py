"""Penalties that are computed in every k-th step only, or by finite differences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from gantheory import data, games


class WhenDue(eqx.Module):
    """A penalty that is computed only when it is due, and is zero otherwise."""

    penalty: Callable[..., jax.Array]
    due: jax.Array

    def __call__(self, critic: Callable, real: Any, fake: Any, key: Any) -> jax.Array:
        def compute() -> jax.Array:
            return self.penalty(critic, real, fake, key)

        return jax.lax.cond(self.due, compute, lambda: jnp.zeros((), real.dtype))


class Lazy(games.Game[data.Batch]):
    """A game of alternating moves, without `apply` and projection, whose penalties are played in
    every k-th step only, with k times their weight."""

    base: games.AdversarialGame
    every: int = eqx.field(static=True)
    turns = games.ALTERNATING

    def losses(self, players: games.Players, batch: data.Batch) -> Any:
        return self.base.losses(players, batch)

    def at(self, step: jax.Array) -> "Lazy":
        terms = tuple(
            games.WeightedPenalty(
                term.name, WhenDue(term.penalty, step % self.every == 0), self.every * term.weight
            )
            for term in self.base.penalties
        )
        return replace(self, base=replace(self.base, penalties=terms))


class FiniteR1(eqx.Module):
    """Half the squared difference quotient along a fresh normal direction at each sample: R1 of
    data, or R2 if it is given the fakes, without a second derivative of the critic."""

    step: jax.Array
    side: int = eqx.field(static=True)  # 0 for the data, 1 for the fakes

    def __call__(self, critic: Callable, real: Any, fake: Any, key: Any) -> jax.Array:
        samples = (real, fake)[self.side]
        directions = jax.random.normal(jax.random.fold_in(key, self.side), samples.shape)
        rise = jax.vmap(critic)(samples + self.step * directions) - jax.vmap(critic)(samples)
        return 0.5 * jnp.mean((rise / self.step) ** 2)
