"""Results of heavy experiments: small tables with their provenance, read by pages and refused when
stale.

An experiment is a module below `docs/experiments/`, called by its own name, with `ROWS` (name to
configuration), `run_row(name)` (a dict of arrays, one entry per seed), `CONFIGURATION` and `FLOORS`
(metric to the difference that a second run may always show). A module may name the rows that a
second machine can be expected to repeat in `RECHECKED`, and those that continuous integration has
the time for in `WITHIN_MINUTES`; without them all of them are. One that keeps
a further table puts it beside the results in `publish()`. What must hold before any row is run is
in `check()`. If rows take minutes, `run_row(name, checkpoint)` goes on from the file of a run that
was cut short, and writes there every half minute.
"""

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from tools.results.sources import code_hash, own_sources

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "results"


def experiment(name: str) -> ModuleType:
    """The experiment's module, or an error that lists what there is."""
    folder = ROOT / "docs" / "experiments"
    for path in sorted(folder.rglob(f"{name}.py")):
        dotted = ".".join(path.relative_to(folder).with_suffix("").parts)
        module = importlib.import_module(f"experiments.{dotted}")
        if hasattr(module, "ROWS"):
            return module
    known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.json"))) or "none yet"
    raise SystemExit(f"no heavy experiment is called {name!r}; there are results of: {known}")


def fingerprint(module: ModuleType) -> str:
    """The hash of the experiment's own code; that of the library is written down beside it, and
    does not make a table stale."""
    return code_hash(own_sources(Path(str(module.__file__))))


def read(name: str) -> dict[str, Any]:
    """The table of an experiment; raises if the experiment's code has changed since."""
    path = FOLDER / f"{name}.json"
    table, module = kept(name), experiment(name)
    if table["provenance"]["fingerprint"] != fingerprint(module):
        raise ValueError(
            f"{path.name} is stale: the experiment has changed since it was run. Run `nox -s "
            f"experiments -- {name}`, "
            "or, where its code has changed and no number can have, `nox -s experiments -- "
            f"{name} --restate`"
        )
    missing = sorted(set(module.ROWS) - set(table["rows"]))
    if missing:
        raise ValueError(f"{path.name} has no rows for: {', '.join(missing)}")
    return table


def kept(name: str) -> dict[str, Any]:
    """The table of an experiment as it is, stale or not."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is missing: run `nox -s experiments -- {name}`")
    return json.loads(path.read_text(encoding="utf-8"))


def is_fresh(name: str) -> bool:
    """Whether there is a table of the experiment, made by its present code."""
    there = (FOLDER / f"{name}.json").is_file()
    return there and kept(name)["provenance"]["fingerprint"] == fingerprint(experiment(name))


def write(name: str, table: dict[str, Any]) -> Path:
    """Write a table, one line a row, so that its lines are what changes from one run to the
    next."""
    rows = ",\n".join(
        f"  {json.dumps(row)}: {json.dumps(values, separators=(',', ':'))}"
        for row, values in table["rows"].items()
    )
    provenance = json.dumps(table["provenance"], indent=1)
    FOLDER.mkdir(exist_ok=True)
    return write_whole(
        FOLDER / f"{name}.json", f'{{\n"provenance": {provenance},\n"rows": {{\n{rows}\n}}\n}}'
    )


def write_whole(path: Path, text: str) -> Path:
    """Write beside the target and move it there, so that no reader ever sees half a file."""
    part = path.with_suffix(".part")
    part.write_text(text + "\n", encoding="utf-8")
    return part.replace(path)


def allowed(values: list[float], floor: float) -> tuple[float, float]:
    """Where the median of a second run must lie: the first run's range over seeds, widened by its
    width or the floor.

    On the same machine a run repeats bit by bit. On another one rounding differs, training
    amplifies it, and a second run is a fresh sample of the same spread.
    """
    margin = max(max(values) - min(values), floor)
    return min(values) - margin, max(values) + margin
