"""One file, one writer: links, permissions, full disks, second programs and what a kill leaves
behind."""

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gantheory.training.kept_file import KeptFile, resolved

TREE = Path(__file__).parents[2]


def replaced(path, content=b"new"):
    file = KeptFile(path)
    try:
        file.replace([content])
    finally:
        file.close()


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_nothing_is_left_beside_the_file(tmp_path):
    replaced(tmp_path / "run")
    assert names(tmp_path) == ["run"]
    assert (tmp_path / "run").read_bytes() == b"new"


def test_a_link_is_followed(tmp_path):
    (tmp_path / "scratch").mkdir()
    target, link = tmp_path / "scratch" / "run", tmp_path / "run"
    link.symlink_to(target)
    for content in (b"first", b"second"):  # a dangling link, then one to a file
        replaced(link, content)
        assert link.is_symlink()
        assert target.read_bytes() == content
    assert names(tmp_path / "scratch") == ["run"]


def test_a_planted_link_is_not(tmp_path, monkeypatch):
    """Whoever may write into the folder cannot make us write elsewhere."""
    monkeypatch.setattr("secrets.token_hex", lambda size: "12345678")
    victim = tmp_path / "victim"
    victim.write_bytes(b"dear")
    file = KeptFile(tmp_path / "run")
    (tmp_path / ".run.12345678.part").symlink_to(victim)
    with pytest.raises(FileExistsError):
        file.replace([b"new"])
    file.close()
    assert victim.read_bytes() == b"dear"
    (tmp_path / ".run.lock").symlink_to(victim)
    with pytest.raises(ValueError, match="cannot be written"):
        KeptFile(tmp_path / "run")
    assert victim.read_bytes() == b"dear"


def test_permissions_are_kept_and_new_files_follow_the_mask(tmp_path):
    path = tmp_path / "run"
    mask = os.umask(0o027)
    try:
        replaced(path)
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o604)
        replaced(path)
        assert path.stat().st_mode & 0o777 == 0o604
    finally:
        os.umask(mask)


def test_the_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    replaced("~/run")
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/run", "must lie in an existing folder"),
        ("file/run", "must lie in an existing folder"),
        ("", "must be a file, but .* is a folder"),
        ("loop", "must be a file that can be written"),
        ("a" * 300, "must be a file that can be written"),
        ("a" * 250, "must have a name of at most 240 bytes"),
        ("ä" * 121, "must have a name of at most 240 bytes"),
        ("pipe", "must be a file, but .* is not a regular file"),
        ("nul\0l", "must be a file that can be written"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_at_once(tmp_path, name, message):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match=message):
        KeptFile(tmp_path / name)


def test_an_unknown_home_is_refused():
    with pytest.raises(ValueError, match="must be a file that can be written"):
        resolved("~nobody-of-this-name/run")


def test_what_forbids_writing_is_refused_at_once(tmp_path, monkeypatch):
    """By the system's answer: whoever runs the tests may be allowed everything."""
    (tmp_path / "run").touch()
    for refused in (tmp_path / "run", tmp_path):
        monkeypatch.setattr(os, "access", lambda path, mode, refused=refused: path != refused)
        with pytest.raises(ValueError, match=f"{refused} allows no writing"):
            KeptFile(tmp_path / "run")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "run"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    file = KeptFile(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            file.replace([b"new"])
    with pytest.raises(ZeroDivisionError):
        file.replace(b"new"[1 // 0 :] for _ in range(1))
    assert path.read_bytes() == b"old"
    file.close()
    assert names(tmp_path) == ["run"]


def test_what_a_kill_left_behind_is_removed(tmp_path):
    left = (".run.lock", ".run.0a1b2c3d.part")
    for name in left:
        (tmp_path / name).write_bytes(b"half of a")
    others = [".run.mine", ".ran.0a1b2c3d.part"]
    for name in others:
        (tmp_path / name).touch()
    replaced(tmp_path / "run")
    assert names(tmp_path) == sorted([*others, "run"])


def test_a_name_with_wildcards_is_a_name(tmp_path):
    (tmp_path / ".run1.0a1b2c3d.part").touch()
    replaced(tmp_path / "run[1]")
    replaced(tmp_path / "run?")
    assert names(tmp_path) == [".run1.0a1b2c3d.part", "run?", "run[1]"]


# Two programs


def test_two_writers_without_a_lock_damage_nothing(tmp_path, monkeypatch):
    """On a file system that knows no locks: sixty writes each, and a reader who always finds a
    whole file."""
    monkeypatch.setattr("gantheory.training.kept_file.fcntl", None)
    path, contents = tmp_path / "run", [bytes([number]) * 50_000 for number in (1, 2)]
    replaced(path, contents[0])

    def write(content):
        for _ in range(60):
            replaced(path, content)

    with ThreadPoolExecutor(2) as writers:
        futures = [writers.submit(write, content) for content in contents]
        while not all(future.done() for future in futures):
            assert path.read_bytes() in contents
        for future in futures:
            future.result()
    assert names(tmp_path) == ["run"]


HOLDER = """
import sys
from gantheory.training.kept_file import KeptFile
file = KeptFile(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    env = {**os.environ, "PYTHONPATH": str(TREE)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_program_is_told_who_has_the_file(holder, tmp_path):
    with pytest.raises(ValueError, match=rf"is being written by process {holder.pid} on \S+, and"):
        KeptFile(tmp_path / "run")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with pytest.raises(ValueError, match="is being written"):
        KeptFile(tmp_path / "link")
    KeptFile(tmp_path / "run", writes=False)
    replaced(tmp_path / "another")


@pytest.mark.parametrize("end", ["kill", "exit"])
def test_the_lock_ends_with_its_program(holder, tmp_path, end):
    if end == "kill":
        holder.kill()
    else:
        holder.stdin.close()
    holder.wait()
    replaced(tmp_path / "run")
    assert names(tmp_path) == ["run"]


def test_a_second_run_in_one_program_is_refused_too(tmp_path):
    first = KeptFile(tmp_path / "run")
    with pytest.raises(ValueError, match=f"process {os.getpid()} on"):
        KeptFile(tmp_path / "run")
    first.close()
    first.close()
    KeptFile(tmp_path / "run").close()


def test_a_fork_does_not_unlock(tmp_path):
    """A worker of a data loader is a fork, and ends before the run does."""
    program = f"""
        import os, sys
        from gantheory.training.kept_file import KeptFile
        file = KeptFile({str(tmp_path / "run")!r})
        child = os.fork()
        if child == 0:
            sys.exit()  # with what a program does at its end
        os.waitpid(child, 0)
        try:
            KeptFile({str(tmp_path / "run")!r})
        except ValueError:
            print("held")
    """
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": str(TREE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "held\n"
