"""Arms of a benchmark in turns, and what their times are compared with.

A round runs every arm once, one after the other, so that a noisy machine is noisy for all of them;
what counts are the ratios of one round, and their medians and quartiles over the rounds.
"""

import datetime
import json
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import jax
from jax.experimental.compilation_cache import compilation_cache

TABLES = Path(__file__).parents[2] / "docs" / "benchmarks"
MACHINE_WORDS = ("model name", "cpu family")

jax.config.update("jax_numpy_dtype_promotion", "standard")  # as users have it, for optax alone


class Arm(NamedTuple):
    """What runs, and how many steps that are."""

    run: Callable[[], object]
    steps: int


class Times(NamedTuple):
    """Microseconds a step in each round: on the clock, and of all of this process's threads."""

    clock: list[float]
    processor: list[float]


def in_turns(arms: dict[str, Arm]) -> Callable[[], dict[str, Times]]:
    """A function that plays one round more, and gives the times of all rounds so far."""
    for arm in arms.values():
        arm.run()  # compiles
    seen = {name: Times([], []) for name in arms}

    def one_round() -> dict[str, Times]:
        for name, arm in arms.items():
            clock, processor = time.perf_counter(), time.process_time()
            arm.run()
            seen[name].clock.append(1e6 * (time.perf_counter() - clock) / arm.steps)
            seen[name].processor.append(1e6 * (time.process_time() - processor) / arm.steps)
        return seen

    return one_round


def best(seen: dict[str, Times], names: Iterable[str]) -> str:
    """The arm with the smallest median on the clock."""
    return min(names, key=lambda name: statistics.median(seen[name].clock))


def row(times: Times) -> dict[str, float | list[float]]:
    """Medians, and the spread on the clock."""
    return {
        "microseconds": round(statistics.median(times.clock), 2),
        "processor microseconds": round(statistics.median(times.processor), 2),
        "spread": [round(min(times.clock), 2), round(max(times.clock), 2)],
    }


def compared(words: str, than: Times, times: Times) -> dict[str, float | list[float]]:
    """The ratios of the rounds, on the clock: their median under these words, and quartiles."""
    ratios = [old / new for old, new in zip(than.clock, times.clock, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return {words: round(middle, 2), f"{words}, quartiles": [round(low, 2), round(high, 2)]}


def use_cache_on_disk(*, wanted: bool) -> None:
    """Whether programs come from JAX's cache on disk from now on."""
    jax.config.update("jax_enable_compilation_cache", wanted)
    compilation_cache.reset_cache()  # JAX looks at the option only once, before it first compiles


@contextmanager
def process_of_one_thread() -> Iterator[ProcessPoolExecutor]:
    """A process whose XLA has one thread."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        os.environ["NPROC"] = "1"  # inherited, and read when a process starts its XLA
        try:
            process.submit(os.getpid).result()  # starts it
        finally:
            del os.environ["NPROC"]
        yield process


def cores() -> int:
    return len(os.sched_getaffinity(0))


def put(file: str, name: str, content: object, libraries: Iterable[str]) -> None:
    """Put one part into a table, with what it was measured on."""
    place = TABLES / file
    table = json.loads(place.read_text("utf-8")) if place.exists() else {}
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    words = {
        line.split(":")[0].strip(): line.split(":")[1].strip() for line in lines if ":" in line
    }
    about = {
        "cores": cores(),
        "architecture": platform.machine(),
        "device": jax.devices()[0].device_kind,
    }
    table["machine"] = about | {word: words[word] for word in MACHINE_WORDS if word in words}
    table["versions"] = {"python": platform.python_version()} | {
        library: version(library) for library in libraries
    }
    table["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    table["load"] = round(os.getloadavg()[1], 1)
    table[name] = content
    place.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
