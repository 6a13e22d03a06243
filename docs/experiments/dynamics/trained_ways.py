"""Ways of playing the GAN of the page on the trained spectrum: what each makes of a kick along an
eigenvector, and where it goes without penalties.

Run by `nox -s experiments -- trained_ways`; the small table it writes is
`docs/results/trained_ways.json`. All is in double precision and nothing is random.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array, Complex, Float, PyTree

import gantheory as gt
from experiments.dynamics.playing import WAYS, positions
from experiments.trained_spectrum import STEPS as TRAINING_STEPS
from experiments.trained_spectrum import TRAINING_STEP, make_game, quadrature, untrained
from gantheory import dynamics, games, metrics
from gantheory.games import GENERATOR, Players, Turn
from gantheory.shapes import Scalar
from gantheory.training import Every, TrainState

WEIGHT, STEP = 0.3, 0.1
KICK, STEPS, FIRST = 1e-4, 80, 5  # the rates are fitted behind the first steps
RELEASED_STEPS, STRIDE = 1_500, 25
BASIS, LEADING = 40, 15  # Krylov vectors, and the eigenvalues that they give to five digits
FAST, STIFF, REAL = -0.36 + 1.44j, -2.98 + 3.34j, -5.74 + 0j  # with penalties, roughly
FREE = 0.08 + 1.73j  # without
CASES = ("penalised", "free", "held", "inside", "outside")
COMMON = ((WEIGHT, 0.0, STEP, FAST), (0.0, 0.0, STEP, FREE), (0.0, 1.0, STEP, FREE))
"""Penalty weight, 1 if the point is held, step size, and about which eigenvalue to excite."""
ROWS = {
    "together": ((WEIGHT, 0.0, 0.27, STIFF), (WEIGHT, 0.0, 0.32, STIFF)),
    "extragradient": ((WEIGHT, 0.0, 0.155, REAL), (WEIGHT, 0.0, 0.185, REAL)),
    "optimistic": ((WEIGHT, 0.0, 0.105, REAL), (WEIGHT, 0.0, 0.125, REAL)),
}
"""Way of playing to its cases at either side of the greatest step size."""
MEASURED = (*CASES, "turning", "excited, real", "excited, imaginary", "W1")
SPECTRA = tuple(
    f"{game}, {part}" for game in ("penalised", "free") for part in ("real", "imaginary")
)
FLOORS = {**dict.fromkeys((*MEASURED, *SPECTRA), 2e-3), "W1": 0.2}
"""Metric to the difference that a second run may show in any case."""
CONFIGURATION = {
    "penalty weight": WEIGHT,
    "training steps": TRAINING_STEPS,
    "kick": KICK,
    "steps after the kick": STEPS,
    "step size": STEP,
    "steps without penalties": RELEASED_STEPS,
}

Vector = Float[Array, " size"]
Spectrum = Complex[Array, " value"]


class Held(games.Game):
    """A game that a constant force holds in place: each loss has a linear term more."""

    game: games.Game
    force: Vector
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def losses(self, players: Players, batch: PyTree) -> dict[str, Scalar]:
        entries = self.game.entries(players, batch)
        pull = jnp.vdot(self.force, dynamics.position(self.game, players)[0])
        return {name: entries[name] + pull for name in players}


class Case(eqx.Module):
    """One row of `COMMON`."""

    weight: Scalar
    held: Scalar
    step_size: Scalar
    eigenvalue: Complex[Array, ""]


class Ritz(eqx.Module):
    """Eigenvalues of the Jacobian on a Krylov space, and their vectors."""

    values: Spectrum
    vectors: Complex[Array, "value size"]


def run_row(name: str) -> dict[str, Array]:
    """The growth of each kick per step and its rotation, the eigenvalues that were excited, W1
    after the penalties are switched off, and the leading eigenvalues with and without them."""
    with jax.enable_x64(True):
        return eqx.filter_jit(_row)(name)


def _row(name: str) -> dict[str, Array]:
    start, trained_by = untrained(), make_game(WEIGHT)
    players = dynamics.gradient_play(
        trained_by,
        start,
        quadrature(),
        step_size=TRAINING_STEP,
        steps=TRAINING_STEPS,
        stride=TRAINING_STEPS,
    ).players
    both = jax.lax.map(lambda one: _ritz(make_game(one), players), jnp.asarray([WEIGHT, 0.0]))
    weight, held, size, value = (jnp.asarray(row) for row in zip(*COMMON, *ROWS[name], strict=True))
    excited, paths = jax.lax.map(
        lambda case: _kicked(name, players, case, both), Case(weight, held, size, value)
    )
    number = jnp.arange(FIRST, STEPS, dtype=float)
    late = paths[:, FIRST:]
    growth = jnp.polyfit(number, jnp.log(jnp.abs(late)).T, 1)[0]
    turning = jnp.polyfit(number, jnp.unwrap(jnp.angle(late)).T, 1)[0]
    leading = both.values[jnp.arange(2)[:, None], jnp.argsort(-jnp.abs(both.values))[:, :LEADING]]
    spectra = [part(values) for values in leading for part in (jnp.real, jnp.imag)]
    return {
        **{case: growth[index : index + 1] for index, case in enumerate(CASES)},
        "turning": turning,
        "excited, real": excited.real,
        "excited, imaginary": excited.imag,
        "W1": _released(name, players),
        **dict(zip(SPECTRA, spectra, strict=True)),
    }


def _ritz(game: games.Game, players: Players) -> Ritz:
    """Arnoldi's iteration."""
    product = dynamics.linearised_field(game, players, quadrature())
    size = dynamics.position(game, players)[0].size

    def extend(index: Array, basis: Float[Array, "row size"]) -> Float[Array, "row size"]:
        vector = product(basis[index])
        for _ in range(2):  # once more, against rounding
            vector = vector - (basis @ vector) @ basis
        return basis.at[index + 1].set(vector / jnp.linalg.norm(vector))

    first = jnp.zeros((BASIS, size)).at[0].set(jnp.ones(size) / size**0.5)
    basis = jax.lax.fori_loop(0, BASIS - 1, extend, first)
    projected = basis @ jax.lax.map(product, basis).T
    values, vectors = jnp.linalg.eig(projected)
    return Ritz(values, vectors.T @ basis.astype(vectors.dtype))


def _kicked(name: str, players: Players, case: Case, both: Ritz) -> tuple[Array, Array]:
    """The eigenvalue that is excited, and the kick's coordinate: of two runs, with it and
    without."""
    turns, make = WAYS[name]
    ritz = jax.tree.map(lambda one: jnp.where(case.weight > 0, one[0], one[1]), both)
    chosen = jnp.argmin(jnp.abs(ritz.values - case.eigenvalue))
    right = ritz.vectors[chosen]
    plain, batch = replace(make_game(case.weight), turns=turns), quadrature()
    game = Held(plain, case.held * dynamics.vector_field(plain, players, batch), turns)
    kick = KICK * right.real / jnp.linalg.norm(right.real)
    x, rebuild = dynamics.position(game, players)
    optimisers = {name: make(case.step_size) for name in players}

    def path(start: Vector) -> Float[Array, "step size"]:
        return positions(game, rebuild(start), batch, optimisers, STEPS)

    disturbed, undisturbed = jax.lax.map(path, jnp.stack([x + kick, x]))
    plane = jnp.stack([right.real, -right.imag], axis=1)
    parts = jnp.linalg.lstsq(plane, (disturbed - undisturbed).T)[0]
    return ritz.values[chosen], jax.lax.complex(parts[0], parts[1])


def _released(name: str, players: Players) -> Float[Array, " record"]:
    """W1 to the data, from the trained point on, with the penalties switched off."""
    turns, make = WAYS[name]
    batch = quadrature()

    def distance(state: TrainState, batch: PyTree, entries: dict[str, Scalar]) -> Scalar:
        del entries
        outputs = jax.vmap(state.players[GENERATOR])(batch.latent)[:, 0]
        return metrics.wasserstein_1d(outputs, norm.ppf)

    trainer = gt.Trainer(
        replace(make_game(0.0), turns=turns),
        lambda key: batch,
        optimisers={name: make(jnp.asarray(STEP)) for name in players},
        record=Every(STRIDE, distance),
    )
    return trainer.train(trainer.init(players, key=jax.random.key(0)), RELEASED_STEPS).history
