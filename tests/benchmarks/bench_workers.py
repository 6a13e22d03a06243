"""What the workers of a pool make of a study, and what it costs to hand them a group:
`nox -s bench -- workers`.

The workers share the cores of this machine, and each uses all of them: so two are not twice as
fast; the table shows that handing out costs little, not what more machines would give. Arms take
turns; what counts are medians over the rounds. The table goes to docs/benchmarks/workers.json,
which the guide on many machines reads.
"""

import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import jax
from one_dimensional import run_of

from gantheory import study

STEPS, GROUPS, SMALL_GROUPS, ROUNDS, IN_A_GROUP = 5_000, 4, 32, 3, 16
BATCH = 64
TABLE = Path(__file__).parents[2] / "docs" / "benchmarks" / "workers.json"


@cache
def program(subject: str, steps: int) -> study.Run:
    """A training on the line, or next to nothing."""

    def trained(key: jax.Array, numbers: dict[str, jax.Array]) -> dict[str, jax.Array]:
        trainer, state = run_of(BATCH, key)
        return {"loss": trainer.train(state, steps).history["generator"][-1] + numbers["shift"]}

    return trained if subject == "training" else lambda key, numbers: {"loss": numbers["shift"]}


def make(subject: str, fixed: dict[str, int | bool]) -> study.Run:
    return program(subject, fixed["steps"])


def seconds(executor: Executor | None, subject: str, groups: int) -> float:
    """Of a whole study of so many groups, from an empty table."""
    setting = {"steps": STEPS, "shift": 0.0}
    trials = study.repeated_trials(subject, setting, phase="one", count=groups * IN_A_GROUP)
    with tempfile.TemporaryDirectory() as folder:
        table = study.Table(Path(folder) / "table.sqlite")
        options = {"table": table, "executor": executor, "progress": False}
        start = time.perf_counter()
        study.run_trials(make, trials, key=jax.random.key(0), **options)
        return time.perf_counter() - start


@contextmanager
def arms() -> Iterator[dict[str, Executor | None]]:
    with ExitStack() as stack:
        pools = {
            f"{count} worker{'s' * (count > 1)}": stack.enter_context(
                ProcessPoolExecutor(count, mp_context=get_context("spawn"))
            )
            for count in (1, 2)
        }
        yield {"no executor": None, **pools}


def measure() -> dict[str, dict[str, float]]:
    """For each arm the seconds of a group of trainings, and of one of next to nothing."""
    found: dict[str, list[tuple[float, float]]] = {}
    with arms() as executors:
        for _ in range(ROUNDS + 1):
            for name, executor in executors.items():
                long = seconds(executor, "training", GROUPS) / GROUPS
                short = seconds(executor, "nothing", SMALL_GROUPS) / SMALL_GROUPS
                found.setdefault(name, []).append((long, short))
    return {
        name: {
            "seconds a group": round(statistics.median(long for long, _ in seen[1:]), 3),
            "milliseconds a group of nothing": round(
                1e3 * statistics.median(short for _, short in seen[1:]), 1
            ),
        }
        for name, seen in found.items()  # the first round compiles
    }


def bench_workers(benchmark):
    benchmark.pedantic(lambda: None, rounds=1)
    done = subprocess.run(
        [sys.executable, __file__], check=True, stdout=subprocess.PIPE, text=True
    )  # a script, which the workers can import
    table = {
        "arms": json.loads(done.stdout),
        "runs a group": IN_A_GROUP,
        "steps": STEPS,
        "rounds": ROUNDS,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[2], 1),
        "jax": jax.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    print(json.dumps(table, indent=1))
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(measure()))
