"""Results of light experiments that the sources bring along, so that a first build is a short one.

A file's name has a hash of the experiment's own code and of the call, but none of the library. So a
build reads what was computed with the library that `about.json` names, and the tests, which compute
everything (`docs/conftest.py`), hold every sentence of the pages to what the present one gives. An
experiment whose code has changed is computed.
"""

import datetime
import hashlib
import json
import os
import shutil
from pathlib import Path

import jax

from tools.results.sources import code_hash, library_hash, own_sources, versions

FOLDER = Path(__file__).resolve().parents[2] / "results" / "stored"
LARGEST = 150_000  # bytes of a result; networks and films are computed
GATHERING = "GANTHEORY_GATHER_RESULTS"


def path(name: str, module: Path, call: str) -> Path:
    """Where the result of a call is, if the sources bring it along."""
    precision = jax.config.read("jax_enable_x64")
    text = f"{code_hash(own_sources(module))} {call} {precision}"
    return FOLDER / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.eqx"


def gather(result: Path, name: str, call: str) -> None:
    """Copy a result into the folder in which results are gathered, if there is one."""
    folder = os.environ.get(GATHERING)
    if folder and result.stat().st_size <= LARGEST:
        shutil.copy(result, Path(folder) / name)
        (Path(folder) / name).with_suffix(".call").write_text(call, encoding="utf-8")


def store(gathered: Path) -> None:
    """Put what was gathered in the place of what is stored."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    calls = {}
    for file in sorted(gathered.glob("*.call")):
        result = file.with_suffix(".eqx")
        calls[result.name] = file.read_text(encoding="utf-8")
        shutil.copy(result, FOLDER)
    about = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "library": library_hash(),
        "versions": versions(),
        "calls": calls,
    }
    (FOLDER / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
