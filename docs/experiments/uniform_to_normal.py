"""The 1-D GAN over many seeds: as the assignment asks for it, and by the best recipe found.

Run by `nox -s experiments -- uniform_to_normal`; the small table it writes is
`docs/results/uniform_to_normal.json`.
"""

from dataclasses import asdict, dataclass
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PyTree
from tools.results.cache import cached

from experiments.shared.one_dimensional import (
    MEAN,
    STANDARD_DEVIATION,
    distances,
    make_players,
    make_source,
    outputs,
)
from gantheory import Every, Optimiser, Trainer, TrainState, data, games
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key

BATCH, STEPS = 256, 4_000
NOISE_LIMIT = 3**0.5  # a uniform variable on ±√3 has mean 0 and variance 1
FIRST_LAYER_GAIN = 3.0
TRAINING_SAMPLE = 10_000


@dataclass(frozen=True)
class Plain:
    """The assignment's GAN with the losses of an objective."""

    objective: str
    seeds: int = 16


@dataclass(frozen=True)
class Recipe:
    """The recipe, for data from a normal distribution, which it may standardise."""

    seeds: int
    mean: float = MEAN
    standard_deviation: float = STANDARD_DEVIATION
    standardised: bool = True


ROWS = {
    "plain/nonsaturating": Plain("nonsaturating"),
    "plain/minimax": Plain("minimax"),
    "recipe": Recipe(32),
    "recipe/not standardised": Recipe(8, standardised=False),
    "recipe/N(0, 1)": Recipe(8, mean=0.0, standard_deviation=1.0),
}
FLOORS = {"wasserstein": 0.01, "kolmogorov_smirnov": 0.01}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "rows": {name: asdict(row) for name, row in ROWS.items()},
    "steps": STEPS,
    "batch": BATCH,
    "plain": "Adam, learning rate 0.001, b1 = 0.5",
    "recipe": "relativistic, R1 and R2 of weight 1; Adam, 0.001 along a cosine, b1 = 0, b2 = 0.99; "
    "average 0.995",
}


@cached
def frames_of_a_run(steps: int, stride: int) -> Array:
    """The outputs at evenly spaced noise before a plain run and at each record of it: (frame,
    point)."""
    optimiser = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
    players = make_players(jax.random.key(0))

    def seen(state: TrainState, batch: Batch, entries: PyTree) -> dict[str, Array]:
        del batch, entries
        return {"generated": outputs(state.players[GENERATOR], points=2_000)}

    trainer = Trainer(
        games.nonsaturating(),
        make_source(BATCH),
        optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
        record=Every(stride, seen),
    )
    state = trainer.init(players, key=jax.random.key(1))
    history = eqx.filter_jit(trainer.train)(state, steps).history
    first = outputs(players[GENERATOR], points=2_000)
    return jnp.concatenate([first[None], history["generated"]])


def run_row(name: str) -> dict[str, Array]:
    """W1 and KS of the last generator, one entry per seed."""
    row = ROWS[name]
    if isinstance(row, Plain):
        one_run, key = partial(plain_run, row), jax.random.key(13)
    else:
        one_run, key = partial(recipe_run, row), jax.random.key(14)
    return eqx.filter_jit(eqx.filter_vmap(one_run))(jax.random.split(key, row.seeds))


def plain_run(row: Plain, key: Key) -> dict[str, Array]:
    """The plain GAN after the last step."""
    player_key, run_key = jax.random.split(key)
    optimiser = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
    trainer = Trainer(
        games.build(row.objective),
        make_source(BATCH),
        optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
        record=Every(100),
    )
    state = trainer.init(make_players(player_key), key=run_key)
    result = trainer.train(state, STEPS)
    return _graded(outputs(result.players[GENERATOR]), MEAN, STANDARD_DEVIATION)


def recipe_run(row: Recipe, key: Key) -> dict[str, Array]:
    """The recipe's averaged generator, in the data's own units."""
    player_key, sample_key, run_key = jax.random.split(key, 3)
    target = data.Normal(row.mean, row.standard_deviation)
    measured = data.Standardised(target, target(sample_key, TRAINING_SAMPLE))
    source = data.Synthetic(
        real=measured if row.standardised else target,
        latent=data.Uniform(1, -NOISE_LIMIT, NOISE_LIMIT),
        batch_size=BATCH,
    )
    optimiser = Optimiser(fading_adam, learning_rate=1e-3, steps=STEPS)
    trainer = Trainer(
        games.relativistic_r1_r2(r1_weight=1.0, r2_weight=1.0),
        source,
        optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
        ema={GENERATOR: 0.995},
        record=Every(100),
    )
    state = trainer.init(make_players(player_key, first_layer_gain=FIRST_LAYER_GAIN), key=run_key)
    result = trainer.train(state, STEPS)
    samples = outputs(result.ema[GENERATOR], -NOISE_LIMIT, NOISE_LIMIT)
    if row.standardised:
        samples = measured.restore(samples[:, None])[:, 0]
    return _graded(samples, row.mean, row.standard_deviation)


def fading_adam(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    """Adam without momentum whose learning rate falls to zero along a cosine."""
    return optax.adam(optax.cosine_decay_schedule(learning_rate, steps), b1=0.0, b2=0.99)


def _graded(samples: Array, mean: float, standard_deviation: float) -> dict[str, Array]:
    wasserstein, kolmogorov_smirnov = distances(samples, mean, standard_deviation)
    return {"wasserstein": wasserstein, "kolmogorov_smirnov": kolmogorov_smirnov}
