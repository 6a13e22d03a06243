"""Tables of heavy experiments: provenance, resumption, staleness, and the rerun of one row."""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tools.results import run, sources
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
    monkeypatch.setattr(run, "PARTS", tmp_path / ".cache")
    package = ModuleType("experiments")
    package.__path__ = [str(folder)]
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would hide a change within a second
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
    run.run("tiny")
    table = results.read("tiny")
    assert set(table["rows"]) == {"a/one", "b/two"}
    assert table["rows"]["b/two"]["error"] == [2, 4, 8]
    assert table["rows"]["b/two"]["allowed"] == {"error": [-4, 14]}
    for fact in (
        "fingerprint",
        "library",
        "configuration",
        "date",
        "cores",
        "versions",
        "tolerance",
    ):
        assert table["provenance"][fact]
    assert table["provenance"]["configuration"] == {"steps": 3}


def test_an_interrupted_run_goes_on_where_it_stopped(tree: Path) -> None:
    rewrite(
        tree,
        'calls.write(name + "\\n")',
        'calls.write(name + "\\n")\n    if name == "b/two" and not '
        'Path(__file__).with_suffix(".go").is_file(): raise KeyboardInterrupt',
    )
    with pytest.raises(KeyboardInterrupt):
        run.run("tiny")
    assert not (tree / "docs" / "results" / "tiny.json").exists()
    (tree / "docs" / "experiments" / "tiny.go").touch()
    run.run("tiny")
    assert sorted(calls(tree)) == ["a/one", "b/two", "b/two"]
    assert set(results.read("tiny")["rows"]) == {"a/one", "b/two"}


def test_a_row_that_was_cut_short_goes_on_from_its_checkpoint(tree: Path) -> None:
    rewrite(tree, "def run_row(name):", "def run_row(name, checkpoint=None):")
    rewrite(
        tree,
        'calls.write(name + "\\n")',
        'calls.write(name + ("-again" if checkpoint.is_file() else "") + "\\n")\n'
        '    if name == "b/two" and not checkpoint.is_file():\n'
        '        checkpoint.write_text("half of it")\n'
        "        raise KeyboardInterrupt",
    )
    with pytest.raises(KeyboardInterrupt):
        run.run("tiny")
    run.run("tiny")
    assert sorted(calls(tree)) == ["a/one", "b/two", "b/two-again"]
    assert not list((tree / ".cache").rglob("*.run")), "of a row that is done"
    table = results.read("tiny")
    assert table["provenance"]["rows of which only the end was timed"] == 1
    assert table["rows"]["b/two"]["resumed"]


def test_code_that_changes_during_a_run_has_not_made_its_table(tree: Path) -> None:
    source = tree / "docs" / "experiments" / "tiny.py"
    changed = source.read_text() + "NEW = 1\n"
    rewrite(
        tree,
        '    return {"error"',
        f'    if name == "a/one":\n        Path(__file__).write_text({changed!r})\n'
        '    return {"error"',
    )
    run.run("tiny")
    forget()
    with pytest.raises(ValueError, match=r"tiny.json is stale"):
        results.read("tiny")


def test_a_run_that_another_library_began_is_not_gone_on_with(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(tree, "def run_row(name):", "def run_row(name, checkpoint=None):")
    rewrite(
        tree,
        'calls.write(name + "\\n")',
        'calls.write(name + ("-again" if checkpoint.is_file() else "") + "\\n")\n'
        '    checkpoint.write_text("half of it")\n'
        '    if not Path(__file__).with_suffix(".go").is_file():\n'
        "        raise ValueError",
    )
    for library in ("old", "new"):
        monkeypatch.setattr(run, "library_hash", lambda library=library: library)
        with pytest.raises(ValueError):  # noqa: PT011
            run.run("tiny")
    assert not any(call.endswith("-again") for call in calls(tree))
    (tree / "docs" / "experiments" / "tiny.go").touch()
    run.run("tiny")
    assert any(call.endswith("-again") for call in calls(tree))


def test_rows_of_another_library_are_run_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run.run("tiny")
    run.run("tiny")
    assert sorted(calls(tree)) == ["a/one", "b/two"]
    monkeypatch.setattr(run, "library_hash", lambda: "another")
    run.run("tiny")
    assert sorted(calls(tree)) == ["a/one", "a/one", "b/two", "b/two"]
    assert results.read("tiny")["provenance"]["library"] == "another"


def test_what_must_hold_before_any_row_is_asked_first(tree: Path) -> None:
    rewrite(
        tree,
        "def run_row(name):",
        'def check():\n    raise ValueError("a poor judge")\n\n\ndef run_row(name):',
    )
    with pytest.raises(ValueError, match="a poor judge"):
        run.run("tiny")
    assert calls(tree) == []


def test_a_run_begins_with_an_estimate(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.run("tiny")
    assert capsys.readouterr().out.startswith("tiny: 2 of 2 rows to run\n")
    path = tree / "docs" / "results" / "tiny.json"
    table = json.loads(path.read_text())
    for row in table["rows"].values():
        row["seconds"] = 600 * (os.cpu_count() or 1)
    path.write_text(json.dumps(table))
    rewrite(tree, "ROWS[name]", "ROWS[name] + 0")
    run.run("tiny")
    assert "tiny: 2 of 2 rows to run, about 20 minutes on" in capsys.readouterr().out


def test_a_changed_experiment_makes_its_table_stale(tree: Path) -> None:
    run.run("tiny")
    rewrite(tree, "ROWS[name]", "ROWS[name] + 0")
    with pytest.raises(ValueError, match=r"tiny.json is stale.*nox -s experiments -- tiny"):
        results.read("tiny")


def test_prose_and_layout_do_not(tree: Path) -> None:
    run.run("tiny")
    rewrite(tree, '"""One entry per seed."""', '"""Another sentence."""  # and a remark\n')
    assert results.read("tiny")


def test_a_table_without_a_row_is_refused(tree: Path) -> None:
    run.run("tiny")
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
        run.run("huge")


def test_a_second_run_of_a_row_agrees(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.run("tiny")
    assert run.recheck("tiny", "a commit") == 0
    assert "within the tolerance" in capsys.readouterr().out
    picked = {calls(tree)[-1] for text in "abcdefgh" if run.recheck("tiny", text) == 0}
    assert picked == {"a/one", "b/two"}, "every row can be picked"


def test_only_rows_that_a_second_machine_can_repeat_are_picked(tree: Path) -> None:
    rewrite(tree, "\n\n\ndef run_row", '\nRECHECKED = ["b/two"]\n\n\ndef run_row')
    run.run("tiny")
    picked = {calls(tree)[-1] for text in "abcdefgh" if run.recheck("tiny", text) == 0}
    assert picked == {"b/two"}


def test_rows_that_take_long_are_restated_and_not_rechecked(tree: Path) -> None:
    rewrite(tree, "\n\n\ndef run_row", '\nWITHIN_MINUTES = ["b/two"]\n\n\ndef run_row')
    run.run("tiny")
    assert {calls(tree)[-1] for text in "abcdefgh" if run.recheck("tiny", text) == 0} == {"b/two"}
    rewrite(tree, "ROWS[name]", "ROWS[name] + 0")
    run.restate("tiny", count=2, cheapest=False)
    assert set(calls(tree)[-2:]) == {"a/one", "b/two"}


def test_a_text_of_a_row_is_kept_as_it_is(tree: Path) -> None:
    rewrite(tree, '"samples": np.zeros((2, 2))', '"samples": "eJxjYA=="')
    run.run("tiny")
    assert results.read("tiny")["rows"]["a/one"]["samples"] == "eJxjYA=="


def test_a_second_run_that_differs_is_noticed(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del tree
    run.run("tiny")
    module = results.experiment("tiny")
    monkeypatch.setattr(module, "run_row", lambda name: {"error": np.full(3, 1e3)})
    assert run.recheck("tiny", "a commit") == 1
    assert "outside the tolerance" in capsys.readouterr().out


SAME_NUMBERS = ("ROWS[name],", "(ROWS[name] + 0),")


def provenance(tree: Path) -> dict[str, Any]:
    return json.loads((tree / "docs" / "results" / "tiny.json").read_text())["provenance"]


def test_a_change_of_no_number_is_restated(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.run("tiny")
    first, table = provenance(tree), results.read("tiny")
    rewrite(tree, *SAME_NUMBERS)
    assert run.restate("tiny", count=1, cheapest=False) == 0
    assert len(calls(tree)) == 3
    assert "the largest difference of a seed is 0" in capsys.readouterr().out
    assert results.read("tiny")["rows"] == table["rows"]
    [entry] = provenance(tree)["restated"]
    assert entry["fingerprint before"] == first["fingerprint"] != provenance(tree)["fingerprint"]
    assert entry["rows repeated"] == [calls(tree)[-1]]
    assert entry["largest difference"] == {"error": 0}
    assert entry["date"]
    assert entry["versions"]
    assert entry["library"] == first["library"]
    assert provenance(tree)["date"] == first["date"], "the rows are as old as they were"


def test_every_restatement_is_kept(tree: Path) -> None:
    run.run("tiny")
    for old, new in (SAME_NUMBERS, ("+ 0)", "+ 0 + 0)")):
        rewrite(tree, old, new)
        assert run.restate("tiny", count=2, cheapest=False) == 0
    before = [entry["fingerprint before"] for entry in provenance(tree)["restated"]]
    assert len(set(before)) == 2
    assert len(calls(tree)) == 6


def test_a_change_within_the_tolerance_is_restated_and_told(tree: Path) -> None:
    run.run("tiny")
    rewrite(tree, "2.0, 4.0]", "2.5, 4.0]")
    assert run.restate("tiny", count=2, cheapest=False) == 0
    assert provenance(tree)["restated"][0]["largest difference"] == {"error": 1}


def test_other_numbers_are_not_restated(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.run("tiny")
    rewrite(tree, "[1.0, 2.0, 4.0]", "[91.0, 92.0, 94.0]")
    assert run.restate("tiny", count=1, cheapest=False) == 1
    assert "outside the tolerance" in capsys.readouterr().out
    assert "restated" not in provenance(tree)
    with pytest.raises(ValueError, match="--restate"):
        results.read("tiny")


def test_another_configuration_is_not_restated(tree: Path) -> None:
    run.run("tiny")
    rewrite(tree, '{"steps": 3}', '{"steps": 4}')
    with pytest.raises(SystemExit, match="CONFIGURATION has changed"):
        run.restate("tiny", count=1, cheapest=False)
    assert len(calls(tree)) == 2


def test_the_cheapest_row_can_be_asked_for(tree: Path) -> None:
    run.run("tiny")
    path = tree / "docs" / "results" / "tiny.json"
    table = json.loads(path.read_text())
    for number in range(4):
        cheap, dear = ("a/one", "b/two") if number % 2 else ("b/two", "a/one")
        table["rows"][cheap]["seconds"], table["rows"][dear]["seconds"] = 1.0, 2.0
        path.write_text(json.dumps(table))
        rewrite(tree, "* ROWS[name]", f"* ROWS[name] * {number + 1} / {number + 1}")
        assert run.restate("tiny", count=1, cheapest=True) == 0
        assert calls(tree)[-1] == cheap
        rewrite(tree, f" * {number + 1} / {number + 1}", "")


def test_a_fresh_table_needs_no_restating(tree: Path) -> None:
    run.run("tiny")
    assert run.restate("tiny", count=1, cheapest=False) == 0
    assert len(calls(tree)) == 2
    assert "restated" not in provenance(tree)


def test_code_is_told_apart_by_what_it_does(tmp_path: Path) -> None:
    def of(source: str) -> str:
        (tmp_path / "module.py").write_text(source)
        return sources.code_hash([tmp_path / "module.py"])

    first = of("def f(x):\n    return x + 1\n")
    assert (
        of('"""Words."""\ndef f(x):\n    """Words."""\n    return (x + 1)  # more words\n') == first
    )
    assert of("def f(x):\n    return x + 2\n") != first
    assert of("def f(x):\n    return x + 1 + len([''])\n") != of(
        "def f(x):\n    return x + 1 + len([])\n"
    )
    assert of("def f(y):\n    return y + 1\n") != first


def test_every_python_tells_the_same_hash(tmp_path: Path) -> None:
    """The tables are made on one Python and read on others, whose syntax trees have more fields."""
    source = "def f(a, *, b=1):\n    return f'{a!r:>{b}}' + [a][0]\n"
    (tmp_path / "module.py").write_text(source)
    assert sources.code_hash([tmp_path / "module.py"]) == "8094fd1b085b44ebaeba2fc8"


def test_the_tolerance_is_the_range_widened_by_its_width_or_the_floor() -> None:
    assert results.allowed([1.0, 3.0], floor=0.5) == (-1.0, 5.0)
    assert results.allowed([1.0, 1.1], floor=0.5) == (0.5, 1.6)


@pytest.mark.parametrize("path", sorted(results.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_tables_of_the_site_are_fresh(path: Path) -> None:
    assert results.read(path.stem)["rows"]
