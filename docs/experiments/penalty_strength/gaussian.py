"""A normal distribution, a generator that shifts and stretches, and a quadratic critic: the game
whose damping is known in closed form."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory import dynamics
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR, Game, Players
from gantheory.shapes import Sample, Scalar

POINTS = 3**0.5 * jnp.array([-1.0, 0.0, 0.0, 0.0, 0.0, 1.0])
"""Six numbers with the first five moments of N(0, 1)."""


class Line(eqx.Module):
    """The generator x = s (a + b z), of which a and b are learnt."""

    a: Scalar
    b: Scalar
    scale: float = eqx.field(static=True)

    def __call__(self, z: Sample) -> Sample:
        return self.scale * (self.a + self.b * z)


class Parabola(eqx.Module):
    """The critic that weighs the first two Hermite polynomials of x / s, of variance 1 each."""

    weights: Float[Array, "2"]
    scale: float = eqx.field(static=True)

    def __call__(self, x: Sample) -> Scalar:
        y = x[0] / self.scale
        return self.weights @ jnp.stack([y, (y**2 - 1) / 2**0.5])


def at_rest(scale: float) -> Players:
    """The two players at the equilibrium."""
    return {
        GENERATOR: Line(jnp.zeros(()), jnp.ones(()), scale),
        DISCRIMINATOR: Parabola(jnp.zeros(2), scale),
    }


def all_pairs(scale: float) -> Batch:
    """Each of the six points of the data beside each of the noise, as losses of pairs need it."""
    real, latent = jnp.meshgrid(scale * POINTS, POINTS)
    return Batch(real=real.reshape(-1, 1), latent=latent.reshape(-1, 1), key=jax.random.key(0))


@eqx.filter_jit
def spectrum(game: Game, scale: float, rates: Mapping[str, float]) -> Array:
    """The eigenvalues of the flow in which each player has a rate of its own."""
    players = at_rest(scale)
    matrix = dynamics.jacobian(game, players, all_pairs(scale))
    sizes = [jnp.full(2, rates[name]) for name in game.movers]
    return dynamics.eigenvalues(jnp.concatenate(sizes)[:, None] * matrix)
