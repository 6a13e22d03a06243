"""Every method on every task, and real samples on each, which is the floor.

Run by `nox -s experiments -- benchmark`; the small table it writes is
`docs/results/benchmark.json`. To enter: a file in `methods/`, and its name in `METHODS`.
"""

from dataclasses import asdict
from functools import partial

import equinox as eqx
import jax
from jaxtyping import Array

from experiments.benchmark import playing
from experiments.benchmark.methods import (
    fourier,
    nonsaturating,
    rejecting,
    relativistic,
    wgan_gp,
)
from experiments.benchmark.tasks import KEY, SEEDS, TASKS, Mixture, Task
from gantheory.shapes import Key

METHODS = {
    "nonsaturating": nonsaturating.enter,
    "wgan_gp": wgan_gp.enter,
    "relativistic": relativistic.enter,
    "fourier": fourier.enter,
    "rejecting": rejecting.enter,
}
REAL = "real"
DRAWN, SHOWN = "grid-100", 600

LONG = [
    "grid-100/fourier",
    "grid-100/rejecting",
    "grid-100/wgan_gp",
    "grid-25/fourier",
    "grid-25/rejecting",
]
"""Rows that take minutes: they begin first, so that none ends alone, and are not repeated."""

_PAIRS = [
    (name, method)
    for name, task in TASKS.items()
    for method in (REAL, *METHODS)
    if method != "rejecting" or isinstance(task, Mixture)
]
ROWS = {
    **{name: tuple(name.split("/")) for name in LONG},
    **{f"{task}/{method}": (task, method) for task, method in _PAIRS},
}
RECHECKED = [name for name in ROWS if name not in LONG]

FLOORS = {
    "modes": 5.0,
    "held": 10.0,
    "share": 0.1,
    "kl": 0.1,
    "near": 0.1,
    "coverage": 0.1,
    "frechet": 0.5,
}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "tasks": {
        name: {"moves": task.moves, "samples": task.samples, "size": task.size}
        for name, task in TASKS.items()
    },
    "methods": list(METHODS),
    "seeds": SEEDS,
    "plain": f"width {playing.WIDTH}, depth {playing.DEPTH}, batch {playing.BATCH}",
    "fourier": asdict(fourier.SETTINGS),
    "rejecting": f"the flattest {rejecting.KEPT:.0%} of the candidates",
}


def run_row(name: str) -> dict[str, Array]:
    """The metrics of a method, one entry per seed, and some samples of the first."""
    task, method = ROWS[name]
    return scored(TASKS[task], method, TASKS[task].moves, SEEDS)


def scored(task: Task, method: str, moves: int, seeds: int) -> dict[str, Array]:
    """One run after the other: side by side they would be no faster, and take more memory."""
    keys = jax.random.split(jax.random.key(KEY), seeds)
    return eqx.filter_jit(partial(jax.lax.map, partial(one_run, task, method, moves)))(keys)


def one_run(task: Task, method: str, moves: int, key: Key) -> dict[str, Array]:
    """The metrics of one seed; samples to be drawn are in standard deviations of a mode."""
    play_key, sample_key = jax.random.split(key)
    if method == REAL:
        samples = task.fresh(sample_key)
    else:
        samples = METHODS[method](task, moves, play_key)(sample_key, task.samples)
    metrics = task.score(samples)
    if isinstance(task, Mixture) and task.name == DRAWN:
        metrics["drawn"] = samples[:SHOWN] * task.unit / task.spread
    return metrics
