"""What grouping the trials of a study saves, and what spreading them over devices costs:
`nox -s bench -- study`.

The runs are those of `docs/experiments/study/study.py`. The time of a short run is taken off that
of a long one, so that tracing, compilation and scoring cancel. Arms take turns; what counts are
medians over the rounds. The virtual devices share the machine's cores: they show what the splitting
costs, not what more machines would give. The table goes to docs/benchmarks/study.json, which the
page on the study reads.
"""

import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import cache, partial
from pathlib import Path

import jax
from experiments.study import study as experiment

from gantheory import study

NAME = "triangles/nonsaturating"
SHORT, LONG, RUNS, SOLO_RUNS, ROUNDS = 100, 600, 16, 4, 3
DEVICES = (1, 2, 8)
TABLE = Path(__file__).parents[2] / "docs" / "benchmarks" / "study.json"


def seconds(runs: int, moves: int, mesh=None) -> float:
    """Wall seconds of so many runs of so many discriminator moves."""
    experiment.DISCRIMINATOR_MOVES = moves
    setting = {"learning_rate": 1e-4, "b1": 0.5, "discriminator_moves": 1}
    trials = study.repeated_trials(NAME, setting, phase=f"{moves}", count=runs)
    with tempfile.TemporaryDirectory() as folder:
        table = study.Table(Path(folder) / "table.sqlite")
        program = program_of_length(moves)
        start = time.perf_counter()
        study.run_trials(
            lambda subject, fixed: program,
            trials,
            key=jax.random.key(0),
            table=table,
            mesh=mesh,
            progress=False,
        )
        return time.perf_counter() - start


@cache
def program_of_length(moves: int) -> study.Run:
    """A program of its own for each length, which is read while it is traced."""
    del moves
    experiment._program.cache_clear()
    return experiment.program(NAME, {"discriminator_moves": 1})


def microseconds(runs: int, times: int = 1, mesh=None) -> float:
    """Microseconds for each step of each run."""
    spent = {
        moves: sum(seconds(runs, moves, mesh) for _ in range(times)) for moves in (SHORT, LONG)
    }
    return 1e6 * (spent[LONG] - spent[SHORT]) / (LONG - SHORT) / runs / times


def on_devices(count: int) -> float:
    """The same with the runs spread over so many devices."""
    mesh = jax.make_mesh((count,), ("run",), devices=jax.devices()[:count])
    return microseconds(RUNS, mesh=mesh)


def medians(arms: dict) -> dict[str, float]:
    """The median of every arm over the rounds, after one round that compiles."""
    for arm in arms.values():
        arm()
    seen = [{name: arm() for name, arm in arms.items()} for _ in range(ROUNDS)]
    return {name: round(statistics.median(one[name] for one in seen), 1) for name in arms}


def in_a_process(part: str) -> dict[str, float]:
    """One part of the table, from a process that has threads enough, and virtual devices."""
    done = subprocess.run(
        [sys.executable, __file__, part],
        env=os.environ
        | {
            "NPROC": str(4 * max(DEVICES)),
            "XLA_FLAGS": f"--xla_force_host_platform_device_count={max(DEVICES)}",
        },
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)


def bench_study(benchmark):
    benchmark.pedantic(lambda: None, rounds=1)
    table = {
        "microseconds a run-step": in_a_process("groups"),
        "on virtual devices": in_a_process("devices"),
        "cores": os.cpu_count(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    print(json.dumps(table, indent=1))
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


ARMS = {
    "groups": lambda: {
        f"{RUNS} runs at once": lambda: microseconds(RUNS),
        "one after another": lambda: microseconds(1, times=SOLO_RUNS),
    },
    "devices": lambda: {str(count): partial(on_devices, count) for count in DEVICES},
}

if __name__ == "__main__":
    print(json.dumps(medians(ARMS[sys.argv[1]]())))
