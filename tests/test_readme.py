"""The README does what it says: its code runs, and its commands are the ones that are tested."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_there_are_examples():
    assert len(BLOCKS) == 2


@pytest.mark.parametrize("number", range(len(BLOCKS)))
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


def test_every_session_it_names_exists():
    sessions = set(re.findall(r"@nox\.session\ndef (\w+)", (ROOT / "noxfile.py").read_text()))
    named = re.search(r"^Sessions: (.*?)\. ", README, re.MULTILINE)
    assert named is not None
    assert set(re.findall(r"\b[a-z_]+\b", named[1].replace("nox -s", ""))) <= sessions


def test_continuous_integration_runs_its_very_test_command():
    commands = re.findall(r"^```console\n(.*?)\n```$", README, re.DOTALL | re.MULTILINE)
    assert len(commands) == 2
    assert [command for command in commands if command.endswith("-s tests")]
    assert "grep -m1 -- '-s tests$' README.md" in (ROOT / ".ci" / "run").read_text()
