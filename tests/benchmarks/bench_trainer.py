"""The trainer against PyTorch, and against Equinox without the library: `nox -s bench -- trainer`.

The task is the 1-D non-saturating GAN at width 32. PyTorch stands there as it is usually written,
compiled in three ways, and with many runs in one batch, each with one thread and with all. The
table goes to docs/benchmarks/trainer.json, which the page on speed reads.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import equinox as eqx
import equinox_gan
import jax
import rounds
import torch
import torch_gan
from one_dimensional import FAST_STEPS, WIDTH, run_of, run_scan, scan_arm
from rounds import Arm, Times

from gantheory import fit_ensemble

BATCHES, SEEDS, ROUNDS = (64, 256), 64, 7
SLOW_STEPS, SLOW_STEPS_OF_ALL, ENSEMBLE_STEPS, PRODUCTS = 200, 50, 500, 20_000
PER_SEED = ", per seed"
BARE = "bare scan"
LIBRARIES = ("jax", "equinox", "optax", "torch")


def one_run(batch: int, steps: int, key: jax.Array):
    trainer, state = run_of(batch, key)
    result = trainer.train(state, steps)
    return result.state.step, result.history


def torch_arm(
    batch: int, threads: int, compiled: str | None = None, runs: int | None = None
) -> Arm:
    torch.manual_seed(0)
    train_torch = torch_gan.trainer(torch_gan.line(WIDTH, batch, runs), threads, compiled)
    steps = SLOW_STEPS if runs is None else SLOW_STEPS_OF_ALL
    return Arm(partial(train_torch, steps), steps * (runs or 1))


def torch_arms(batch: int) -> dict[str, Arm]:
    """One run, and the runs of all seeds in one batch."""
    found = {}
    for threads in sorted({1, rounds.cores()}):
        for compiled in torch_gan.WAYS:
            name = torch_gan.arm_name(compiled, threads)
            found[name] = torch_arm(batch, threads, compiled)
            if compiled != "losses":
                found[f"{name}{PER_SEED}"] = torch_arm(batch, threads, compiled, SEEDS)
    return found


def vmap_arm(batch: int) -> Callable[[], object]:
    keys = jax.random.split(jax.random.key(0), SEEDS)
    program = eqx.filter_jit(eqx.filter_vmap(partial(one_run, batch, ENSEMBLE_STEPS)))
    return lambda: jax.block_until_ready(program(keys))


def ensemble_arm(batch: int) -> Callable[[], object]:
    keys = jax.random.split(jax.random.key(0), SEEDS)
    run = partial(one_run, batch, ENSEMBLE_STEPS)
    return lambda: jax.block_until_ready(fit_ensemble(run, keys, progress=False))


def product_arm(batch: int) -> Arm:
    """Products of the hidden layer's shape, each waiting for the one before."""
    x = jax.random.normal(jax.random.key(0), (batch, WIDTH))
    weight = jax.random.orthogonal(jax.random.key(1), WIDTH)
    program = jax.jit(lambda x: jax.lax.fori_loop(0, PRODUCTS, lambda _, x: x @ weight, x))
    return Arm(lambda: jax.block_until_ready(program(x)), PRODUCTS)


def arms(batch: int) -> dict[str, Arm]:
    return {
        **torch_arms(batch),
        "Equinox step in a loop": Arm(partial(equinox_gan.loop(WIDTH, batch), 300), 300),
        BARE: Arm(equinox_gan.scan(WIDTH, batch, FAST_STEPS), FAST_STEPS),
        "train": Arm(scan_arm(batch), FAST_STEPS),
        f"vmap{PER_SEED}": Arm(vmap_arm(batch), ENSEMBLE_STEPS * SEEDS),
        f"fit_ensemble{PER_SEED}": Arm(ensemble_arm(batch), ENSEMBLE_STEPS * SEEDS),
        "matrix product": product_arm(batch),
    }


def bench_ratios(benchmark):
    """Microseconds a step of every arm, and how many times faster than PyTorch at its best."""
    by_batch = {batch: rounds.in_turns(arms(batch)) for batch in BATCHES}
    played = benchmark.pedantic(
        lambda: {batch: play() for batch, play in by_batch.items()}, rounds=ROUNDS
    )
    seen = {str(batch): summary(batch, times) for batch, times in played.items()}
    rounds.put("trainer.json", "batches", seen, LIBRARIES)


def summary(batch: int, seen: dict[str, Times]) -> dict:
    """The rows of a table; a row per seed is compared with one run of PyTorch, too."""
    in_torch = [name for name in seen if name.startswith("PyTorch")]
    alone = rounds.best(seen, (name for name in in_torch if PER_SEED not in name))
    together = [name for name in in_torch if PER_SEED in name]
    product = 2 * batch * WIDTH * WIDTH / statistics.median(seen["matrix product"].clock)
    forward = 2 * (WIDTH + WIDTH * WIDTH + WIDTH)  # FLOP of a network on a sample
    step = batch * (12 * forward - 6 * WIDTH)  # five passes forward, seven back, no input gradients
    table = {"best of PyTorch": alone, "GFLOP/s of the product": round(product / 1e3, 1)}
    references = {"times faster than the best of PyTorch": (alone, set(seen))}
    if together:
        best = table["best of PyTorch per seed"] = rounds.best(seen, together)
        per_seed = {name for name in seen if PER_SEED in name}
        references["times faster than the best of PyTorch per seed"] = (best, per_seed)
    if BARE in seen:
        references["times faster than the bare scan"] = (BARE, {"train"})
    for name, times in seen.items():
        table[name] = rounds.row(times)
        print(f"batch {batch:4d}  {name:46s} {table[name]['microseconds']:9.1f} µs", end="")
        if name != "matrix product":
            share = step / table[name]["microseconds"] / product
            table[name]["share of the matmul rate"] = round(share, 3)
            for words, (arm, compared) in references.items():
                if name in compared:
                    table[name] |= rounds.compared(words, seen[arm], times)
                    print(f"  {table[name][words]:6.1f}x", end="")
            print(f"  {share:5.0%}", end="")
        print()
    return table


def bench_one_thread(benchmark):
    """A single run in a process whose XLA has one thread, against PyTorch with one; same rounds,
    same hour. The processor time of the other process is not seen here."""
    with rounds.process_of_one_thread() as process:
        for batch in BATCHES:
            process.submit(run_scan, batch).result()  # starts and compiles
        by_batch = {
            batch: rounds.in_turns(
                {
                    **{
                        torch_gan.arm_name(compiled, 1): torch_arm(batch, 1, compiled)
                        for compiled in (None, "step", "step in C++")
                    },
                    "train, NPROC=1": Arm(
                        lambda batch=batch: process.submit(run_scan, batch).result(), FAST_STEPS
                    ),
                    "matrix product": product_arm(batch),
                }
            )
            for batch in BATCHES
        }
        played = benchmark.pedantic(
            lambda: {batch: play() for batch, play in by_batch.items()}, rounds=ROUNDS
        )
        seen = {str(batch): summary(batch, times) for batch, times in played.items()}
    rounds.put("trainer.json", "one thread", seen, LIBRARIES)


def bench_compilation(benchmark):
    """Seconds to trace and compile the 1-D task, without any cache; with the networks, and
    without."""
    rounds.use_cache_on_disk(wanted=False)
    seconds = {"networks and training": [], "training": []}

    def one_round() -> None:
        trainer, state = run_of(64, jax.random.key(0))
        for name, lower in {
            "networks and training": lambda: eqx.filter_jit(partial(one_run, 64, 1000)).lower(
                jax.random.key(0)
            ),
            "training": lambda: eqx.filter_jit(trainer.train).lower(state, 1000),
        }.items():
            jax.clear_caches()
            start = time.perf_counter()
            lower().compile()
            seconds[name].append(time.perf_counter() - start)

    benchmark.pedantic(one_round, rounds=5)
    rounds.use_cache_on_disk(wanted=True)
    medians = {name: round(statistics.median(values), 2) for name, values in seconds.items()}
    print(f"\ncompilation, seconds: {medians}")
    rounds.put("trainer.json", "seconds to compile", medians, LIBRARIES)


def bench_length(benchmark):
    """Microseconds a step of fits from a thousand to a million steps, and the memory on the way."""
    trainer, state = run_of(64, jax.random.key(0), cadence=1000)
    rows: dict[str, dict[str, float]] = {}
    trainer.fit(state, 1000, progress=False)

    def one_length(steps: int) -> None:
        memory: list[float] = []
        start = time.perf_counter()
        trainer.fit(state, steps, progress=False, callback=lambda _: memory.append(rss()))
        took = 1e6 * (time.perf_counter() - start) / steps
        early = memory[len(memory) // 10 : len(memory) // 5 + 1]
        rows[f"{steps}"] = {
            "microseconds": round(took, 1),
            "megabytes early": round(max(early), 1),
            "megabytes at the end": round(memory[-1], 1),
        }
        print(f"\n{steps:9,d} steps: {rows[f'{steps}']}")

    benchmark.pedantic(lambda: [one_length(10**power) for power in (3, 4, 5, 6)], rounds=1)
    rounds.put("trainer.json", "lengths", rows, LIBRARIES)


def bench_seeds(benchmark):
    """Microseconds a step and seed of ensembles of one seed to a thousand, and the memory after."""
    rows: dict[str, dict[str, float]] = {}

    def one_size(seeds: int) -> None:
        run, keys = partial(one_run, 64, ENSEMBLE_STEPS), jax.random.split(jax.random.key(0), seeds)

        def ensemble() -> float:
            start = time.perf_counter()
            jax.block_until_ready(fit_ensemble(run, keys, progress=False))
            return 1e6 * (time.perf_counter() - start) / ENSEMBLE_STEPS / seeds

        ensemble()  # compiles
        took = statistics.median(ensemble() for _ in range(3))
        rows[f"{seeds}"] = {"microseconds": round(took, 1), "megabytes": round(rss(), 1)}
        print(f"\n{seeds:5,d} seeds: {rows[f'{seeds}']}")

    sizes = [4**power for power in range(6)]
    benchmark.pedantic(lambda: [one_size(seeds) for seeds in sizes], rounds=1)
    rounds.put("trainer.json", "seeds", rows, LIBRARIES)


def bench_import(benchmark):
    """Seconds from the start of Python to the end of an import, for this library and for what it
    imports."""
    programs = {
        "jax, equinox and optax": "import jax, equinox, optax",
        "gantheory": "import gantheory",
    }
    seconds = {name: [] for name in programs}

    def one_round() -> None:
        for name, program in programs.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            seconds[name].append(time.perf_counter() - start)

    one_round()  # writes bytecode
    for taken in seconds.values():
        taken.clear()
    benchmark.pedantic(one_round, rounds=ROUNDS)
    medians = {name: round(statistics.median(taken), 2) for name, taken in seconds.items()}
    print(f"\nimport, seconds: {medians}")
    rounds.put("trainer.json", "seconds to import", medians, LIBRARIES)


def rss() -> float:
    """Megabytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
