"""The objectives on three tasks: the number line, and a ring of 8 and a grid of 25 normal
distributions in the plane.

Run by `nox -s experiments -- objectives`; the small table it writes is
`docs/results/objectives.json`. All objectives get the same networks, the same optimiser and the
same number of discriminator moves, but for BEGAN's discriminator, which is an autoencoder, and its
balance; what differs is the objective, its order of turns, and the numbers in `ENTRANTS`.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.scipy.stats import norm
from jaxtyping import Array

from gantheory import Every, Optimiser, Trainer, data, games, metrics, networks
from gantheory.games import BALANCE, DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Samples

NOISE_LIMIT = 3**0.5  # a uniform variable on ±√3 has mean 0 and variance 1
FIRST_LAYER_GAIN = 3.0
TRAINING_SAMPLE = 10_000
SAMPLES = 10_000
SHOWN = 300
MEAN, STANDARD_DEVIATION = 4.0, 1.25
MODE_STANDARD_DEVIATION = 0.05
LEAST_ON_A_MODE = 20

TARGETS = {
    "ring": data.ring_of_normals(8, 2.0, MODE_STANDARD_DEVIATION),
    "grid": data.grid_of_normals(5, 2.0, MODE_STANDARD_DEVIATION),
}

ONE_MOVE = {"turns": games.ALTERNATING}

ENTRANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "minimax": ("minimax", {}),
    "nonsaturating": ("nonsaturating", {}),
    "least_squares": ("least_squares", {}),
    "hinge": ("hinge", {}),
    "wgan": ("wgan", {"clip_bound": 0.1}),
    "wgan, one critic move": ("wgan", {"clip_bound": 0.1} | ONE_MOVE),
    "wgan_gp": ("wgan_gp", {"penalty_weight": 1.0}),
    "wgan_gp, one critic move": ("wgan_gp", {"penalty_weight": 1.0} | ONE_MOVE),
    "dragan": ("dragan", {}),
    "began": ("began", {}),
    "relativistic_r1_r2": ("relativistic_r1_r2", {}),
    "f_gan_kl": ("f_gan_kl", {}),
    "f_gan_reverse_kl": ("f_gan_reverse_kl", {}),
    "f_gan_pearson_chi2": ("f_gan_pearson_chi2", {}),
    "f_gan_squared_hellinger": ("f_gan_squared_hellinger", {}),
}
"""Name to objective and what differs from its builder's defaults.

Without `f_gan_gan` and `f_gan_jensen_shannon`, whose gradients are those of `minimax`. The
Wasserstein games enter twice: in their published order, five critic moves to one of the generator,
an equal budget of critic moves leaves the generator a fifth of the moves.
"""


@dataclass(frozen=True)
class Task:
    """The size of a task: networks, batch, budget and seeds."""

    width: int
    depth: int
    relu: bool
    batch_size: int
    discriminator_moves: int
    averaging: float
    seeds: int


TASKS = {
    "line": Task(32, 2, False, 128, 10_000, 0.995, 8),  # noqa: FBT003
    "ring": Task(96, 3, True, 128, 4_000, 0.998, 4),  # noqa: FBT003
    "grid": Task(96, 3, True, 128, 8_000, 0.999, 4),  # noqa: FBT003
}

ROWS = {f"{task}/{entrant}": (task, entrant) for task in TASKS for entrant in ENTRANTS}

FLOORS = {
    "wasserstein": 0.1,
    "kolmogorov_smirnov": 0.05,
    "sliced_wasserstein": 0.1,
    "modes": 2.0,
    "share_on_modes": 0.1,
    "reverse_kl": 0.1,
}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "tasks": TASKS,
    "entrants": {
        name: {"objective": objective, **{k: v for k, v in settings.items() if k != "turns"}}
        for name, (objective, settings) in ENTRANTS.items()
    },
    "optimiser": "Adam, b1 = 0, b2 = 0.99, learning rate 1e-3 falling to 0 along a cosine",
}


def run_row(name: str) -> dict[str, Array]:
    """The metrics of one objective on one task, one entry per seed."""
    task, entrant = ROWS[name]
    keys = jax.random.split(jax.random.key(2018), TASKS[task].seeds)
    run = one_line if task == "line" else partial(in_the_plane, task)
    return eqx.filter_jit(eqx.filter_vmap(partial(run, entrant)))(keys)


def one_line(entrant: str, key: Key) -> dict[str, Array]:
    """Uniform noise to N(4, 1.25²): distances of the averaged generator, without a sampling
    floor."""
    target = data.Normal(MEAN, STANDARD_DEVIATION)
    generator, measured, _ = trained_generator("line", entrant, target, key)
    cells = metrics.midpoints(2 * SAMPLES)
    outputs = jax.vmap(generator)(NOISE_LIMIT * (2 * cells - 1)[:, None])
    values = measured.restore(outputs)[:, 0]
    return {
        "wasserstein": metrics.wasserstein_1d(
            values, lambda u: norm.ppf(u, MEAN, STANDARD_DEVIATION)
        ),
        "kolmogorov_smirnov": metrics.kolmogorov_smirnov_1d(
            values, lambda x: norm.cdf(x, MEAN, STANDARD_DEVIATION)
        ),
    }


def in_the_plane(task: str, entrant: str, key: Key) -> dict[str, Array]:
    """Modes, share on modes, their reverse KL and sliced W1 of 10,000 samples of the averaged
    generator."""
    generator, measured, key = trained_generator(task, entrant, TARGETS[task], key)
    latent_key, reference_key = jax.random.split(key)
    samples = measured.restore(jax.vmap(generator)(latents(2)(latent_key, SAMPLES)))
    return plane_metrics(task, samples, reference_key) | {"samples": samples[:SHOWN]}


def plane_metrics(task: str, samples: Samples, key: Key) -> dict[str, Array]:
    """The metrics of the planar tasks; `key` draws the reference sample of sliced W1."""
    target = TARGETS[task]
    coverage = metrics.mode_coverage(
        samples, target.centres, radius=3 * MODE_STANDARD_DEVIATION, min_count=LEAST_ON_A_MODE
    )
    angles = math.pi * metrics.midpoints(64)
    directions = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)
    reference = target(key, samples.shape[0])
    return {
        "sliced_wasserstein": metrics.sliced_wasserstein(samples, reference, directions),
        "modes": coverage.found.astype(float),
        "share_on_modes": coverage.share_on_modes,
        "reverse_kl": coverage.reverse_kl,
    }


def trained_generator(task: str, entrant: str, target: data.Normal | data.NormalMixture, key: Key):
    """A trained and averaged generator, what restores the units of the data, and a fresh key."""
    size = TASKS[task]
    player_key, sample_key, run_key, key = jax.random.split(key, 4)
    measured = data.Standardised(target, target(sample_key, TRAINING_SAMPLE))
    dimensions = measured.mean.size
    objective, settings = ENTRANTS[entrant]
    game = games.build(objective, **settings)
    moves = game.turns[0].times
    steps = size.discriminator_moves // moves
    optimisers = {
        GENERATOR: Optimiser(fading_adam, learning_rate=1e-3, steps=steps),
        DISCRIMINATOR: Optimiser(fading_adam, learning_rate=1e-3, steps=steps * moves),
        BALANCE: Optimiser(optax.sgd, learning_rate=1e-3),
    }
    players = make_players(size, objective, dimensions, player_key)
    trainer = Trainer(
        game,
        data.Synthetic(measured, latents(dimensions), size.batch_size),
        optimisers={name: optimisers[name] for name in players},
        ema={GENERATOR: size.averaging},
        record=Every(100, lambda state, batch, entries: state.step),
    )
    state = trainer.init(players, key=run_key)
    result = trainer.train(state, steps)
    return result.ema[GENERATOR], measured, key


def make_players(size: Task, objective: str, dimensions: int, key: Key) -> games.Players:
    """The same generator for all; BEGAN's discriminator is an autoencoder with a code of one
    number."""
    generator_key, discriminator_key = jax.random.split(key)
    mlp = partial(
        networks.MLP,
        width=size.width,
        activation=jax.nn.relu if size.relu else jnp.tanh,
        first_layer_gain=FIRST_LAYER_GAIN,
    )
    generator = mlp(dimensions, dimensions, depth=size.depth, key=generator_key)
    if objective != "began":
        discriminator = mlp(dimensions, "scalar", depth=size.depth, key=discriminator_key)
        return {GENERATOR: generator, DISCRIMINATOR: discriminator}
    encoder_key, decoder_key = jax.random.split(discriminator_key)
    autoencoder = networks.Autoencoder(
        mlp(dimensions, 1, depth=size.depth - 1, key=encoder_key),
        mlp(1, dimensions, depth=size.depth - 1, key=decoder_key),
    )
    return {GENERATOR: generator, DISCRIMINATOR: autoencoder, BALANCE: games.Balance()}


def latents(dimensions: int) -> data.Uniform:
    """Centred uniform noise of variance 1, as many numbers as the data have."""
    return data.Uniform(dimensions, -NOISE_LIMIT, NOISE_LIMIT)


def fading_adam(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    """Adam without momentum whose learning rate falls to zero along a cosine."""
    return optax.adam(optax.cosine_decay_schedule(learning_rate, steps), b1=0.0, b2=0.99)
