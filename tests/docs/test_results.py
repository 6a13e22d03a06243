"""Tables of heavy experiments: provenance, resumption, staleness, and the rerun of one row."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tools.results import run as run_experiment
from tools.results import tables as results

EXPERIMENT = '''
"""A heavy experiment in small."""
from pathlib import Path

import numpy as np

CALLS = Path(__file__).with_suffix(".calls")
CONFIGURATION = {"steps": 3}
FLOORS = {"error": 0.5}
ROWS = {"a/one": 1, "b/two": 2}


def run_row(name):
    """One entry per seed."""
    with CALLS.open("a") as calls:
        calls.write(name + "\\n")
    return {"error": np.asarray([1.0, 2.0, 4.0]) * ROWS[name], "samples": np.zeros((2, 2))}
'''


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with one experiment called `tiny`."""
    folder = tmp_path / "docs" / "experiments"
    folder.mkdir(parents=True)
    (folder / "tiny.py").write_text(EXPERIMENT)
    monkeypatch.setattr(results, "ROOT", tmp_path)
    monkeypatch.setattr(results, "FOLDER", tmp_path / "docs" / "results")
    monkeypatch.setattr(run_experiment, "PARTS", tmp_path / ".cache")
    package = ModuleType("experiments")
    package.__path__ = [str(folder)]
    monkeypatch.setitem(sys.modules, "experiments", package)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    sys.modules.pop("experiments.tiny", None)


def rewrite(tree: Path, old: str, new: str) -> None:
    path = tree / "docs" / "experiments" / "tiny.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    importlib.invalidate_caches()
    forget()


def calls(tree: Path) -> list[str]:
    path = tree / "docs" / "experiments" / "tiny.calls"
    return path.read_text().split() if path.is_file() else []


def test_a_table_holds_every_row_and_says_where_it_comes_from(tree: Path) -> None:
    run_experiment.run("tiny")
    table = results.read("tiny")
    assert set(table["rows"]) == {"a/one", "b/two"}
    assert table["rows"]["b/two"]["error"] == [2, 4, 8]
    assert table["rows"]["b/two"]["allowed"] == {"error": [-4, 14]}
    for fact in ("fingerprint", "configuration", "date", "cores", "versions", "tolerance"):
        assert table["provenance"][fact]
    assert table["provenance"]["configuration"] == {"steps": 3}


def test_an_interrupted_run_goes_on_where_it_stopped(tree: Path) -> None:
    rewrite(
        tree,
        'calls.write(name + "\\n")',
        'calls.write(name + "\\n")\n    if name == "b/two" and not Path(__file__).with_suffix(".go").is_file(): raise KeyboardInterrupt',
    )
    with pytest.raises(KeyboardInterrupt):
        run_experiment.run("tiny")
    assert not (tree / "docs" / "results" / "tiny.json").exists()
    (tree / "docs" / "experiments" / "tiny.go").touch()
    run_experiment.run("tiny")
    assert sorted(calls(tree)) == ["a/one", "b/two", "b/two"]
    assert set(results.read("tiny")["rows"]) == {"a/one", "b/two"}


def test_a_changed_experiment_makes_its_table_stale(tree: Path) -> None:
    run_experiment.run("tiny")
    rewrite(tree, "ROWS[name]", "ROWS[name] + 0")
    with pytest.raises(ValueError, match=r"tiny.json is stale.*nox -s experiments -- tiny"):
        results.read("tiny")


def test_prose_and_layout_do_not(tree: Path) -> None:
    run_experiment.run("tiny")
    rewrite(tree, '"""One entry per seed."""', '"""Another sentence."""  # and a remark\n')
    assert results.read("tiny")


def test_a_table_without_a_row_is_refused(tree: Path) -> None:
    run_experiment.run("tiny")
    path = tree / "docs" / "results" / "tiny.json"
    table = json.loads(path.read_text())
    del table["rows"]["b/two"]
    path.write_text(json.dumps(table))
    with pytest.raises(ValueError, match=r"tiny\.json has no rows for: b/two"):
        results.read("tiny")


def test_a_missing_table_says_how_to_make_it(tree: Path) -> None:
    del tree
    with pytest.raises(FileNotFoundError, match="nox -s experiments -- tiny"):
        results.read("tiny")


def test_an_unknown_experiment_is_refused(tree: Path) -> None:
    del tree
    with pytest.raises(SystemExit, match="no heavy experiment is called 'huge'"):
        run_experiment.run("huge")


def test_a_second_run_of_a_row_agrees(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_experiment.run("tiny")
    assert run_experiment.recheck("tiny", "a commit") == 0
    assert "within the tolerance" in capsys.readouterr().out
    picked = {calls(tree)[-1] for text in "abcdefgh" if run_experiment.recheck("tiny", text) == 0}
    assert picked == {"a/one", "b/two"}, "every row can be picked"


def test_only_rows_that_a_second_machine_can_repeat_are_picked(tree: Path) -> None:
    rewrite(tree, "\n\n\ndef run_row", '\nRECHECKED = ["b/two"]\n\n\ndef run_row')
    run_experiment.run("tiny")
    picked = {calls(tree)[-1] for text in "abcdefgh" if run_experiment.recheck("tiny", text) == 0}
    assert picked == {"b/two"}


def test_a_text_of_a_row_is_kept_as_it_is(tree: Path) -> None:
    rewrite(tree, '"samples": np.zeros((2, 2))', '"samples": "eJxjYA=="')
    run_experiment.run("tiny")
    assert results.read("tiny")["rows"]["a/one"]["samples"] == "eJxjYA=="


def test_a_second_run_that_differs_is_noticed(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del tree
    run_experiment.run("tiny")
    module = results.experiment("tiny")
    monkeypatch.setattr(module, "run_row", lambda name: {"error": np.full(3, 1e3)})
    assert run_experiment.recheck("tiny", "a commit") == 1
    assert "outside the tolerance" in capsys.readouterr().out


def test_the_tolerance_is_the_range_widened_by_its_width_or_the_floor() -> None:
    assert results.allowed([1.0, 3.0], floor=0.5) == (-1.0, 5.0)
    assert results.allowed([1.0, 1.1], floor=0.5) == (0.5, 1.6)


@pytest.mark.parametrize("path", sorted(results.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_tables_of_the_site_are_fresh(path: Path) -> None:
    assert results.read(path.stem)["rows"]
