"""How fast each way of playing leaves or reaches the equilibrium of the Dirac-GAN, and of a saddle
whose players have two time scales."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from tools.results.cache import cached

from experiments.dynamics import dirac
from experiments.dynamics.dirac import TOGETHER
from experiments.dynamics.playing import WAYS, descent, positions
from gantheory import dynamics, games, penalties
from gantheory.games import DISCRIMINATOR, GENERATOR, Players, Turn
from gantheory.shapes import Scalar

CONSENSUS = 2.0  # with the slope 1/2 of the logistic losses: γω = 1
START = 1e-6  # far within the reach of the linear terms, even after the growth by 10,000
FAR, NEAR = 1e-2, 1e-250
LEAST, GREATEST = 0.5, 8.0  # of the ratios that are bisected


def _slope(distance: Float[Array, " step"]) -> Scalar:
    """The slope of the logarithm, fitted where the distance is neither far nor rounded away."""
    count = distance.size
    number = jnp.arange(count, dtype=distance.dtype)
    seen = ((distance < FAR) & (distance > NEAR)).astype(distance.dtype)
    late = jnp.cumprod(seen)  # up to the first step that leaves
    kept = jnp.where(number >= jnp.sum(late) / 4, late, 0.0)  # without the transient
    logs = jnp.log(jnp.where(kept > 0, distance, 1.0))
    total = jnp.sum(kept)
    middle = jnp.sum(kept * number) / total
    spread = kept * (number - middle)
    return jnp.sum(spread * logs) / jnp.sum(spread * number)


@cached
def _dirac_rates(way: str, sizes: tuple[float, ...], steps: int, ratio: float) -> Array:
    turns, make = WAYS["together" if way == "consensus" else way]
    game = (
        dirac.with_consensus(CONSENSUS, turns) if way == "consensus" else games.minimax(turns=turns)
    )

    @eqx.filter_jit
    @eqx.filter_vmap
    def of_size(rate: Scalar) -> Scalar:
        players, batch = dirac.make_players(START, 0.0), dirac.point_mass()
        speeds = {GENERATOR: rate, DISCRIMINATOR: ratio * rate}
        optimisers = {name: make(speeds[name]) for name in players}
        return _slope(jnp.linalg.norm(positions(game, players, batch, optimisers, steps), axis=1))

    return of_size(jnp.asarray(sizes))


def dirac_rates(
    way: str, sizes: tuple[float, ...], *, steps: int = 1_200, ratio: float = 1.0
) -> Float[Array, " size"]:
    """Measured growth per step of the logarithm of the distance from the equilibrium, on the
    minimax game; the discriminator's step is `ratio` times the generator's."""
    with jax.enable_x64(True):
        return _dirac_rates(way, sizes, steps, ratio)


class Weight(eqx.Module):
    """The discriminator h(x) = wx whose number is a 1 × 1 matrix, as in a layer of a network."""

    matrix: Float[Array, "1 1"]

    def __call__(self, x: Scalar) -> Scalar:
        return self.matrix[0, 0] * x


@cached
def _normalised_swing(sizes: tuple[float, ...], steps: int) -> Array:
    game = replace(games.hinge(turns=TOGETHER), projection=penalties.spectral_normalise)
    start = dirac.make_players(0.0, 1.0) | {DISCRIMINATOR: Weight(jnp.ones((1, 1)))}

    @eqx.filter_jit
    @eqx.filter_vmap
    def of_size(rate: Scalar) -> Array:
        optimisers = {name: descent(rate) for name in start}
        return positions(game, start, dirac.point_mass(), optimisers, steps)[:, 1]

    return of_size(jnp.asarray(sizes))


def normalised_swing(sizes: tuple[float, ...], *, steps: int) -> Float[Array, "size step"]:
    """Where the fakes are in the hinge game on the line with a spectrally normalised critic."""
    with jax.enable_x64(True):
        return _normalised_swing(sizes, steps)


class Saddle(games.Game[None]):
    """The player x minimises and y maximises the form A x²/2 + B xy + C y²/2."""

    form: Float[Array, " 3"]
    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("x", "y"), simultaneous=True),))

    def losses(self, players: Players, batch: None) -> dict[str, Scalar]:
        x, y = players["x"], players["y"]
        value = jnp.vdot(self.form, jnp.stack([x**2 / 2, x * y, y**2 / 2]))
        return {"x": value, "y": -value}


def _saddle_slope(game: Saddle, step_size: Scalar, ratio: Scalar, steps: int) -> Scalar:
    """The growth per step of the logarithm of the distance, y faster than x by the ratio."""
    sizes = {"x": step_size, "y": step_size * ratio}
    start = {"x": jnp.asarray(START), "y": jnp.zeros(())}
    path = dynamics.gradient_play(game, start, None, step_size=sizes, steps=steps).history
    return _slope(jnp.linalg.norm(path, axis=1))


@cached
def _saddle_rates(
    form: tuple[float, ...], step_size: float, ratios: tuple[float, ...], steps: int
) -> Array:
    game = Saddle(jnp.asarray(form))

    @eqx.filter_jit
    @eqx.filter_vmap
    def of_ratio(ratio: Scalar) -> Scalar:
        return _saddle_slope(game, jnp.asarray(step_size), ratio, steps)

    return of_ratio(jnp.asarray(ratios))


def saddle_rates(
    form: tuple[float, ...], *, step_size: float, ratios: tuple[float, ...], steps: int = 1_200
) -> Float[Array, " ratio"]:
    """Measured growth per step of gradient play together, y faster than x by each ratio."""
    with jax.enable_x64(True):
        return _saddle_rates(form, step_size, ratios, steps)


@cached
def _critical_ratios(
    form: tuple[float, ...], step_sizes: tuple[float, ...], halvings: int
) -> Array:
    game = Saddle(jnp.asarray(form))

    @eqx.filter_jit
    @eqx.filter_vmap
    def bisected(step_size: Scalar) -> Scalar:
        def halve(_: Array, ends: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
            middle = (ends[0] + ends[1]) / 2
            out = _saddle_slope(game, step_size, middle, steps=2_000) > 0
            return jnp.where(out, middle, ends[0]), jnp.where(out, ends[1], middle)

        low, high = jnp.asarray(LEAST), jnp.asarray(GREATEST)
        low, high = jax.lax.fori_loop(0, halvings, halve, (low, high))
        return (low + high) / 2

    return bisected(jnp.asarray(step_sizes))


def critical_ratios(
    form: tuple[float, ...], *, step_sizes: tuple[float, ...], halvings: int = 12
) -> Float[Array, " size"]:
    """The ratio of step sizes from which on gradient play together returns to the origin, found by
    bisection, for each step size of x."""
    with jax.enable_x64(True):
        return _critical_ratios(form, step_sizes, halvings)
