"""Every command that a page, the README or a program names exists, and takes what it is given."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.results import tables

ROOT = Path(__file__).resolve().parents[2]
TEXTS = sorted(
    path
    for pattern in ("*.md", "docs/site/**/*.md", "docs/tools/*.md", "docs/**/*.py", ".ci/run")
    for path in ROOT.glob(pattern)
    if "vendor" not in path.parts and "downloads" not in path.parts
)
SESSIONS = set(re.findall(r"@nox\.session[^\n]*\ndef (\w+)", (ROOT / "noxfile.py").read_text()))
BENCHMARKS = {path.stem[len("bench_") :] for path in ROOT.glob("tests/benchmarks/bench_*.py")}
NOX = re.compile(r"nox -s ([a-z_]+(?: [a-z_]+)*)(?: -- ([^`\n&)\"]+))?")
MODULE = re.compile(r"python -m ([a-z_.]+)")


def commands() -> Iterator[tuple[str, str, str]]:
    """The file, the sessions, and what stands behind `--`."""
    for path in TEXTS:
        for found in NOX.finditer(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(ROOT)), found[1], (found[2] or "").strip(" .,;:")


NAMED = sorted(set(commands()))


def known_experiment(word: str) -> bool:
    return (tables.FOLDER / f"{word}.json").is_file() or word in ("tiny", "study_convolutional")


def test_commands_are_found_in_many_places():
    assert len(NAMED) > 15
    assert len({file for file, _, _ in NAMED}) > 8


@pytest.mark.parametrize(("file", "sessions", "rest"), NAMED)
def test_a_named_session_exists_and_knows_its_arguments(file, sessions, rest):
    named = sessions.split()
    assert named[0] in SESSIONS, file
    if not rest or rest.startswith(("{", "<", "…", "$", '"$', "NAME")):
        return  # a placeholder
    words = [word for word in shlex.split(rest) if not word.startswith(("-", "$", "<", "{"))]
    if named[0] == "bench":
        assert set(words) <= BENCHMARKS, file
    if named[0] == "experiments":
        assert known_experiment(words[0]), file


def test_a_named_module_can_be_started():
    for path in TEXTS:
        for module in MODULE.findall(path.read_text(encoding="utf-8")):
            top = module.partition(".")[0]
            if top in ("tools", "experiments", "gantheory"):
                assert importlib.util.find_spec(module) is not None, f"{path}: {module}"


def test_a_command_that_does_not_exist_would_be_found():
    found = NOX.search("run `nox -s experimets -- can`")
    assert found is not None
    assert found[1] not in SESSIONS
    assert not known_experiment("cann")
