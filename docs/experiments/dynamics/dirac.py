"""The Dirac-GAN: two players of one number each, and the games that they play on the theory
page."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.stats import norm

from gantheory import dynamics, games, metrics, penalties
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR, Game, Players, Turn
from gantheory.shapes import Sample, Scalar

TOGETHER = (Turn((DISCRIMINATOR, GENERATOR), simultaneous=True),)
IN_TURN = (Turn((DISCRIMINATOR, GENERATOR)),)
ZERO_CENTRED = {
    "R1": lambda critic, real, fake, key: penalties.r1(critic, real),
    "R2": lambda critic, real, fake, key: penalties.r2(critic, fake),
}


class Shift(eqx.Module):
    """A generator that moves its input by θ: a point mass at θ where that is zero."""

    theta: Scalar

    def __call__(self, z: Sample) -> Sample:
        return z + self.theta


class Slope(eqx.Module):
    """The discriminator h(x) = ψx."""

    psi: Scalar

    def __call__(self, x: Sample) -> Scalar:
        return self.psi * x


class Consensus(Game):
    """A game whose players agree to slow down: each minimises γ‖v‖²/2 as well."""

    game: Game
    weight: Scalar
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def losses(self, players: Players, batch: Batch) -> dict[str, Scalar]:
        entries = self.game.entries(players, batch)
        field = dynamics.vector_field(self.game, players, batch)
        haste = 0.5 * self.weight * jnp.sum(field**2)
        return {name: entries[name] + haste for name in players}


def make_players(theta: Scalar | float, psi: Scalar | float) -> Players:
    """The two players at a point of the plane."""
    return {
        GENERATOR: Shift(jnp.asarray(theta, float)),
        DISCRIMINATOR: Slope(jnp.asarray(psi, float)),
    }


def point_mass() -> Batch:
    """Data at 0 and a fake at θ, nothing random."""
    return _draw(jnp.zeros(2))


def noisy(deviation: float) -> Batch:
    """Instance noise: data and fakes blurred by N(0, σ²), on 64 quantiles of exactly that
    variance."""
    quantiles = norm.ppf(metrics.midpoints(64))
    return _draw(deviation * quantiles / jnp.std(quantiles))


def with_penalty(name: str, weight: Scalar | float, turns: tuple[Turn, ...] = IN_TURN) -> Game:
    """The non-saturating game with a zero-centred penalty."""
    plain = games.nonsaturating(turns=turns)
    term = games.WeightedPenalty(name, ZERO_CENTRED[name], weight)
    return eqx.tree_at(lambda game: game.penalties, plain, (term,))


def with_consensus(weight: float, turns: tuple[Turn, ...] = IN_TURN) -> Game:
    """The minimax game with the consensus term."""
    return Consensus(
        game=games.minimax(turns=turns), weight=jnp.asarray(weight, float), turns=turns
    )


def _draw(noise: jax.Array) -> Batch:
    return Batch(real=noise, latent=noise, key=jax.random.key(0))


Builder = Callable[[tuple[Turn, ...]], Game]
