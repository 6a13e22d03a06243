"""The trainer against PyTorch and against Equinox in a Python loop: `nox -s bench`.

The task is the 1-D non-saturating GAN at width 32. A round runs every arm once, one after the
other, so that a noisy machine is noisy for all of them; what counts are ratios of medians over the
rounds. The table goes to docs/benchmarks/trainer.json, which the page on speed reads.
"""

import datetime
import json
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

import equinox as eqx
import equinox_gan
import jax
import torch
import torch_gan
from one_dimensional import FAST_STEPS, WIDTH, run_of, run_scan, scan_arm

from gantheory import fit_ensemble

BATCHES, SEEDS, ROUNDS = (64, 256), 64, 7
SLOW_STEPS, ENSEMBLE_STEPS = 200, 500
TABLE = Path(__file__).parents[2] / "docs" / "benchmarks" / "trainer.json"
MACHINE_WORDS = ("model name", "cpu family")

jax.config.update(
    "jax_numpy_dtype_promotion", "standard"
)  # as users have it, for optax in their own loop


def one_run(batch: int, steps: int, key: jax.Array):
    trainer, state = run_of(batch, key)
    result = trainer.train(state, steps)
    return result.state.step, result.history


# The arms: name to a function that takes as many steps as it says


def torch_arm(batch: int, threads: int, *, compiled: bool) -> Callable[[], None]:
    torch.set_num_threads(threads)
    train_torch = torch_gan.trainer(WIDTH, batch, compiled=compiled)

    def arm() -> None:
        torch.set_num_threads(threads)
        train_torch(SLOW_STEPS)

    return arm


def vmap_arm(batch: int) -> Callable[[], None]:
    keys = jax.random.split(jax.random.key(0), SEEDS)
    program = eqx.filter_jit(eqx.filter_vmap(partial(one_run, batch, ENSEMBLE_STEPS)))
    return lambda: jax.block_until_ready(program(keys))


def ensemble_arm(batch: int) -> Callable[[], None]:
    keys = jax.random.split(jax.random.key(0), SEEDS)
    run = partial(one_run, batch, ENSEMBLE_STEPS)
    return lambda: jax.block_until_ready(fit_ensemble(run, keys, progress=False))


def matmul_arm(batch: int, count: int = 20_000) -> Callable[[], None]:
    """Products of the hidden layer's shape, each waiting for the one before."""
    x = jax.random.normal(jax.random.key(0), (batch, WIDTH))
    weight = jax.random.orthogonal(jax.random.key(1), WIDTH)
    program = jax.jit(lambda x: jax.lax.fori_loop(0, count, lambda _, x: x @ weight, x))
    return lambda: jax.block_until_ready(program(x))


def arms(batch: int) -> dict[str, tuple[Callable[[], None], int]]:
    """Name to what runs, and how many steps (or products) it takes."""
    threads = sorted({1, cores()})
    torch_arms = {
        f"PyTorch {kind}, {count} thread{'s' * (count > 1)}": (
            torch_arm(batch, count, compiled=kind == "compiled"),
            SLOW_STEPS,
        )
        for kind in ("eager", "compiled")
        for count in threads
    }
    return {
        **torch_arms,
        "Equinox step in a loop": (partial(equinox_gan.trainer(WIDTH, batch), 300), 300),
        "train": (scan_arm(batch), FAST_STEPS),
        "vmap, per seed": (vmap_arm(batch), ENSEMBLE_STEPS * SEEDS),
        "fit_ensemble, per seed": (ensemble_arm(batch), ENSEMBLE_STEPS * SEEDS),
        "matrix product": (matmul_arm(batch), 20_000),
    }


def bench_ratios(benchmark):
    """Microseconds a step of every arm, and how many times faster than PyTorch at its best."""
    every = {batch: arms(batch) for batch in BATCHES}
    seen = {batch: {name: [] for name in of_batch} for batch, of_batch in every.items()}

    one_round(every, seen, keep=False)  # everything compiles
    benchmark.pedantic(lambda: one_round(every, seen, keep=True), rounds=ROUNDS)
    write("batches", {str(batch): summary(batch, seen[batch]) for batch in BATCHES})


def one_round(every: dict, seen: dict, *, keep: bool) -> None:
    """Every arm once; the microseconds a step of each are kept."""
    for batch, of_batch in every.items():
        for name, (arm, steps) in of_batch.items():
            start = time.perf_counter()
            arm()
            if keep:
                seen[batch][name].append(1e6 * (time.perf_counter() - start) / steps)


def summary(batch: int, seen: dict[str, list[float]]) -> dict:
    medians = {name: statistics.median(times) for name, times in seen.items()}
    best = min((name for name in medians if name.startswith("PyTorch")), key=medians.__getitem__)
    product = 2 * batch * WIDTH * WIDTH / medians["matrix product"]  # FLOP per microsecond
    forward = 2 * (WIDTH + WIDTH * WIDTH + WIDTH)  # FLOP of a network on a sample
    step = batch * (12 * forward - 6 * WIDTH)  # five passes forward, seven back, no input gradients
    table = {"best of PyTorch": best, "GFLOP/s of the product": round(product / 1e3, 1)}
    for name, median in medians.items():
        print(f"batch {batch:4d}  {name:28s} {median:9.1f} µs", end="")
        row = {"microseconds": round(median, 2), "spread": [min(seen[name]), max(seen[name])]}
        if name != "matrix product":
            paired = [old / new for old, new in zip(seen[best], seen[name], strict=True)]
            row["times faster than the best of PyTorch"] = round(statistics.median(paired), 2)
            row["share of the matmul rate"] = round(step / median / product, 3)
            print(f"  {statistics.median(paired):6.1f}x  {step / median / product:5.0%}", end="")
        print()
        table[name] = row
    return table


def bench_one_thread(benchmark):
    """A single run in a process whose XLA has one thread, against PyTorch with one; same rounds,
    same hour."""
    os.environ["NPROC"] = "1"  # read when a process starts its XLA
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        for batch in BATCHES:
            process.submit(run_scan, batch).result()  # starts and compiles
        del os.environ["NPROC"]
        every = {
            batch: {
                "PyTorch eager, 1 thread": (torch_arm(batch, 1, compiled=False), SLOW_STEPS),
                "train, NPROC=1": (
                    lambda batch=batch: process.submit(run_scan, batch).result(),
                    FAST_STEPS,
                ),
                "matrix product": (matmul_arm(batch), 20_000),
            }
            for batch in BATCHES
        }
        seen = {batch: {name: [] for name in of_batch} for batch, of_batch in every.items()}
        one_round(every, seen, keep=False)
        benchmark.pedantic(lambda: one_round(every, seen, keep=True), rounds=ROUNDS)
    write("one thread", {str(batch): summary(batch, seen[batch]) for batch in BATCHES})


def bench_compilation(benchmark):
    """Seconds to trace and compile the 1-D task, without any cache; with the networks, and
    without."""
    jax.config.update("jax_enable_compilation_cache", False)
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
    jax.config.update("jax_enable_compilation_cache", True)
    medians = {name: round(statistics.median(values), 2) for name, values in seconds.items()}
    print(f"\ncompilation, seconds: {medians}")
    write("seconds to compile", medians)


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
    write("lengths", rows)


def rss() -> float:
    """Megabytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cores() -> int:
    return len(os.sched_getaffinity(0))


def write(name: str, content: dict) -> None:
    """Put one part into the table, with what it was measured on."""
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    words = {
        line.split(":")[0].strip(): line.split(":")[1].strip() for line in lines if ":" in line
    }
    table["machine"] = {"cores": cores(), "architecture": platform.machine()} | {
        word: words[word] for word in MACHINE_WORDS if word in words
    }
    table["versions"] = {"python": platform.python_version()} | {
        library: version(library) for library in ("jax", "equinox", "optax", "torch")
    }
    table["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    table["rounds"] = ROUNDS
    table[name] = content
    TABLE.write_text(json.dumps(table, indent=1) + "\n")
