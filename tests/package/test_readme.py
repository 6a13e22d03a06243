"""The README does what it says: its code runs, and its commands are the ones that are tested."""

import contextlib
import re
from pathlib import Path

import pytest
from support.helpers import same_bits

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_there_are_examples():
    assert len(BLOCKS) == 3
    assert README.count("```python") == len(BLOCKS)


@pytest.fixture(scope="module")
def after_training(tmp_path_factory) -> tuple[Path, dict]:
    """The folder and the names that the reader has after the second example, run as the text
    says."""
    folder = tmp_path_factory.mktemp("readme")
    call, names = "trainer.fit(state, 2_000)", {"__name__": "readme"}
    assert BLOCKS[1].count(call) == 1
    with_checkpoint = 'trainer.fit(state, 2_000, checkpoint="run.gantheory")'
    assert with_checkpoint in README
    with_checkpoint = BLOCKS[1].replace(call, with_checkpoint)
    with contextlib.chdir(folder):
        exec(compile(with_checkpoint, "README block 1 with a checkpoint", "exec"), names)
    return folder, names


def test_a_trained_generator_is_loaded_and_sampled(after_training, monkeypatch):
    folder, names = after_training
    monkeypatch.chdir(folder)
    later = dict(names)
    exec(compile(BLOCKS[2], "README block 2", "exec"), later)
    assert later["samples"].shape == (1000, 1)
    assert same_bits(later["trained"], names["result"].players["generator"])
    assert not same_bits(later["trained"], later["generator"])


@pytest.mark.parametrize("number", [0, 1])
def test_an_example_runs_and_prints_what_its_comments_say(number, capsys):
    exec(compile(BLOCKS[number], f"README block {number}", "exec"), {"__name__": "readme"})
    printed = capsys.readouterr().out.splitlines()
    promised = re.findall(r"^print\(.*\)  # (?:about )?([^:\n]+)", BLOCKS[number], re.MULTILINE)
    assert len(promised) == len(printed)
    for promise, line in zip(promised, printed, strict=True):
        if promise.lstrip("-")[0].isdigit():
            assert float(line) == pytest.approx(float(promise), rel=0.05)
        else:
            assert line.startswith(promise)


def test_the_gan_fits_on_a_card():
    lines = [line for line in BLOCKS[1].splitlines() if line.strip()]
    assert len(lines) <= 20


def test_every_session_it_names_exists():
    sessions = set(
        re.findall(r"@nox\.session(?:\(.*\))?\ndef (\w+)", (ROOT / "noxfile.py").read_text())
    )
    named = re.search(r"^Sessions: (.*?)\. ", README, re.MULTILINE)
    assert named is not None
    assert set(re.findall(r"\b[a-z_]+\b", named[1].replace("nox -s", ""))) <= sessions


def test_continuous_integration_runs_its_very_test_command():
    commands = re.findall(r"^```console\n(.*?)\n```$", README, re.DOTALL | re.MULTILINE)
    assert len(commands) == 2
    assert [command for command in commands if command.endswith("-s tests")]
    assert "grep -m1 -- '-s tests$' README.md" in (ROOT / ".ci" / "run").read_text()
