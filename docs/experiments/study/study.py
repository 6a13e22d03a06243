"""A small "Are GANs Created Equal?": seven objectives and the VAE, searched wide, then narrow, then
repeated over seeds.

Run by `nox -s experiments -- study`. It writes two tables: `docs/results/study.csv` with one line
for each run, and `docs/results/study.json` with the repeated runs of each model's best setting and
the provenance. Interrupted, it goes on after the last group of runs.

All models have the same generator and, but for BEGAN and the VAE, the same discriminator; all get
5,000 moves of the discriminator. The spaces are those of the survey, without batch normalisation.
"""

import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from tools.results import tables as results
from tools.results.pixels import packed

from experiments.study.bed import (
    FEATURES,
    SIDE_OF_TRIANGLES,
    TRIANGLES,
    TRIANGLES_SEEN,
    Bed,
    bed,
)
from gantheory import Every, Optimiser, Trainer, data, games, metrics, networks, study
from gantheory.games import AUTOENCODER, BALANCE, DISCRIMINATOR, GENERATOR, Turn
from gantheory.shapes import Key, Scalar
from gantheory.training import TrainState

BEDS = ("triangles", "digits")
MODELS = (
    "minimax",
    "nonsaturating",
    "least_squares",
    "wgan",
    "wgan_gp",
    "dragan",
    "began",
    "vae",
)
WIDE_TRIALS, NARROW_TRIALS, SEEDS = 20, 6, 8
Generator = Callable[[Float[Array, " size"]], Float[Array, " pixels"]]

DISCRIMINATOR_MOVES, BATCH, LATENTS, WIDTH, CODE = 5_000, 64, 16, 64, 32
CHECKPOINTS, SAMPLES = 5, 1_000
HELD_OUT, RESTARTS, INVERSION_STEPS, INVERSION_RATE = 256, 8, 200, 0.1
BANK, STARTS, ITERATIONS = 4_096, 4, 15
NEIGHBOURS = 5
DELTAS = (0.75, 1.0, 1.5, 2.0)
SHOWN = 12
KEY = 2018
BATCH_NORM = "discriminator_batch_norm"

ROWS = {f"{name}/{model}": (name, model) for name in BEDS for model in MODELS}

FLOORS = {
    "frechet": 2.0,
    "last_frechet": 2.0,
    "kernel": 0.5,
    "neighbour_precision": 0.15,
    "neighbour_recall": 0.15,
    "density": 0.15,
    "coverage": 0.15,
    "off": 0.4,
    "missed": 0.4,
    **{f"precision_{delta}": 0.2 for delta in DELTAS},
    **{f"recall_{delta}": 0.2 for delta in DELTAS},
}
"""Metric to the difference that a second run of the repeated seeds may show in any case."""

CONFIGURATION = {
    "beds": f"triangles {SIDE_OF_TRIANGLES} x {SIDE_OF_TRIANGLES} ({TRIANGLES_SEEN:,} seen), "
    "scikit-learn's digits 8 x 8",
    "networks": f"perceptrons, two hidden layers of {WIDTH}, {LATENTS} normal latents, "
    "sigmoid output",
    "phases": {"wide": WIDE_TRIALS, "narrow": NARROW_TRIALS, "repeated": SEEDS},
    "discriminator moves": DISCRIMINATOR_MOVES,
    "batch": BATCH,
    "score": f"least Fréchet distance over {CHECKPOINTS} checkpoints, {SAMPLES:,} samples, "
    f"{FEATURES} features",
    "recall": f"{HELD_OUT} held-out images, {RESTARTS} restarts, {INVERSION_STEPS} steps of "
    f"Adam from {INVERSION_RATE}",
    "precision": f"{HELD_OUT} samples, bank of {BANK:,}, {STARTS} starts, {ITERATIONS} iterations",
}


def run_row(name: str) -> dict[str, Any]:
    """Search one model on one bed, and repeat the best setting: its outcomes, one entry per seed,
    and some samples."""
    best = study.best_row(search(name), "frechet")
    setting = {key: best[key] for key in space(name, study.WIDE)}
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # always run afresh, also where the table has them
        rows = study.run_trials(
            partial(program, judged=True),
            study.repeated_trials(name, setting, phase="repeated", count=SEEDS),  # pyright: ignore[reportArgumentType]
            key=jax.random.key(KEY),
            table=study.Table(Path(folder) / "repeated.sqlite"),
            progress=False,
        )
    _keep(rows)
    outcomes = [metric for metric in FLOORS if metric in rows[0]]
    shown = program(name, _fixed(setting), drawn=True)  # pyright: ignore[reportArgumentType]
    numbers = {
        key: jnp.asarray(value) for key, value in setting.items() if isinstance(value, float)
    }
    drawn = jax.jit(shown)(jax.random.key(KEY), numbers)["samples"]
    return {
        **{metric: np.asarray([row[metric] for row in rows], float) for metric in outcomes},
        "setting": ", ".join(f"{key} {_short(value)}" for key, value in setting.items()),  # pyright: ignore[reportArgumentType]
        "samples": packed(drawn),
    }


def search(name: str) -> list[study.Row]:
    """The rows of the wide and of the narrow search of one model on one bed; run where the table
    has none."""
    _, model = ROWS[name]
    key = jax.random.key(KEY)
    default = {key: value for key, value in study.DEFAULTS[model].items() if key != BATCH_NORM}
    phases = (
        ("wide", study.WIDE, WIDE_TRIALS, default),
        ("narrow", study.NARROW, NARROW_TRIALS, None),
    )
    return [
        row
        for phase, spaces, count, first in phases
        for row in study.run_trials(
            program,
            study.random_trials(
                name, space(name, spaces), phase=phase, count=count, key=key, default=first
            ),
            key=key,
            table=_table(),
            progress=False,
        )
    ]


def space(name: str, spaces: study.Spaces) -> study.Space:
    """The survey's space of the row's model, without batch normalisation, which these networks do
    not have."""
    _, model = ROWS[name]
    return {key: ranged for key, ranged in spaces[model].items() if key != BATCH_NORM}


@cache
def _program(name: str, moves: int, *, judged: bool, drawn: bool) -> study.Run:
    name, model = ROWS[name]
    return jax.tree_util.Partial(partial(_run, name, model, moves, judged, drawn), bed(name))


def program(
    name: str, fixed: dict[str, int | bool], *, judged: bool = False, drawn: bool = False
) -> study.Run:
    """One run of a row's model: its scores, and with `judged` all that is measured of a best
    setting."""
    return _program(name, int(fixed.get("discriminator_moves", 1)), judged=judged, drawn=drawn)


def _run(
    name: str,
    model: str,
    moves: int,
    judged: bool,  # noqa: FBT001
    drawn: bool,  # noqa: FBT001
    images: Bed,
    key: Key,
    numbers: dict[str, Array],
) -> dict[str, Scalar]:
    player_key, run_key, latent_key, judge_key = jax.random.split(key, 4)
    latent = data.Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))
    latents = latent(latent_key, SAMPLES)
    reference = jax.vmap(images.features_of)(images.compared[:SAMPLES])

    def features(generator: Generator) -> Array:
        return jax.vmap(lambda z: images.features_of(generator(z)))(latents)

    def scored(state: TrainState, batch: data.Batch, entries: dict[str, Scalar]) -> Checkpoint:
        del batch, entries
        generator = generator_of(state.players)
        distance = metrics.frechet_distance(features(generator), reference)
        return Checkpoint(distance, generator)

    steps = DISCRIMINATOR_MOVES // moves
    trainer = Trainer(
        game(model, moves, numbers),
        data.Dataset(images.seen, latent, BATCH),
        optimisers=optimisers(model, numbers),
        record=Every(steps // CHECKPOINTS, scored),
    )
    state = trainer.init(players(model, images.seen.shape[1], player_key), key=run_key)
    result = trainer.train(state, steps)
    distances = result.history.distance
    best = jnp.argmin(distances)
    generator = jax.tree.map(lambda leaf: leaf[best], result.history.generator)
    if drawn:
        return {"samples": jax.vmap(generator)(latents[:SHOWN])}
    broken = jnp.where(result.state.failed, jnp.nan, 0.0)
    scores = {
        "frechet": jnp.min(distances) + broken,
        "last_frechet": distances[-1] + broken,
        "discriminator_moves_made": (result.state.step * moves).astype(float),
    }
    if not judged:
        return scores
    return scores | judgement(name, images, generator, features(generator), reference, judge_key)


def judgement(
    name: str, images: Bed, generator: Generator, features: Array, reference: Array, key: Key
) -> dict[str, Scalar]:
    """All that is measured of the generator of the best checkpoint beyond its score."""
    bank_key, start_key, latent_key = jax.random.split(key, 3)
    among = metrics.precision_recall(features=features, reference=reference, neighbours=NEIGHBOURS)
    dense = metrics.density_coverage(features=features, reference=reference, neighbours=NEIGHBOURS)
    held_out = images.compared[:HELD_OUT]
    starts = jax.random.normal(start_key, (RESTARTS, LATENTS))
    missed = metrics.inversion_distances(
        generator, held_out, starts, steps=INVERSION_STEPS, learning_rate=INVERSION_RATE
    )
    values = {
        "kernel": metrics.kernel_distance(features, reference).value,
        "neighbour_precision": among.precision,
        "neighbour_recall": among.recall,
        "density": dense.density,
        "coverage": dense.coverage,
        "missed": jnp.median(missed),
        **{f"recall_{delta}": _share_within(missed, delta) for delta in DELTAS},
    }
    if name != "triangles":
        return values
    made = jax.vmap(generator)(jax.random.normal(latent_key, (HELD_OUT, LATENTS)))
    off = metrics.distance_to_polygons(
        made.reshape(-1, TRIANGLES.pixels, TRIANGLES.pixels, 1),
        TRIANGLES,
        bank_key,
        bank=BANK,
        starts=STARTS,
        iterations=ITERATIONS,
    )
    return values | {
        "off": jnp.median(off),
        **{f"precision_{delta}": _share_within(off, delta) for delta in DELTAS},
    }


class Checkpoint(eqx.Module):
    """A generator on the way, and its distance from the data."""

    distance: Scalar
    generator: Generator


class PixelGenerator(eqx.Module):
    """A network whose outputs are pixels in (0, 1)."""

    network: networks.MLP

    def __call__(self, latent: Float[Array, " size"]) -> Float[Array, " pixels"]:
        return jax.nn.sigmoid(self.network(latent))


def game(model: str, moves: int, numbers: dict[str, Array]) -> games.Game:
    """The model's game, with so many moves of the discriminator to one of the generator."""
    if model == "vae":
        return games.VariationalGame(games.Bernoulli(), beta=1.0)
    own = {key: numbers[key] for key in ("clip_bound", "penalty_weight", "gamma") if key in numbers}
    turns = (Turn((DISCRIMINATOR,), times=moves), Turn((GENERATOR,)))
    if model == "began":
        ahead = (Turn((DISCRIMINATOR,), times=moves - 1),) if moves > 1 else ()
        turns = (*ahead, *games.SIMULTANEOUS)
    return games.build(model, **own, turns=turns)


def players(model: str, pixels: int, key: Key) -> games.Players:
    """The same generator for all, which the VAE calls its decoder."""
    generator_key, first_key, second_key = jax.random.split(key, 3)
    mlp = partial(networks.MLP, width=WIDTH, activation=leaky_relu)
    decoder = mlp(LATENTS, pixels, depth=2, key=generator_key)
    if model == "vae":
        encoder = mlp(pixels, 2 * LATENTS, depth=2, key=first_key)
        return {AUTOENCODER: networks.VariationalAutoencoder(encoder, decoder)}
    generator = {GENERATOR: PixelGenerator(decoder)}
    if model == "began":
        encoder = mlp(pixels, CODE, depth=1, key=first_key)
        reconstruct = PixelGenerator(mlp(CODE, pixels, depth=1, key=second_key))
        return generator | {
            DISCRIMINATOR: networks.Autoencoder(encoder, reconstruct),
            BALANCE: games.Balance(),
        }
    return generator | {DISCRIMINATOR: mlp(pixels, "scalar", depth=2, key=first_key)}


def optimisers(model: str, numbers: dict[str, Array]) -> dict[str, Optimiser]:
    """Adam for all, but plain descent for BEGAN's balance."""
    adam = Optimiser(optax.adam, learning_rate=numbers["learning_rate"], b1=numbers["b1"])
    if model == "vae":
        return {AUTOENCODER: adam}
    both = {GENERATOR: adam, DISCRIMINATOR: adam}
    if model != "began":
        return both
    return both | {BALANCE: Optimiser(optax.sgd, learning_rate=numbers["balance_rate"])}


def generator_of(players: games.Players) -> Generator:
    """From a latent to pixels in (0, 1)."""
    if AUTOENCODER in players:
        return PixelGenerator(players[AUTOENCODER].decoder)
    return players[GENERATOR]


def publish() -> None:
    """Put the table of all runs beside the results, sorted."""
    if _working_table().is_file():
        rows = study.Table(_working_table()).rows
        order = list(ROWS)
        phases = ("wide", "narrow", "repeated")
        study.write_csv(
            results.FOLDER / "study.csv",
            sorted(
                rows,
                key=lambda row: (
                    order.index(str(row["subject"])),
                    phases.index(str(row["phase"])),
                    row["number"],
                ),
            ),
        )


def leaky_relu(x: Array) -> Array:
    """The slope that the survey's networks have."""
    return jax.nn.leaky_relu(x, 0.2)


def _share_within(distances: Float[Array, " count"], delta: float) -> Scalar:
    return jnp.mean((distances <= delta).astype(float))


def _fixed(setting: study.Setting) -> dict[str, int | bool]:
    return {key: value for key, value in setting.items() if isinstance(value, int)}


def _short(value: float | int | bool) -> str:  # noqa: FBT001
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@cache
def _table() -> study.Table:
    """The published table while it is that of this code, else the one being made."""
    if not results.is_fresh("study"):
        return study.Table(_working_table())
    table = study.Table(Path(tempfile.mkdtemp()) / "published.sqlite")
    table.add(study.read_csv(results.FOLDER / "study.csv"))
    return table


def _working_table() -> Path:
    stamp = results.fingerprint(sys.modules[__name__])
    return results.ROOT / ".cache" / "experiments" / f"study-{stamp}.sqlite"


def _keep(rows: list[study.Row]) -> None:
    """Add repeated runs to the table being made; the published one stays as it is."""
    table = _table()
    if table.path == _working_table():
        subject = rows[0]["subject"]
        held = [row for row in table.rows if row["phase"] == "repeated"]
        if subject not in {row["subject"] for row in held}:
            table.add(rows)
