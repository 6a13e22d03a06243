"""The table of runs: many writers lose nothing, values come back as they were, also from CSV."""

import json
import math
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import jax
import pytest

from gantheory import study
from gantheory.study import table as table_module

GOLDEN = Path(__file__).parent / "golden"

ADDING = """
import sys
from gantheory import study
table = study.Table(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    table.add([{"subject": sys.argv[2], "phase": "wide", "number": number, sys.argv[2]: 0.5}])
"""


def row(number: int = 0, subject: str = "toy", phase: str = "wide", **others) -> dict:
    return {"subject": subject, "phase": phase, "number": number, **others}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


def test_two_processes_that_add_to_one_table_lose_nothing(path: Path) -> None:
    """Each adds 150 rows, one at a time, with a column of its own."""
    command = [sys.executable, "-c", ADDING, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, name, "150"], **pipes) for name in ("one", "two")]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    rows = study.Table(path).rows
    for name in ("one", "two"):
        own = [one for one in rows if one["subject"] == name]
        assert own == [row(number, name, **{name: 0.5}) for number in range(150)]
    assert len(rows) == 300


def test_threads_that_share_a_table_lose_nothing(path: Path) -> None:
    table = study.Table(path)

    def add(subject: str) -> None:
        for number in range(20):
            table.add([row(number, subject)])

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(table.rows) == 80


def test_rows_added_elsewhere_are_seen_and_kept(path: Path) -> None:
    one, other = study.Table(path), study.Table(path)
    one.add([row(1)])
    other.add([row(2)])
    one.add([row(3)])
    assert [found["number"] for found in other.rows] == [1, 2, 3]


TEXTS = ["007", "01", "1e3", "1_0", "-0", "NaN", "True", "", "a, b", 'a "quoted" b', "lone\rreturn"]
TEXTS += ["two\r\nlines", "\n", " padded ", "∇ψ", "\0", "x" * 200_000, "'; DROP TABLE runs; --"]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text)[:20])
def test_a_subject_and_a_phase_stay_the_text_that_they_are(tmp_path: Path, text: str) -> None:
    given = [row(0, text, "wide", score=1.0), row(1, "toy", text, score=2.0)]
    study.Table(tmp_path / "runs.sqlite").add(given)
    assert study.Table(tmp_path / "runs.sqlite").rows == given
    study.write_csv(tmp_path / "runs.csv", given)
    assert study.read_csv(tmp_path / "runs.csv") == given


def test_every_type_comes_back_as_it_was(tmp_path: Path) -> None:
    given = [
        row(0, real=0.1 + 0.2, whole=5, truth=True, status="completed"),
        row(1, real=math.inf, whole=-(2**63), truth=False),
        row(2, real=-1e-300, whole=2**63 - 1),
        row(3, real=5.0),
    ]
    study.Table(tmp_path / "runs.sqlite").add(given)
    study.write_csv(tmp_path / "runs.csv", given)
    for read in (study.Table(tmp_path / "runs.sqlite").rows, study.read_csv(tmp_path / "runs.csv")):
        assert read == given
        for found, one in zip(read, given, strict=True):
            assert {name: type(found[name]) for name in one} == {k: type(v) for k, v in one.items()}


def test_numbers_round_trip(tmp_path: Path) -> None:
    numbers = [random.Random(n).uniform(-1, 1) * 10.0 ** (n % 600 - 300) for n in range(600)]
    given = [row(n, value=value) for n, value in enumerate([*numbers, math.nan])]
    study.Table(tmp_path / "runs.sqlite").add(given)
    study.write_csv(tmp_path / "runs.csv", given)
    for read in (study.Table(tmp_path / "runs.sqlite").rows, study.read_csv(tmp_path / "runs.csv")):
        values = [one["value"] for one in read]
        assert values[:-1] == numbers
        assert math.isnan(values[-1])


def test_a_run_has_one_row(path: Path) -> None:
    table = study.Table(path)
    table.add([row(0, score=1.0)])
    with pytest.raises(ValueError, match="has a row of toy/wide number 0 already"):
        table.add([row(1), row(0, score=2.0)])
    assert table.rows == [row(0, score=1.0)]  # all or none
    assert table.add_missing([row(1), row(0, score=2.0)]) == 1
    assert table.rows == [row(0, score=1.0), row(1)]
    assert repr(table) == "Table(runs.sqlite, 2 rows)"


def test_two_tables_are_merged_by_adding(tmp_path: Path) -> None:
    one, other = study.Table(tmp_path / "one.sqlite"), study.Table(tmp_path / "other.sqlite")
    one.add([row(0, rate=0.1)])
    other.add([row(1, moves=5)])
    one.add(other.rows)
    assert one.rows == [row(0, rate=0.1), row(1, moves=5)]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"phase": "wide", "number": 0}, "a row must hold its subject, of type str, got None"),
        (row(0, 7), "a row must hold its subject, of type str, got 7"),
        (row(number=True), "a row must hold its number, of type int, got True"),
        (row(0, whole=0.5), "holds INTEGER in the column 'whole', got 0.5"),
        (row(0, whole=True), "holds INTEGER in the column 'whole', got True"),
        (row(0, Whole=1), "has a column 'whole', which SQLite does not tell from 'Whole'"),
        (row(0, whole=2**63), r"row\['whole'\] must fit into 64 bits"),
        (row(0, **{"": 1}), "a column must have a name"),
        (row(0, "\ud800"), r"row\['subject'\] is not valid text"),
    ],
)
def test_a_row_that_cannot_be_kept_is_refused(path: Path, bad: dict, words: str) -> None:
    table = study.Table(path)
    table.add([row(5, whole=5)])
    with pytest.raises(ValueError, match=words):
        table.add([bad])
    assert table.rows == [row(5, whole=5)]
    with pytest.raises(TypeError, match=r"row\['x'\] must be a str, an int, a float or a bool"):
        table.add([row(1, x=None)])


def test_symbolic_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    for name in ("runs.sqlite", "runs.csv"):
        link, target = tmp_path / name, tmp_path / "scratch" / name
        link.symlink_to(target)  # broken until the first write
        if name.endswith("csv"):
            target.write_text("old\n")
            target.chmod(0o640)
            study.write_csv(link, [row()])
            assert target.stat().st_mode & 0o777 == 0o640
            assert study.read_csv(target) == [row()]
        else:
            study.Table(link).add([row()])
            assert study.Table(target).rows == [row()]
        assert link.is_symlink()
    assert sorted(one.name for one in (tmp_path / "scratch").iterdir()) == [
        "runs.csv",
        "runs.sqlite",
    ]


@pytest.mark.parametrize("place", ["folder", "below a file", "without a file system"])
def test_a_path_that_cannot_be_written_is_refused_before_any_run(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.sqlite").mkdir()
    path = {
        "folder": tmp_path / "folder.sqlite",
        "below a file": tmp_path / "file" / "runs.sqlite",
        "without a file system": Path("/proc/self/runs.sqlite"),
    }[place]
    made = []

    def program(subject: str, fixed: dict) -> study.Run:
        made.append(subject)
        return lambda key, numbers: {"score": numbers["rate"]}

    trials = study.repeated_trials("toy", {"rate": 0.1}, phase="one", count=1)
    with pytest.raises(OSError, match="sqlite"):
        study.run_trials(
            program, trials, key=jax.random.key(0), table=study.Table(path), progress=False
        )
    assert not made


def test_a_table_that_is_locked_says_so_and_loses_no_row(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_module, "PATIENCE", 0.1)
    table = study.Table(path)
    table.add([row(0)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TimeoutError, match="locked by another process") as raised:
        table.add([row(1)])
    assert raised.value.__notes__ == ["1 rows are kept in memory; table.add([]) writes them."]
    other.execute("ROLLBACK")
    other.close()
    assert study.Table(path).rows == [row(0)]
    table.add([row(2)])
    assert study.Table(path).rows == [row(0), row(1), row(2)]


def test_a_full_disk_damages_nothing_and_loses_no_row(path: Path) -> None:
    """A limit on the size of files stands for the disk; when it is lifted, the rows are written."""
    program = """
import resource, sys
from gantheory import study
table = study.Table(sys.argv[1])
rows = [{"subject": "s" * 1000, "phase": "wide", "number": n} for n in range(100)]
table.add(rows[:10])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
try:
    table.add(rows[10:])
except OSError as error:
    assert "runs.sqlite could not be opened or written" in str(error), error
else:
    raise SystemExit("there was room")
assert study.Table(sys.argv[1]).rows == rows[:10]
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
table.add([])
assert study.Table(sys.argv[1]).rows == rows
"""
    run = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_a_writer_that_is_killed_leaves_whole_rows(path: Path) -> None:
    """Whatever it was doing, the file can be read, and holds the first so many of its rows."""
    program = """
import itertools, sys
from gantheory import study
table = study.Table(sys.argv[1])
for number in itertools.count():
    rows = [{"subject": "toy", "phase": f"{n}", "number": number} for n in range(50)]
    table.add(rows)
    if number == 3:
        print("ready", flush=True)
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "ready\n"
    writer.kill()
    writer.communicate()
    rows = study.Table(path).rows
    assert len(rows) >= 200
    assert len(rows) % 50 == 0
    study.Table(path).add([row(0)])


# Other files


def test_a_table_of_this_format_is_still_read() -> None:
    """A file that the first version of the format wrote, with what was put into it."""
    expected = json.loads((GOLDEN / "runs-1.json").read_text())
    assert study.Table(GOLDEN / "runs-1.sqlite").rows == expected


@pytest.mark.parametrize("content", [b"subject,phase\n", b"\x89PNG", os.urandom(4096)])
def test_a_file_that_is_not_a_table_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"runs.sqlite is not a table of runs .* study.read_csv"):
        study.Table(path)
    assert path.read_bytes() == content


def test_a_file_of_another_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE runs (x)")
    connection.close()
    with pytest.raises(ValueError, match="is an SQLite file, but not a table of runs"):
        study.Table(path)


def test_a_table_of_a_later_version_is_refused(path: Path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(table_module, "VERSION", 2)
        study.Table(path).add([row()])
    with pytest.raises(ValueError, match="written by a newer version of gantheory"):
        study.Table(path)


def test_a_csv_file_is_not_a_table(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must not name a CSV file, .* study.read_csv"):
        study.Table(tmp_path / "runs.csv")


def test_an_empty_file_is_an_empty_table(path: Path) -> None:
    path.touch()
    assert study.Table(path).rows == []
    assert study.Table(path.with_name("absent.sqlite")).rows == []
    assert not path.with_name("absent.sqlite").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty or cut short"),
        ("subject,phase,number,x\na,b,1,0.1", "it is empty or cut short"),
        ("a,b\n1,2\n", "must begin with distinct column names, among them subject, phase"),
        ("subject,phase,number,x,x\n", "must begin with distinct column names"),
        ("subject,phase,number\na,b,1\na,b\n", "line 3: expected 3 cells, got 2"),
        ("subject,phase,number\na,b,c\n", "line 2: number must be an integer"),
        ('subject,phase,number\n"a,b,1\n', "is not a CSV file"),
        (b"\xff\n", "is not a CSV file in UTF-8"),
    ],
)
def test_a_csv_file_that_is_not_a_table_is_refused(tmp_path: Path, text, words: str) -> None:
    path = tmp_path / "runs.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=words):
        study.read_csv(path)


@pytest.mark.parametrize("text", ["7", "0.5", "nan", "True", ""])
def test_text_that_a_csv_file_would_change_is_not_written(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"row\['note'\]"):
        study.write_csv(tmp_path / "runs.csv", [row(note=text)])
    assert not list(tmp_path.iterdir())


def test_a_published_table_stays_as_it_is(tmp_path: Path) -> None:
    """Reading and writing `docs/results/study.csv` gives the same bytes."""
    published = Path(__file__).parents[2] / "docs" / "results" / "study.csv"
    study.write_csv(tmp_path / "study.csv", study.read_csv(published))
    assert (tmp_path / "study.csv").read_bytes() == published.read_bytes()


def flips(content: bytes, tries: int) -> list[bytes]:
    """The content with a few bytes changed, cut off or doubled."""
    generator = random.Random(0)
    found = []
    for _ in range(tries):
        changed = bytearray(content)
        for _ in range(generator.randrange(1, 4)):
            changed[generator.randrange(len(changed))] = generator.randrange(256)
        if generator.random() < 0.2:
            del changed[generator.randrange(len(changed)) :]
        found.append(bytes(changed))
    return found


def fuzz(path: Path, content: bytes, read: Callable[[], object], tries: int) -> None:
    refused = 0
    for changed in flips(content, tries):
        path.write_bytes(changed)
        try:
            read()
        except ValueError as error:
            assert path.name in str(error)  # noqa: PT017
            refused += 1
    assert 0 < refused < tries


@pytest.mark.parametrize("tries", [200, pytest.param(3_000, marks=pytest.mark.slow)])
def test_damaged_files_are_read_or_refused_by_name(tmp_path: Path, tries: int) -> None:
    table, text = tmp_path / "runs.sqlite", tmp_path / "runs.csv"
    given = [row(n, f"{n:03}", x=n / 7, moves=n, norm=n > 3, status="done") for n in range(8)]
    study.Table(table).add(given)
    study.write_csv(text, given)
    fuzz(table, table.read_bytes(), lambda: study.Table(table).rows, tries)
    fuzz(text, text.read_bytes(), lambda: study.read_csv(text), tries)
