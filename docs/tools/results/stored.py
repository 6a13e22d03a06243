"""Results of light experiments that the sources bring along, so that a first build is a short one.

They are read only while they are what the build would compute: `about.json` names the library that
gave them, and a file's name has a hash of the experiment's own code, of the call and of the kind of
device. After a change of the library all are computed, until `nox -s store` stores them anew; the
tests compute them always (`GANTHEORY_ANEW`).
"""

import datetime
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import jax

from tools.results.sources import code_hash, library_hash, own_sources, versions

FOLDER = Path(__file__).resolve().parents[2] / "results" / "stored"
LARGEST = 150_000  # bytes of a result; larger ones, such as films, are computed
GATHERING = "GANTHEORY_GATHER_RESULTS"


def file_name(function: str, module: Path, call: str) -> str:
    """The name under which the result of a call is stored."""
    computed_by = f"{jax.default_backend()} {jax.config.read('jax_enable_x64')}"
    text = f"{code_hash(own_sources(module))} {call} {computed_by}"
    return f"{function}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.eqx"


def is_current() -> bool:
    """Whether what is stored was computed by the library as it is."""
    return about().get("library") == library_hash()


def about() -> dict[str, Any]:
    """What is known of the stored results; nothing if there are none."""
    file = FOLDER / "about.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


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
    facts = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "library": library_hash(),
        "versions": versions(),
        "calls": calls,
    }
    (FOLDER / "about.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
