"""The trained 1-D GAN as a dynamical system: spectra of its game, and what gradient play does
there.

The players and the distribution are those of page 1.3's recipe. Everything runs on one
deterministic batch, so that gradient play has no noise and the game's loss is the expected one, up
to quadrature.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array, Complex, Float
from tools.results.cache import cached

from experiments.shared.one_dimensional import make_players
from gantheory import data, dynamics, games, metrics
from gantheory.games import DISCRIMINATOR, GENERATOR, Players
from gantheory.shapes import Scalar, Values

POINTS = 128
NOISE_LIMIT = 3**0.5  # a uniform variable on ±√3 has mean 0 and variance 1
FIRST_LAYER_GAIN = 3.0
TRAINING_STEP = 0.1
STEP = 0.02
KICK, KICKED_STEPS, KICKED_STRIDE = 1e-4, 1_200, 10
STEPS, STRIDE = 8_000, 20
FASTEST_SLOW = 1.0  # the pair to kick is the leading one that turns faster than this
NEARBY = 1e-9
TOGETHER = (games.Turn((DISCRIMINATOR, GENERATOR), simultaneous=True),)

Vector = Float[Array, " size"]
Spectrum = Complex[Array, " size"]


class Run(eqx.Module):
    """Gradient play: |v|, W1 and the generated standard deviation after each recorded step."""

    field_norm: Values
    wasserstein: Values
    deviation: Values


class Kick(eqx.Module):
    """A pair of eigenvalues, and how a kick along its eigenvector goes on: one complex
    coordinate."""

    eigenvalue: Complex[Array, ""]
    start: Complex[Array, ""]
    path: Complex[Array, " record"]


class Analysis(eqx.Module):
    """A game at the trained players: the norm of its field, all eigenvalues, and a kick."""

    field_norm: Scalar
    spectrum: Spectrum
    kick: Kick


class Story(eqx.Module):
    """Training with penalties, its end analysed with and without them, and the run after they are
    off."""

    players: Players
    training: Run
    penalised: Analysis
    free: Analysis
    switched_off: Run


def quadrature() -> data.Batch:
    """Midpoints of the latent's cells, and the same quantiles of N(0, 1) as data."""
    cells = metrics.midpoints(POINTS)
    return data.Batch(
        real=norm.ppf(cells)[:, None],
        latent=NOISE_LIMIT * (2 * cells - 1)[:, None],
        key=jax.random.key(0),  # no loss of this page draws anything
    )


def make_game(penalty_weight: Scalar | float) -> games.AdversarialGame:
    """The non-saturating game, both players moving together, with R1 and R2 of equal weight."""
    plain = games.nonsaturating(turns=TOGETHER)
    paired = games.relativistic_r1_r2(r1_weight=penalty_weight, r2_weight=penalty_weight)
    return games.AdversarialGame(
        generator_loss=plain.generator_loss,
        discriminator_loss=plain.discriminator_loss,
        penalties=paired.penalties,
        turns=TOGETHER,
    )


def untrained() -> Players:
    """The players of page 1.3 with the recipe's wide first layer."""
    return make_players(jax.random.key(0), first_layer_gain=FIRST_LAYER_GAIN)


@eqx.filter_jit
def _play(weight: Scalar, players: Players, step_size: Scalar) -> tuple[Players, Run]:
    game, batch = make_game(weight), quadrature()
    play = dynamics.gradient_play(
        game, players, batch, step_size=step_size, steps=STEPS, stride=STRIDE
    )
    _, rebuild = dynamics.position(game, players)

    def watched(x: Vector) -> Run:
        here = rebuild(x)
        outputs = jax.vmap(here[GENERATOR])(batch.latent)[:, 0]
        return Run(
            field_norm=jnp.linalg.norm(dynamics.vector_field(game, here, batch)),
            wasserstein=metrics.wasserstein_1d(outputs, norm.ppf),
            deviation=jnp.std(outputs),
        )

    return play.players, jax.lax.map(watched, play.history)


@eqx.filter_jit
def _analysed(weight: Scalar, players: Players) -> Analysis:
    game, batch = make_game(weight), quadrature()
    matrix = dynamics.jacobian(game, players, batch)
    spectrum = dynamics.eigenvalues(matrix)
    turning = jnp.where(spectrum.imag > FASTEST_SLOW, spectrum.real, -jnp.inf)
    eigenvalue = spectrum[jnp.argmax(turning)]
    right, left = _eigenvectors(matrix, eigenvalue)
    kick = KICK * right.real / jnp.linalg.norm(right.real)
    x, rebuild = dynamics.position(game, players)

    def play(start: Vector) -> Float[Array, " record size"]:
        return dynamics.gradient_play(
            game, rebuild(start), batch, step_size=STEP, steps=KICKED_STEPS, stride=KICKED_STRIDE
        ).history

    disturbed, undisturbed = jax.lax.map(play, jnp.stack([x + kick, x]))
    return Analysis(
        field_norm=jnp.linalg.norm(dynamics.vector_field(game, players, batch)),
        spectrum=spectrum,
        kick=Kick(
            eigenvalue=eigenvalue,
            start=_complex(kick) @ left,
            path=_complex(disturbed - undisturbed) @ left,
        ),
    )


def _eigenvectors(
    matrix: Float[Array, " size size"], eigenvalue: Complex[Array, ""]
) -> tuple[Spectrum, Spectrum]:
    """The right and the left eigenvector of a known simple eigenvalue: two steps of inverse
    iteration."""
    unit = jnp.eye(matrix.shape[0], dtype=eigenvalue.dtype)
    factors = jax.scipy.linalg.lu_factor(_complex(matrix) - (eigenvalue + NEARBY) * unit)
    vectors = []
    for transposed in (0, 1):
        vector = jnp.ones(matrix.shape[0], eigenvalue.dtype)
        for _ in range(2):
            vector = jax.scipy.linalg.lu_solve(factors, vector, trans=transposed)
            vector = vector / jnp.linalg.norm(vector).astype(vector.dtype)
        vectors.append(vector)
    return vectors[0], vectors[1]


def _complex(array: Array) -> Array:
    return jax.lax.complex(array, jnp.zeros_like(array))


@cached
def _story(weight: float) -> Story:
    penalised, free = jnp.asarray(weight), jnp.zeros(())
    players, training = _play(penalised, untrained(), jnp.asarray(TRAINING_STEP))
    return Story(
        players=players,
        training=training,
        penalised=_analysed(penalised, players),
        free=_analysed(free, players),
        switched_off=_play(free, players, jnp.asarray(STEP))[1],
    )


def story(weight: float) -> Story:
    """All runs and both dense spectra, in double precision."""
    with jax.enable_x64(True):
        return _story(weight)


@cached
def _never_penalised() -> Run:
    return _play(jnp.zeros(()), untrained(), jnp.asarray(TRAINING_STEP))[1]


def never_penalised() -> Run:
    """The same training without penalties from the start."""
    with jax.enable_x64(True):
        return _never_penalised()
