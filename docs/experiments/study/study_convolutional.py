"""The study of `study.py` with convolutional networks on Fashion-MNIST, for a machine with an
accelerator.

Run by `nox -s experiments -- study_convolutional`; it needs Debian's package
`dataset-fashion-mnist`, or its four files in the folder that FASHION_MNIST names. Nobody has run it
to the end: on two cores it would take days. What differs from `study.py` is the bed, the networks,
the likelihood of the VAE, the number of moves, that the wide search does not begin with the
survey's default, and that the best settings are not judged any further; spaces, all other games,
optimisers and phases are the same.
"""

import os
import sys
from functools import cache, partial
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from tools.results import tables as results

from experiments.shared.classification import JUDGE, Classification
from experiments.study import study as small
from gantheory import Every, Optimiser, Trainer, data, games, metrics, networks, study
from gantheory.games import AUTOENCODER, BALANCE, DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar
from gantheory.training import TrainState

FOLDER = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
SIDE, CLASSES, COMPARED = 32, 10, 2_000
WIDTH, JUDGE_WIDTH, LATENTS, CODE, FEATURES = 32, 16, 64, 64, 64
DISCRIMINATOR_MOVES, BATCH, CHECKPOINTS = 20_000, 64, 5
JUDGE_STEPS = 2_000
LIKELIHOOD = games.Gaussian(0.3)

ROWS = {f"fashion_mnist/{model}": ("fashion_mnist", model) for model in small.MODELS}
FLOORS = {"frechet": 5.0}
CONFIGURATION = {
    "bed": f"Fashion-MNIST, padded to {SIDE} x {SIDE}",
    "networks": f"convolutional, width {WIDTH}, {LATENTS} normal latents",
    "phases": {"wide": small.WIDE_TRIALS, "narrow": small.NARROW_TRIALS, "repeated": small.SEEDS},
    "discriminator moves": DISCRIMINATOR_MOVES,
    "batch": BATCH,
}

Images = Float[Array, " count side side 1"]


class Judge(eqx.Module):
    """A classifier of garments; the layer before the last gives the features."""

    trunk: networks.ConvolutionalTrunk
    hidden: networks.Linear
    read_out: networks.Linear

    def features(self, image: Float[Array, " side side 1"]) -> Float[Array, " features"]:
        return jax.nn.relu(self.hidden(jax.nn.relu(self.trunk(image))))

    def __call__(self, image: Float[Array, " side side 1"]) -> Float[Array, " classes"]:
        return self.read_out(self.features(image))


class Bed(eqx.Module):
    """Images with pixels in [-1, 1], and the judge."""

    seen: Images
    compared: Images
    judge: Judge


class Head(eqx.Module):
    """A trunk with a linear read-out of one number or of several."""

    trunk: networks.ConvolutionalTrunk
    read_out: networks.Linear
    scalar: bool = eqx.field(static=True)

    def __call__(self, image: Float[Array, " side side 1"]) -> Float[Array, " *out"]:
        outputs = self.read_out(small.leaky_relu(self.trunk(image)))
        return outputs[0] if self.scalar else outputs


def run_row(name: str) -> dict[str, np.ndarray]:
    """Search one model, and repeat its best setting: its scores, one entry per seed."""
    _, model = ROWS[name]
    key, table = jax.random.key(small.KEY), study.Table(_path())
    settings = {"key": key, "table": table, "progress": False}
    found = [
        row
        for phase, spaces, count in (
            ("wide", study.WIDE, small.WIDE_TRIALS),
            ("narrow", study.NARROW, small.NARROW_TRIALS),
        )
        for row in study.run_trials(
            program,
            study.random_trials(name, _space(model, spaces), phase=phase, count=count, key=key),
            **settings,
        )
    ]
    best = study.best_row(found, "frechet")
    setting = {key: best[key] for key in _space(model, study.WIDE)}
    trials = study.repeated_trials(name, setting, phase="repeated", count=small.SEEDS)  # pyright: ignore[reportArgumentType]
    rows = study.run_trials(program, trials, **settings)
    return {"frechet": np.asarray([row["frechet"] for row in rows], float)}


def _space(model: str, spaces: study.Spaces) -> study.Space:
    return small.space(f"{small.BEDS[0]}/{model}", spaces)


def program(name: str, fixed: dict[str, int | bool]) -> study.Run:
    """One run of a row's model."""
    return _program(ROWS[name][1], int(fixed.get("discriminator_moves", 1)))


@cache
def _program(model: str, moves: int) -> study.Run:
    return jax.tree_util.Partial(partial(_run, model, moves), fashion_mnist())


def _run(
    model: str, moves: int, bed: Bed, key: Key, numbers: dict[str, Array]
) -> dict[str, Scalar]:
    player_key, run_key, latent_key = jax.random.split(key, 3)
    latent = data.Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))
    latents = latent(latent_key, len(bed.compared))
    reference = jax.vmap(bed.judge.features)(bed.compared)

    def scored(state: TrainState, batch: data.Batch, entries: dict[str, Scalar]) -> Scalar:
        del batch, entries
        generate = _generator(state.players)
        made = jax.lax.map(lambda z: bed.judge.features(generate(z)), latents, batch_size=100)
        return metrics.frechet_distance(made, reference)

    steps = DISCRIMINATOR_MOVES // moves
    trainer = Trainer(
        games.VariationalGame(LIKELIHOOD, beta=1.0)
        if model == "vae"
        else small.game(model, moves, numbers),
        data.Dataset(bed.seen, latent, BATCH),
        optimisers=small.optimisers(model, numbers),
        record=Every(steps // CHECKPOINTS, scored),
    )
    state = trainer.init(players(model, player_key), key=run_key)
    result = trainer.train(state, steps)
    broken = jnp.where(result.state.failed, jnp.nan, 0.0)
    return {"frechet": jnp.min(result.history) + broken}


def players(model: str, key: Key) -> games.Players:
    """The same generator for all, which the VAE calls its decoder."""
    generator_key, first_key, second_key = jax.random.split(key, 3)
    paint = partial(
        networks.ConvolutionalGenerator,
        side=SIDE,
        channels=1,
        width=WIDTH,
        activation=jax.nn.relu,
    )
    generator = paint(LATENTS, key=generator_key)
    if model == "vae":
        return {
            AUTOENCODER: networks.VariationalAutoencoder(_head(2 * LATENTS, first_key), generator)
        }
    if model == "began":
        autoencoder = networks.Autoencoder(_head(CODE, first_key), paint(CODE, key=second_key))
        return {GENERATOR: generator, DISCRIMINATOR: autoencoder, BALANCE: games.Balance()}
    return {GENERATOR: generator, DISCRIMINATOR: _head(1, first_key, scalar=True)}


@cache
def fashion_mnist() -> Bed:
    """The bed; its judge is trained on images that are not compared with."""
    images, labels = _read("train")
    test, _ = _read("t10k")
    trunk_key, hidden_key, read_out_key = jax.random.split(jax.random.key(1), 3)
    trunk = networks.ConvolutionalTrunk(
        SIDE, 1, width=JUDGE_WIDTH, activation=jax.nn.relu, key=trunk_key
    )
    judge = Judge(
        trunk,
        networks.Linear(trunk.features, FEATURES, key=hidden_key),
        networks.Linear(FEATURES, CLASSES, key=read_out_key),
    )
    trainer = Trainer(
        Classification(),
        data.Dataset(images, data.Normal(0.0, 1.0), BATCH, labels),
        optimisers={JUDGE: Optimiser(optax.adamw, learning_rate=1e-3, weight_decay=1e-2)},
        record=Every(JUDGE_STEPS),
    )
    state = trainer.init({JUDGE: judge}, key=jax.random.key(2))
    result = eqx.filter_jit(trainer.train)(state, JUDGE_STEPS)
    return Bed(images, test[:COMPARED], result.players[JUDGE])


def _read(part: str) -> tuple[Images, Array]:
    """One part of the data set, padded with background to a power of two."""
    paths = [FOLDER / f"{part}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")]
    for path in paths:
        if not path.is_file():
            raise SystemExit(
                f"{path} is missing. Install Debian's dataset-fashion-mnist, or set "
                "FASHION_MNIST to a folder that has it."
            )
    read = data.read_labelled_idx(*paths)
    margin = (SIDE - read.images.shape[1]) // 2
    padded = jnp.pad(read.images, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    return data.to_signed(padded), read.labels


def _generator(players: games.Players):
    return players[AUTOENCODER].decoder if AUTOENCODER in players else players[GENERATOR]


def _head(outputs: int, key: Key, *, scalar: bool = False) -> Head:
    trunk_key, read_out_key = jax.random.split(key)
    trunk = networks.ConvolutionalTrunk(
        SIDE, 1, width=WIDTH, activation=small.leaky_relu, key=trunk_key
    )
    return Head(trunk, networks.Linear(trunk.features, outputs, key=read_out_key), scalar=scalar)


def _path() -> Path:
    stamp = results.fingerprint(sys.modules[__name__])
    return results.ROOT / ".cache" / "experiments" / f"study_convolutional-{stamp}.sqlite"
