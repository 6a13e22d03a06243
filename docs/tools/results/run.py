"""`nox -s experiments -- NAME` runs a heavy experiment and writes its table; `-- NAME --recheck TEXT` repeats one row.

Rows are run side by side, one per core, and kept as they are done, so that an interrupted experiment goes on where it stopped.
`--recheck` picks a row by the text (continuous integration gives the commit) and compares medians with the table.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from tqdm import tqdm

from tools.results import tables as results

VERSIONS = ("jax", "jaxlib", "equinox", "optax", "numpy")
PARTS = results.ROOT / ".cache" / "experiments"


def run(name: str) -> None:
    """Run what is still missing and write the table."""
    module = results.experiment(name)
    folder = PARTS / f"{name}-{results.fingerprint(module)}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [row for row in module.ROWS if not _part(folder, row).is_file()]
    print(f"{name}: {len(missing)} of {len(module.ROWS)} rows to run")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(_run_row, module, row, folder) for row in missing]
        try:
            for done in tqdm(as_completed(running), total=len(running), unit="row"):
                tqdm.write(done.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    rows = {row: json.loads(_part(folder, row).read_text()) for row in module.ROWS}
    table = {"provenance": _provenance(module, rows.values()), "rows": rows}
    results.FOLDER.mkdir(exist_ok=True)
    path = results.FOLDER / f"{name}.json"
    if hasattr(module, "publish"):
        module.publish()
    _write(path, _one_line_a_row(table))
    print(f"written: docs/results/{path.name}, {path.stat().st_size / 1000:.0f} kB")


def recheck(name: str, text: str) -> int:
    """Run one row again, through the same code; 1 if a median lies outside of what the table allows."""
    table, module = results.read(name), results.experiment(name)
    rows = sorted(getattr(module, "RECHECKED", module.ROWS))
    row = rows[int(hashlib.sha256(text.encode()).hexdigest(), 16) % len(rows)]
    print(f"{name}: running {row} again ({table['rows'][row]['seconds']:.0f} s the first time)")
    outside = 0
    for metric, values in _lists(module, row).items():
        if metric not in module.FLOORS:
            continue
        low, high = table["rows"][row]["allowed"][metric]
        median = statistics.median(values)
        fits = low <= median <= high
        outside += not fits
        first = statistics.median(table["rows"][row][metric])
        print(f"  {metric}: {median:.4g}, was {first:.4g}, allowed {low:.4g} to {high:.4g}")
    print("outside the tolerance" if outside else "within the tolerance")
    return int(outside > 0)


def _run_row(module: ModuleType, row: str, folder: Path) -> str:
    start = time.perf_counter()
    values = _lists(module, row)
    seconds = time.perf_counter() - start
    limits = {
        metric: results.allowed(values[metric], floor)
        for metric, floor in module.FLOORS.items()
        if metric in values
    }
    _write(_part(folder, row), json.dumps({**values, "seconds": seconds, "allowed": limits}))
    medians = (f"{metric} {statistics.median(values[metric]):.3g}" for metric in limits)
    return f"{row}: {', '.join(medians)} ({seconds:.0f} s)"


def _lists(module: ModuleType, row: str) -> dict[str, Any]:
    """A row as rounded lists: the metrics of all seeds, and of anything else (samples to be drawn) the first seed's; texts stay."""
    kept = {}
    for name, value in module.run_row(row).items():
        if isinstance(value, str):
            kept[name] = value
        elif name in module.FLOORS:
            kept[name] = np.round(np.asarray(value, float), 5).tolist()
        else:
            kept[name] = np.round(np.asarray(value, float)[0], 2).tolist()
    return kept


def _one_line_a_row(table: dict[str, Any]) -> str:
    """JSON whose lines are what changes from one run to the next."""
    rows = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}"
        for name, row in table["rows"].items()
    )
    provenance = json.dumps(table["provenance"], indent=1)
    return f'{{\n"provenance": {provenance},\n"rows": {{\n{rows}\n}}\n}}'


def _provenance(module: ModuleType, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        "fingerprint": results.fingerprint(module),
        "configuration": _plain(module.CONFIGURATION),
        "tolerance": "a second run's median lies within the range over seeds, widened on both sides by its width "
        "or by the metric's floor, whichever is larger",
        "floors": module.FLOORS,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "minutes of all rows together": round(sum(row["seconds"] for row in rows) / 60, 1),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in VERSIONS},
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _part(folder: Path, row: str) -> Path:
    return folder / f"{row.replace('/', '--')}.json"


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="a module of docs/experiments with ROWS, such as objectives")
    parser.add_argument("--recheck", metavar="TEXT", help="repeat one row, picked by this text")
    arguments = parser.parse_args()
    if arguments.recheck is None:
        run(arguments.name)
    else:
        sys.exit(recheck(arguments.name, arguments.recheck))
