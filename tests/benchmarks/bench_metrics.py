"""What the distances between large samples cost: features of 2,048 numbers, and ten million
numbers.

Run by `nox -s bench -- metrics`. Each row has a process of its own, so that its peak of memory is
its own; times include compilation, and are of this machine and this hour. The features are those of
a network in size only. `GANTHEORY_POINTS` sets how many points there are: 50,000 are usual for the
FID, and take hours of two cores for all rows together. The table goes to
docs/benchmarks/metrics.json, where rows that were not measured stay as they are; the page on speed
reads it.
"""

import datetime
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from support.large_samples import OF_FEATURES, OF_NUMBERS

from gantheory import divergences

POINTS = int(os.environ.get("GANTHEORY_POINTS", "5000"))
FEATURES = 2_048
NUMBERS = 10_000_000
TABLE = Path(__file__).parents[2] / "docs" / "benchmarks" / "metrics.json"


def of_stored_moments(features, reference):
    """The Fréchet distance as from a file of statistics; the covariances are singular."""
    moments = [
        moment
        for sample in (features, reference)
        for moment in (jnp.mean(sample, axis=0), jnp.cov(sample, rowvar=False))
    ]
    return divergences.squared_wasserstein_multivariate_normal(*moments)


OF_MOMENTS = {"squared_wasserstein_multivariate_normal": of_stored_moments}
CALLS = {**OF_FEATURES, **OF_MOMENTS, **OF_NUMBERS}


def measure(name: str) -> dict[str, object]:
    """Seconds of one call, processor seconds, and the peak of memory of this process."""
    points = FEATURES // 2 if name in OF_MOMENTS else POINTS
    shape = (NUMBERS,) if name in OF_NUMBERS else (points, FEATURES)
    keys = jax.random.split(jax.random.key(0))
    pair = jax.block_until_ready(tuple(jax.random.normal(key, shape) for key in keys))
    start, spent = time.perf_counter(), time.process_time()
    value = jax.block_until_ready(CALLS[name](*pair))
    assert all(jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(value))
    return {
        "shape": list(shape),
        "seconds": round(time.perf_counter() - start, 1),
        "processor seconds": round(time.process_time() - spent, 1),
        "peak gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }


def machine() -> dict[str, object]:
    """What the numbers were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((one.split(":")[1].strip() for one in lines if one.startswith("model name")), "")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "model name": model or platform.machine(),
        "jax": version("jax"),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


@pytest.mark.parametrize("name", list(CALLS))
def bench_metric(name, benchmark):
    done = benchmark.pedantic(
        lambda: subprocess.run(
            [sys.executable, __file__, name],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},  # `support` is there
        ),
        rounds=1,
    )
    row = json.loads(done.stdout)
    print(f"\n{name:40s} {row}")
    write(name, row)


def write(name: str, row: dict[str, object]) -> None:
    table = json.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}
    table[name] = row | {"machine": machine()}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
