"""`nox -s experiments -- NAME` runs a heavy experiment and writes its table.

Rows are run side by side, one per core, and kept as they are done, so that an interrupted
experiment goes on where it stopped: with the first row that is missing, or, where the experiment
takes a checkpoint, within the rows that were under way.

`--recheck TEXT` repeats one row, picked by the text (continuous integration gives the commit), and
compares it with the table. `--restate` is for a change of the code that can change no number: it
repeats rows, and only if they agree with the table makes that the table of the present code.
"""

import argparse
import datetime
import json
import os
import platform
import signal
import statistics
import sys
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tqdm import tqdm

from tools.results import rows, tables
from tools.results.sources import library_hash, versions

PARTS = tables.ROOT / ".cache" / "experiments"


def run(name: str) -> None:
    """Run what is still missing and write the table."""
    module = tables.experiment(name)
    # of the code that runs: the files may change meanwhile
    fingerprint, library = tables.fingerprint(module), library_hash()
    folder = PARTS / f"{name}-{fingerprint}-{library[:8]}"  # no row or half a row of another
    folder.mkdir(parents=True, exist_ok=True)
    missing = [row for row in module.ROWS if not _part(folder, row).is_file()]
    print(f"{name}: {len(missing)} of {len(module.ROWS)} rows to run{_estimate(name, missing)}")
    if missing and hasattr(module, "check"):
        module.check()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(_run_and_keep, module, row, folder) for row in missing]
        try:
            for done in tqdm(as_completed(running), total=len(running), unit="row"):
                tqdm.write(done.result())
        except BaseException:
            tqdm.write("one row failed; those under way go on to their ends")
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    found = {row: json.loads(_part(folder, row).read_text()) for row in module.ROWS}
    if hasattr(module, "publish"):
        module.publish()
    provenance = {"fingerprint": fingerprint, "library": library}
    provenance |= _provenance(module, found.values())
    path = tables.write(name, {"provenance": provenance, "rows": found})
    print(f"written: docs/results/{path.name}, {path.stat().st_size / 1000:.0f} kB")


def recheck(name: str, text: str) -> int:
    """Run one row again, through the same code; 1 if a median lies outside of what the table
    allows."""
    table, module = tables.read(name), tables.experiment(name)
    _, fits = _again(name, module, table, rows.picked(module, text, within_minutes=True)[:1])
    return int(not fits)


def restate(name: str, *, count: int, cheapest: bool) -> int:
    """Make the kept table that of the present code, if rows that are run again agree with it; 1 if
    they do not."""
    table, module = tables.kept(name), tables.experiment(name)
    provenance, fingerprint = table["provenance"], tables.fingerprint(module)
    if provenance["fingerprint"] == fingerprint:
        print(f"{name}: the table is that of the present code")
        return 0
    _require_same_experiment(name, module, table)
    chosen = rows.picked(module, fingerprint)
    if cheapest:
        chosen.sort(
            key=lambda row: (not _is_timed(table["rows"][row]), table["rows"][row]["seconds"])
        )
    chosen = chosen[:count]
    largest, fits = _again(name, module, table, chosen)
    if not fits:
        print("the table stays as it is; run the experiment anew")
        return 1
    provenance.setdefault("restated", []).append(
        {
            "date": _today(),
            "fingerprint before": provenance["fingerprint"],
            "library": library_hash(),
            "rows repeated": chosen,
            "largest difference": largest,
            "versions": versions(),
        }
    )
    provenance["fingerprint"] = fingerprint
    tables.write(name, table)
    print(f"{name}: restated")
    return 0


def _require_same_experiment(name: str, module: ModuleType, table: dict[str, Any]) -> None:
    """Another configuration is another experiment, whose rows have not been run."""
    kept = table["provenance"]
    for what, before, now in (
        ("ROWS", sorted(table["rows"]), sorted(module.ROWS)),
        ("CONFIGURATION", kept["configuration"], _plain(module.CONFIGURATION)),
        ("FLOORS", kept["floors"], module.FLOORS),
    ):
        if before != json.loads(json.dumps(now)):
            raise SystemExit(f"{name}: {what} has changed, so the table cannot be restated; run it")


def _again(
    name: str, module: ModuleType, table: dict[str, Any], chosen: list[str]
) -> tuple[dict[str, float], bool]:
    """Run rows again and print how they compare: each metric's largest difference, and whether all
    are allowed."""
    largest: dict[str, float] = {}
    fits = True
    for row in chosen:
        kept = table["rows"][row]
        print(f"{name}: running {row} again ({kept['seconds']:.0f} s the first time)", flush=True)
        for found in rows.compared(module, kept, rows.run_row(module, row)):
            print(found)
            fits &= found.fits
            largest[found.metric] = max(found.difference, largest.get(found.metric, 0.0))
    print("within the tolerance" if fits else "outside the tolerance")
    return largest, fits


def _estimate(name: str, missing: list[str]) -> str:
    """How long the rows took in the table that there is, if it has them."""
    try:
        known = tables.kept(name)["rows"]
    except FileNotFoundError:
        return ""
    seconds = [known[row]["seconds"] for row in missing if row in known and _is_timed(known[row])]
    if not seconds:
        return ""
    minutes = sum(seconds) / len(seconds) * len(missing) / 60 / (os.cpu_count() or 1)
    return f", about {minutes:.0f} minutes on the machine that made the table, had it these cores"


def _is_timed(row: dict[str, Any]) -> bool:
    """Whether the seconds of a kept row are all that it took, and not those of its end alone."""
    return "resumed" not in row


def _run_and_keep(module: ModuleType, row: str, folder: Path) -> str:
    checkpoint = _part(folder, row).with_suffix(".run")
    resumed = {"resumed": True} if checkpoint.is_file() else {}
    start = time.perf_counter()
    values = rows.run_row(module, row, checkpoint)
    seconds = time.perf_counter() - start
    limits = {
        metric: tables.allowed(values[metric], floor)
        for metric, floor in module.FLOORS.items()
        if metric in values
    }
    text = json.dumps({**values, **resumed, "seconds": seconds, "allowed": limits})
    tables.write_whole(_part(folder, row), text)
    checkpoint.unlink(missing_ok=True)
    medians = (f"{metric} {statistics.median(values[metric]):.3g}" for metric in limits)
    return f"{row}: {', '.join(medians)} ({seconds:.0f} s)"


def _provenance(module: ModuleType, kept: Collection[dict[str, Any]]) -> dict[str, Any]:
    return {
        "configuration": _plain(module.CONFIGURATION),
        "tolerance": "a second run's median lies within the range over seeds, widened on "
        "both sides by its width "
        "or by the metric's floor, whichever is larger",
        "floors": module.FLOORS,
        "date": _today(),
        "minutes of all rows together": round(sum(row["seconds"] for row in kept) / 60, 1),
        "rows of which only the end was timed": sum(not _is_timed(row) for row in kept),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": versions(),
    }


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _part(folder: Path, row: str) -> Path:
    return folder / f"{row.replace('/', '--')}.json"


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("name", help="a module of docs/experiments with ROWS, such as objectives")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--recheck", metavar="TEXT", help="repeat one row, picked by this text")
    modes.add_argument("--restate", action="store_true", help="keep the numbers for changed code")
    parser.add_argument(
        "--rows", type=int, default=2, metavar="N", help="how many --restate repeats"
    )
    parser.add_argument("--cheapest", action="store_true", help="--restate repeats the shortest")
    arguments = parser.parse_args()
    if arguments.rows < 1:
        parser.error("--rows: expected at least 1")
    if arguments.recheck is not None:
        return recheck(arguments.name, arguments.recheck)
    if arguments.restate:
        return restate(arguments.name, count=arguments.rows, cheapest=arguments.cheapest)
    signal.signal(signal.SIGINT, _leave)
    run(arguments.name)
    return 0


def _leave(*_: Any) -> None:
    """End at once: Python itself would wait for the rows that are under way."""
    print("\ninterrupted; what is done is kept", flush=True)
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main())
