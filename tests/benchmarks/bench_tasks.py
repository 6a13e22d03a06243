"""Seconds to the same result, for the trainer and for PyTorch: `nox -s bench -- tasks`.

On the line a run has arrived when the W1 distance of its averaged generator to the data is at most
0.04, in the plane when 10,000 samples find all 25 modes. Runs of one seed are played in turn;
scoring is not on the clock, and what compiling takes stands apart. The table goes to
docs/benchmarks/tasks.json.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import rounds
import tasks
import torch
import torch_gan
from experiments.benchmark.methods import fourier
from experiments.benchmark.tasks import KEY, TASKS
from experiments.shared.one_dimensional import distances
from torch._inductor import config as inductor

from gantheory import games, metrics

LIBRARIES = ("jax", "equinox", "optax", "torch")
NEAR, SAMPLES, MODES = 0.04, 10_000, tasks.SIDE**2

Generate = Callable[[np.ndarray], np.ndarray]
Scores = dict[str, float]


class Run(NamedTuple):
    """A run of one seed: what trains so many steps, and what its generator makes of noise."""

    train: Callable[[int], object]
    generate: Generate


class Goal(NamedTuple):
    """How many seeds, how long a run is, how often to look, at what, and when it has arrived."""

    seeds: int
    steps: int
    stride: int
    score: Callable[[Generate], Scores]
    arrived: Callable[[Scores], bool]


def ours(task: Callable[[jax.Array], tasks.Run], goal: Goal, seed: int) -> Run:
    """`Trainer.train`, compiled as the run begins."""
    trainer, state = task(jax.random.key(seed))
    program = eqx.filter_jit(trainer.train).lower(state, goal.stride).compile()

    def train(steps: int) -> None:
        nonlocal state
        state = jax.block_until_ready(program(state, steps)).state

    def generate(noise: np.ndarray) -> np.ndarray:
        generator = (state.ema or state.players)[games.GENERATOR]
        return np.asarray(jax.vmap(generator)(jnp.asarray(noise)))

    return Run(train, generate)


def in_torch(
    task: Callable[[], torch_gan.Task],
    activation: Callable[[torch.Tensor], torch.Tensor],
    threads: int,
    compiled: str | None,
    seed: int,
) -> Run:
    """PyTorch, whose compilation is that of its first step."""
    torch.manual_seed(seed)
    playing = task()
    network = playing.average or playing.generator
    train = torch_gan.trainer(playing, threads, compiled)
    train(1)

    def generate(noise: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return torch_gan.apply(network, torch.tensor(noise), activation).cpu().numpy()

    return Run(train, generate)


def arms(
    task: Callable[[jax.Array], tasks.Run],
    torch_task: Callable[[], torch_gan.Task],
    activation: Callable[[torch.Tensor], torch.Tensor],
    goal: Goal,
    threads: int,
    ways: Sequence[str | None],
) -> dict[str, Callable[[int], Run]]:
    """What begins a run of a seed: the trainer, and PyTorch in several ways."""
    found: dict[str, Callable[[int], Run]] = {"train": lambda seed: ours(task, goal, seed)}
    for compiled in ways:
        found[torch_gan.arm_name(compiled, threads)] = lambda seed, compiled=compiled: in_torch(
            torch_task, activation, threads, compiled, seed
        )
    return found


def seen(begin: Callable[[int], Run], goal: Goal, seed: int) -> dict[str, float | None]:
    """Seconds to begin, steps and seconds until the run had arrived, seconds and scores at last."""
    start = time.perf_counter()
    run = begin(seed)
    row: dict[str, float | None] = {"seconds to begin": time.perf_counter() - start}
    row |= {"steps": None, "seconds": None}
    spent, score = 0.0, {}
    for step in range(goal.stride, goal.steps + 1, goal.stride):
        start = time.perf_counter()
        run.train(goal.stride)
        spent += time.perf_counter() - start
        score = goal.score(run.generate)
        if row["steps"] is None and goal.arrived(score):
            row |= {"steps": step, "seconds": spent}
    return row | {"seconds at the end": spent} | score


def table(arms: dict[str, Callable[[int], Run]], goal: Goal) -> dict:
    """Every seed of every arm, the arms of a seed in turn; nothing comes from a cache on disk."""
    rounds.use_cache_on_disk(wanted=False)
    inductor.force_disable_caches = True
    rows: dict[str, list[dict]] = {name: [] for name in arms}
    for seed in range(goal.seeds):
        for name, begin in arms.items():
            jax.clear_caches()
            rows[name].append(seen(begin, goal, seed))
            print(f"\nseed {seed} {name:36s} {rows[name][-1]}", end="", flush=True)
    rounds.use_cache_on_disk(wanted=True)
    return {"steps": goal.steps, "arms": {name: by_word(row) for name, row in rows.items()}}


def by_word(rows: list[dict[str, float | None]]) -> dict[str, list[float | None]]:
    """The entries of all seeds under each word."""
    return {
        word: [row[word] if row[word] is None else round(row[word], 4) for row in rows]
        for word in rows[0]
    }


def on_the_line(generate: Generate) -> Scores:
    """W1 between the generator's distribution and the data's, by their quantiles."""
    middles = np.asarray(metrics.midpoints(SAMPLES))
    noise = tasks.NOISE_LIMIT * (2 * middles - 1)
    return {"W1": float(distances(jnp.asarray(generate(noise[:, None])[:, 0]), 0.0, 1.0)[0])}


def on_the_grid(generate: Generate) -> Scores:
    """Modes with a sample within three standard deviations, and the share of samples so near."""
    noise = np.asarray(tasks.NOISE(jax.random.key(KEY), SAMPLES))
    coverage = metrics.mode_coverage(
        jnp.asarray(generate(noise)),
        tasks.TARGET.centres,
        radius=3 * tasks.SPREAD,
        min_count=1,
    )
    return {"modes": int(coverage.found), "share": float(coverage.share_on_modes)}


def bench_line(benchmark):
    """The recipe for the line, until W1 is at most 0.04, and on to its end."""
    goal = Goal(
        3,
        tasks.STEPS_ON_THE_LINE,
        tasks.STRIDE_ON_THE_LINE,
        on_the_line,
        lambda score: score["W1"] <= NEAR,
    )

    def torch_task() -> torch_gan.Task:
        return torch_gan.recipe(tasks.WIDTH_ON_THE_LINE, tasks.BATCH, tasks.STEPS_ON_THE_LINE)

    ways = (None, "step", "step in C++")
    chosen = arms(tasks.line, torch_task, torch.tanh, goal, 1, ways)
    found = benchmark.pedantic(lambda: table(chosen, goal), rounds=1)
    rounds.put("tasks.json", "line", found, LIBRARIES)


def bench_grid(benchmark):
    """25 modes with the settings of a published chapter, on to the end of its 20,000 steps."""
    goal = Goal(
        2,
        tasks.STEPS_ON_THE_GRID,
        tasks.STRIDE_ON_THE_GRID,
        on_the_grid,
        lambda score: score["modes"] == MODES,
    )
    centres = torch.tensor(np.asarray(tasks.TARGET.centres))

    def torch_task() -> torch_gan.Task:
        return torch_gan.grid(
            centres, tasks.SPREAD, latents=tasks.LATENTS, width=tasks.WIDTH, batch=tasks.BATCH
        )

    chosen = arms(tasks.grid, torch_task, torch.relu, goal, rounds.cores(), (None, "step"))
    found = benchmark.pedantic(lambda: table(chosen, goal), rounds=1)
    rounds.put("tasks.json", "grid", found, LIBRARIES)


def bench_recipe(benchmark):
    """The recipe of the page on the benchmark on the same 25 modes, compiling included."""
    task, rows = TASKS["grid-25"], []

    def one_seed(seed: int) -> None:
        jax.clear_caches()
        key, sample_key = jax.random.split(jax.random.key(seed))
        start = time.perf_counter()
        sampler = fourier.enter(task, task.moves, key)
        samples = jax.block_until_ready(sampler(sample_key, SAMPLES))
        seconds = time.perf_counter() - start
        rows.append({"seconds": seconds} | {k: float(v) for k, v in task.score(samples).items()})
        print(f"\nseed {seed} {rows[-1]}", end="", flush=True)

    rounds.use_cache_on_disk(wanted=False)
    benchmark.pedantic(lambda: [one_seed(seed) for seed in range(2)], rounds=1)
    rounds.use_cache_on_disk(wanted=True)
    rounds.put("tasks.json", "recipe", {"moves": task.moves} | by_word(rows), LIBRARIES)
