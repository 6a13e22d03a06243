"""Seconds to a result, by the trainer and by PyTorch: a distance on the line, modes in the plane.

Run by `nox -s bench -- task`. Every arm trains in pieces until its generator is good enough, from
several starts; the table has the steps and the seconds of training, and apart from these what
compiling takes. It goes to docs/benchmarks/task.json.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import rounds
import torch
import torch_gan
import torch_plane
from jax.scipy.stats import norm
from one_dimensional import WIDTH, run_of

from gantheory import Every, Optimiser, Trainer, TrainState, data, games, metrics, networks

SEEDS, PIECE, MOST, SAMPLES = 5, 250, 40_000, 10_000
LINE_BATCH, ENOUGH_ON_THE_LINE = 256, 0.04
SPREAD, PLANE_BATCH, PLANE_WIDTH, PLANE_DEPTH, GAIN = 0.05, 128, 96, 3, 3.0
PLANE_ADAM = torch_gan.Adam(b1=0.0, b2=0.99)
TARGET = data.grid_of_normals(5, 2.0, SPREAD)
KINDS = {"PyTorch eager": None, "PyTorch compiled step in C++": "step in C++"}
LIBRARIES = ("jax", "equinox", "optax", "torch")

jax.config.update("jax_numpy_dtype_promotion", "standard")  # as users have it


class Start(NamedTuple):
    """A run before its first step: what trains it on, and what it generates."""

    train: Callable[[int], None]
    generate: Callable[[np.ndarray], np.ndarray]


def ours(start_of: Callable[[jax.Array], tuple[Trainer, TrainState]], seed: int) -> Start:
    trainer, state = start_of(jax.random.key(seed))
    run = {"state": state}

    def train(steps: int) -> None:
        run["state"] = jax.block_until_ready(_train(trainer, run["state"], steps))

    def generate(latents: np.ndarray) -> np.ndarray:
        return np.asarray(jax.vmap(run["state"].players[games.GENERATOR])(jnp.asarray(latents)))

    return Start(train, generate)


@eqx.filter_jit
def _train(trainer: Trainer, state: TrainState, steps: int) -> TrainState:
    return trainer.train(state, steps).state


def theirs(start_of: Callable[..., torch_gan.Run], compiled: str | None, seed: int) -> Start:
    torch.set_num_threads(1)  # the faster on both tasks
    run = start_of(compiled=compiled, seed=seed)

    def generate(latents: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return run.generate(torch.from_numpy(latents)).numpy()

    return Start(run.train, generate)


def plane_of(key: jax.Array) -> tuple[Trainer, TrainState]:
    generator_key, discriminator_key, run_key = jax.random.split(key, 3)
    mlp = partial(
        networks.MLP,
        2,
        width=PLANE_WIDTH,
        depth=PLANE_DEPTH,
        activation=jax.nn.relu,
        first_layer_gain=GAIN,
    )
    players = {
        games.GENERATOR: mlp(2, key=generator_key),
        games.DISCRIMINATOR: mlp("scalar", key=discriminator_key),
    }
    adam = Optimiser(optax.adam, learning_rate=PLANE_ADAM.rate, b1=PLANE_ADAM.b1, b2=PLANE_ADAM.b2)
    noise = data.Uniform(2, -torch_plane.BOUND, torch_plane.BOUND)
    trainer = Trainer(
        games.relativistic_r1_r2(),
        data.Synthetic(TARGET, noise, PLANE_BATCH),
        optimisers=dict.fromkeys(players, adam),
        record=Every(PIECE),
    )
    return trainer, trainer.init(players, key=run_key)


def good_on_the_line(start: Start) -> bool:
    values = start.generate(np.linspace(0, 1, SAMPLES, dtype=np.float32)[:, None])[:, 0]
    quantiles = partial(norm.ppf, loc=4.0, scale=1.25)
    return bool(metrics.wasserstein_1d(jnp.asarray(values), quantiles) <= ENOUGH_ON_THE_LINE)


def good_in_the_plane(start: Start) -> bool:
    random = np.random.default_rng(0)
    latents = random.uniform(-torch_plane.BOUND, torch_plane.BOUND, (SAMPLES, 2))
    samples = jnp.asarray(start.generate(latents.astype(np.float32)))
    found = metrics.mode_coverage(samples, TARGET.centres, radius=3 * SPREAD, min_count=20).found
    return int(found) == len(TARGET.centres)


def measured(start_of: Callable[[int], Start], good: Callable[[Start], bool]) -> dict:
    """The steps and seconds of each seed until the generator was good; None where it never was."""
    steps, seconds, compiling = [], [], []
    for seed in range(SEEDS):
        start = start_of(seed)
        began = time.perf_counter()
        start.train(PIECE)
        compiling.append(time.perf_counter() - began)
        done, spent = PIECE, 0.0
        while done < MOST and not good(start):
            began = time.perf_counter()
            start.train(PIECE)
            done, spent = done + PIECE, spent + time.perf_counter() - began
        reached = done < MOST
        per_piece = spent / max(1, done / PIECE - 1)
        steps.append(done if reached else None)
        seconds.append(round(spent + per_piece, 2) if reached else None)
        compiling[-1] = round(max(0.0, compiling[-1] - per_piece), 2)
    return {"steps": steps, "seconds": seconds, "seconds to compile": compiling[0]}


def bench_task(benchmark):
    arms = {
        "line": (
            good_on_the_line,
            partial(run_of, LINE_BATCH),
            partial(torch_gan.line, WIDTH, LINE_BATCH),
        ),
        "plane": (
            good_in_the_plane,
            plane_of,
            partial(
                torch_plane.plane,
                torch.from_numpy(np.array(TARGET.centres)),
                SPREAD,
                width=PLANE_WIDTH,
                depth=PLANE_DEPTH,
                batch=PLANE_BATCH,
                gain=GAIN,
                adam=PLANE_ADAM,
            ),
        ),
    }

    def all_arms() -> None:
        for task, (good, here, there) in arms.items():
            rows = {"train": measured(partial(ours, here), good)}
            for name, compiled in KINDS.items():
                rows[name] = measured(partial(theirs, there, compiled), good)
            for name, row in rows.items():
                print(f"\n{task:6s} {name:30s} {row}", end="")
            rounds.put("task.json", task, rows, LIBRARIES)

    benchmark.pedantic(all_arms, rounds=1)
