"""Ctrl-C in every kind of host: the first asks, the second stops, and what is not ours is left
alone."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import textwrap
import threading
from pathlib import Path

import pytest

from gantheory.training.interruption import interruptions
from gantheory.training.progress import progress_bar

TREE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _handler_stays():
    before = signal.getsignal(signal.SIGINT)
    yield
    after = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)
    assert after is before


def test_the_first_asks_and_the_second_stops():
    with interruptions() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_an_inner_one_passes_it_on():
    with interruptions() as outer:
        with interruptions() as inner:
            signal.raise_signal(signal.SIGINT)
            assert inner()
        assert outer()


def test_the_handler_comes_back_after_an_error():
    mine = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        installed = signal.getsignal(signal.SIGINT)
        with pytest.raises(ZeroDivisionError), interruptions():
            raise ZeroDivisionError
        assert signal.getsignal(signal.SIGINT) is installed
    finally:
        signal.signal(signal.SIGINT, mine)


def test_a_signal_that_is_ignored_stays_ignored():
    """As under `trap '' INT`, or in a script's `command &`."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptions() as interrupted:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)
            assert not interrupted()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_changes_nothing():
    seen = []

    def elsewhere():
        with interruptions() as interrupted:
            seen.append((interrupted(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [(False, signal.getsignal(signal.SIGINT))]


def test_a_host_with_a_handler_of_its_own_keeps_it(monkeypatch):
    """What Python knows of a handler in C is None, and it cannot put that back."""
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    installed = []
    monkeypatch.setattr(signal, "signal", lambda *call: installed.append(call))
    with interruptions() as interrupted:
        assert not interrupted()
    monkeypatch.undo()
    assert not installed


HOST = """
#include <Python.h>
#include <signal.h>
static void mine(int number) { (void)number; }
int main(int count, char **words) {
    (void)count;
    signal(SIGINT, mine);
    Py_InitializeEx(0);
    return PyRun_SimpleString(words[1]);
}
"""


@pytest.mark.slow
def test_a_program_in_c_that_embeds_python_keeps_its_result(tmp_path):
    """The real thing, as R, Julia and Rust do it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    library = Path(sysconfig.get_config_var("LIBDIR") or "/nowhere")
    name = str(sysconfig.get_config_var("LDLIBRARY"))
    if compiler is None or not name.endswith(".so") or not (library / name).exists():
        pytest.skip("no compiler, or no shared library of Python")
    (tmp_path / "host.c").write_text(HOST)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    include = sysconfig.get_path("include")
    flags = [f"-I{include}", f"-L{library}", f"-l{version}", f"-Wl,-rpath,{library}"]
    program = tmp_path / "host"
    subprocess.run([compiler, tmp_path / "host.c", "-o", program, *flags], check=True)
    script = textwrap.dedent("""
        import sys
        sys.argv = ["host"]
        from support.helpers import fit, small_gan
        import jax
        game, players, source, optimisers = small_gan()
        settings = {"optimisers": optimisers, "steps": 4, "key": jax.random.key(0)}
        result = fit(game, players, source, **settings, progress=False)
        print(result, flush=True)  # this host ends without Python's own end
    """)
    path = os.pathsep.join([str(TREE / "tests"), str(TREE), *sys.path])
    env = {**os.environ, "PYTHONPATH": path, "JAX_PLATFORMS": "cpu"}
    run = subprocess.run([program, script], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "all steps were taken" in run.stdout


# The time left


def test_compilation_is_not_counted_as_speed(monkeypatch, capsys):
    """The first piece of a hundred steps takes ninety seconds, each further one a second."""
    clock = iter([0.0, 90.0, 96.0, 102.0])
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr("gantheory.training.progress.time.monotonic", lambda: next(clock))
    with progress_bar(0, 2000) as report:
        for done in (100, 700, 1300):
            report(done, "loss 1.000")
    first, second, third = capsys.readouterr().err.splitlines()
    assert first == "step 100 of 2,000  loss 1.000"
    assert second == "step 700 of 2,000, 13 s left  loss 1.000"
    assert third == "step 1,300 of 2,000, 7 s left  loss 1.000"
