"""Eigenvalues and trajectories of the Dirac-GAN, for every objective of the theory page."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float
from tools.results.cache import cached

from experiments.dynamics import dirac
from experiments.dynamics.dirac import IN_TURN, TOGETHER
from gantheory import dynamics, games
from gantheory.data import Batch
from gantheory.games import Game

Eigenvalues = Complex[Array, " 2"]


PLAIN = ("minimax", "nonsaturating", "wgan", "hinge", "f_gan_kl")
WEIGHTS = (0.3, 1.0, 2.0)
CONSENSUS, DEVIATION = 1.0, 0.7


def _at_equilibrium(game: Game, batch: Batch) -> Eigenvalues:
    return dynamics.eigenvalues(dynamics.jacobian(game, dirac.make_players(0.0, 0.0), batch))


@cached
def _eigenvalues() -> dict[str, Array]:
    point, blurred = dirac.point_mass(), dirac.noisy(DEVIATION)
    found = {name: (games.build(name), point) for name in PLAIN}
    found["consensus"] = (dirac.with_consensus(CONSENSUS), point)
    found["instance noise"] = (games.nonsaturating(), blurred)
    rows = {name: eqx.filter_jit(_at_equilibrium)(*row) for name, row in found.items()}
    penalised = {
        "R1": lambda weight: dirac.with_penalty("R1", weight),
        "R2": lambda weight: dirac.with_penalty("R2", weight),
        "relativistic R1 + R2": lambda weight: games.relativistic_r1_r2(
            r1_weight=weight / 2, r2_weight=weight / 2
        ),
    }
    for name, make in penalised.items():
        of_weight = eqx.filter_vmap(lambda weight, make=make: _at_equilibrium(make(weight), point))
        rows[name] = eqx.filter_jit(of_weight)(jnp.asarray(WEIGHTS))
    return rows


def eigenvalues() -> dict[str, Array]:
    """The eigenvalues of every smooth game at the equilibrium, in double precision; penalised ones
    by weight."""
    with jax.enable_x64(True):
        return _eigenvalues()


@cached
def _step_eigenvalues(sizes: tuple[float, ...]) -> dict[str, Complex[Array, " size 2"]]:
    @eqx.filter_jit
    def at_equilibrium(game: Game) -> Complex[Array, " size 2"]:
        players, batch = dirac.make_players(0.0, 0.0), dirac.point_mass()
        return eqx.filter_vmap(
            lambda h: dynamics.eigenvalues(
                dynamics.step_jacobian(game, players, batch, step_size=h)
            )
        )(jnp.asarray(sizes))

    rows = {
        "minimax, together": games.minimax(turns=TOGETHER),
        "minimax, in turn": games.minimax(turns=IN_TURN),
        "R1, together": dirac.with_penalty("R1", 0.3, TOGETHER),
    }
    return {name: at_equilibrium(game) for name, game in rows.items()}


def step_eigenvalues(sizes: tuple[float, ...]) -> dict[str, Complex[Array, " size 2"]]:
    """The eigenvalues of one step at the equilibrium, for several step sizes."""
    with jax.enable_x64(True):
        return _step_eigenvalues(sizes)


@cached
def _plane(name: str, step_size: float, steps: int) -> dict[str, Array]:
    make, batch = _player_rows()[name]

    def walk(game: Game, start: Float[Array, " 2"]) -> Float[Array, " step 2"]:
        players = dirac.make_players(start[0], start[1])
        play = dynamics.gradient_play(game, players, batch, step_size=step_size, steps=steps)
        return jnp.concatenate([start[None], play.history[:, ::-1]])

    @eqx.filter_jit
    def field(game: Game, points: Float[Array, " point 2"]) -> Float[Array, " point 2"]:
        return jax.vmap(
            lambda x: dynamics.vector_field(game, dirac.make_players(x[0], x[1]), batch)[::-1]
        )(points)

    together, in_turn = make(TOGETHER), make(IN_TURN)
    start = jnp.asarray([1.0, -1.0])
    ticks = jnp.linspace(-1.6, 1.6, 11)
    points = jnp.stack(jnp.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    return {
        "together": eqx.filter_jit(walk)(together, start),
        "in turn": eqx.filter_jit(walk)(in_turn, start),
        "points": points,
        "arrows": field(in_turn, points),
    }


def plane(name: str, *, step_size: float = 0.2, steps: int = 500) -> dict[str, Array]:
    """The (θ, ψ) plane of a game: the field on a grid, and gradient play from θ = 1, ψ = -1."""
    with jax.enable_x64(True):
        return _plane(name, step_size, steps)


def _player_rows() -> dict[str, tuple[dirac.Builder, Batch]]:
    """Name to a function from the order of moves to a game, and the batch."""
    point = dirac.point_mass()
    return {
        "minimax": (lambda turns: games.minimax(turns=turns), point),
        "non-saturating": (lambda turns: games.nonsaturating(turns=turns), point),
        "clipped WGAN": (lambda turns: games.wgan(clip_bound=1.0, turns=turns), point),
        "WGAN-GP": (lambda turns: games.wgan_gp(penalty_weight=0.7, turns=turns), point),
        "DRAGAN": (lambda turns: games.dragan(penalty_weight=0.7, turns=turns), point),
        "instance noise": (lambda turns: games.nonsaturating(turns=turns), dirac.noisy(0.7)),
        "R1": (lambda turns: dirac.with_penalty("R1", 0.3, turns), point),
        "critical R1": (lambda turns: dirac.with_penalty("R1", 1.0, turns), point),
    }


PLANES = tuple(_player_rows())


@cached
def _radii(
    name: str, order: str, starts: tuple[float, ...], step_size: float, steps: int, stride: int
) -> Float[Array, " start record"]:
    make, batch = _player_rows()[name]
    game = make({"together": TOGETHER, "in turn": IN_TURN}[order])

    @eqx.filter_jit
    @eqx.filter_vmap
    def of_start(start: Float[Array, ""]) -> Float[Array, " record"]:
        play = dynamics.gradient_play(
            game,
            dirac.make_players(start, jnp.zeros(())),
            batch,
            step_size=step_size,
            steps=steps,
            stride=stride,
        )
        return jnp.linalg.norm(play.history, axis=1)

    return of_start(jnp.asarray(starts))


def radii(
    name: str,
    order: str,
    *,
    starts: tuple[float, ...],
    step_size: float,
    steps: int,
    stride: int,
) -> Float[Array, " start record"]:
    """The distance from the equilibrium along gradient play "together" or "in turn", from θ =
    start, ψ = 0."""
    with jax.enable_x64(True):
        return _radii(name, order, starts, step_size, steps, stride)
