"""What the operations of a compiled program are, and how long each kind of them takes.

JAX's profiler says how long an operation of the program took; what it computes stands in the
program's text. Neither PyTorch nor this library is imported here, so that a process with another
number of threads, or with an earlier state of the library, can be asked.
"""

import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import jax

PRODUCTS, MOVED, SUMS, RANDOM, OTHER = KINDS = (
    "matrix products",
    "copies, windows and shapes",
    "sums and maxima",
    "random numbers",
    "other arithmetic",
)
BETWEEN = "between the operations"

Profile = dict[str, float | dict[str, list[float]]]
"""Microseconds a step, alone and while profiled, and for each kind its operations in a step and the
microseconds that they take while profiled."""

_MOVING = {
    *("bitcast", "broadcast", "concatenate", "constant", "copy", "dynamic-slice", "gather", "iota"),
    *("dynamic-update-slice", "get-tuple-element", "pad", "parameter", "reshape", "reverse"),
    *("slice", "scatter", "transpose", "tuple"),
}
_CONTAINERS = {"while", "call", "conditional"}  # their bodies' operations are seen themselves
_INSTRUCTION = re.compile(r"^\s*(?:ROOT )?%?([\w.\-]+) = .*?([a-z][\w\-]*)\(")
_CALLED = re.compile(r"(?:calls|to_apply)=%?([\w.\-]+)")


def kinds(text: str) -> dict[str, str]:
    """Instruction of an optimised program to its kind; what only holds others has none."""
    inside: dict[str, set[str]] = defaultdict(set)
    found: dict[str, tuple[str, str | None]] = {}
    computation = ""
    for line in text.splitlines():
        if line.endswith("{") and " = " not in line:
            computation = line.removeprefix("ENTRY").split("(")[0].split()[0].lstrip("%")
        elif match := _INSTRUCTION.match(line):
            name, operation = match.groups()
            called = _CALLED.search(line)
            found[name] = operation, called.group(1) if called else None
            inside[computation].add(operation)
            if operation == "fusion" and called:
                inside[computation].add(f"in {called.group(1)}")

    def within(operation: str, called: str | None) -> set[str]:
        if operation != "fusion" or called is None:
            return {operation}
        nested = {name.removeprefix("in ") for name in inside[called] if name.startswith("in ")}
        operations = {name for name in inside[called] if not name.startswith("in ")}
        return operations.union(*(within("fusion", name) for name in nested)) - {"fusion"}

    return {
        name: _kind(within(operation, called))
        for name, (operation, called) in found.items()
        if operation not in _CONTAINERS
    }


def _kind(operations: set[str]) -> str:
    if operations & {"dot", "convolution", "custom-call"}:
        return PRODUCTS
    if operations & {"shift-right-logical", "rng-bit-generator"}:
        return RANDOM
    if operations & {"reduce", "reduce-window"}:
        return SUMS
    return MOVED if operations <= _MOVING else OTHER


def profile(run: Callable[[], object], text: str, steps: int) -> Profile:
    """The profile of so many steps that `run` makes."""
    kind_of = kinds(text)
    run()
    alone = seconds(run)
    with tempfile.TemporaryDirectory() as folder:
        options = jax.profiler.ProfileOptions()
        options.python_tracer_level = 0
        with jax.profiler.trace(folder, profiler_options=options):
            traced = seconds(run)
        [file] = Path(folder).rglob("*.xplane.pb")
        trace = jax.profiler.ProfileData.from_file(str(file))
    events = [event for plane in trace.planes for line in plane.lines for event in line.events]
    spent = [
        (kind_of[event.name], event.duration_ns / 1e3) for event in events if event.name in kind_of
    ]
    return summary(spent, 1e6 * alone, 1e6 * traced, steps)


def summary(spent: Iterable[tuple[str, float]], alone: float, traced: float, steps: int) -> Profile:
    """A profile from the kind and the microseconds of every operation, and from the clock."""
    seen = {kind: [0, 0.0] for kind in KINDS}
    for kind, took in spent:
        seen[kind][0] += 1
        seen[kind][1] += took
    between = traced - sum(took for _, took in seen.values())
    seen[BETWEEN] = [0, between]
    return {
        "microseconds": round(alone / steps, 1),
        "microseconds while profiled": round(traced / steps, 1),
        "kinds": {
            kind: [round(count / steps, 1), round(took / steps, 1)]
            for kind, (count, took) in seen.items()
        },
    }


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
