"""Results of heavy experiments: small tables with their provenance, read by pages and refused when stale.

An experiment is a module below `docs/experiments/`, called by its own name, with `ROWS` (name to configuration), `run_row(name)` (a dict of arrays, one entry
per seed), `CONFIGURATION` and `FLOORS` (metric to the difference that a second run may always show). A module may name the rows that a
second machine can be expected to repeat in `RECHECKED`; without it all of them are. One that keeps a further table puts
it beside the results in `publish()`.
"""

import ast
import hashlib
import importlib
import json
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

from tools.results.sources import own_sources

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "results"

_PARSING = threading.Lock()  # Python 3.11 builds no two syntax trees at once


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
    """A hash of the experiment's code and configuration; comments, docstrings and layout do not count."""
    digest = hashlib.sha256()
    with _PARSING:
        for path in own_sources(Path(str(module.__file__))):
            digest.update(path.name.encode() + _without_prose(path).encode())
    return digest.hexdigest()[:24]


def read(name: str) -> dict[str, Any]:
    """The table of an experiment; raises if code or configuration have changed since it was run."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is missing: run `nox -s experiments -- {name}`")
    table = json.loads(path.read_text(encoding="utf-8"))
    module = experiment(name)
    if not is_fresh(name):
        raise ValueError(
            f"{path.name} is stale: the experiment has changed since it was run. Run `nox -s experiments -- {name}`"
        )
    missing = sorted(set(module.ROWS) - set(table["rows"]))
    if missing:
        raise ValueError(f"{path.name} has no rows for: {', '.join(missing)}")
    return table


def is_fresh(name: str) -> bool:
    """Whether there is a table of the experiment, made by its present code."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return False
    found = json.loads(path.read_text(encoding="utf-8"))["provenance"]["fingerprint"]
    return found == fingerprint(experiment(name))


def allowed(values: list[float], floor: float) -> tuple[float, float]:
    """Where the median of a second run must lie: the first run's range over seeds, widened by its width or the floor.

    On the same machine a run repeats bit by bit. On another one rounding differs, training amplifies it, and a second run is a
    fresh sample of the same spread.
    """
    margin = max(max(values) - min(values), floor)
    return min(values) - margin, max(values) + margin


def _without_prose(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [statement for statement in body if not _is_text(statement)]
            node.body = kept or [ast.Pass()]  # pyright: ignore[reportAttributeAccessIssue]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
