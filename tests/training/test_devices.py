"""Several devices and several processes: the numbers of one device, and a clear end when one is
lost."""

import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import assert_close, fit, noise, same_bits, sgd, train

from gantheory import games, load_state
from gantheory.data import OnMesh, Shuffled, Stream, Uniform
from gantheory.training import processes

TESTS = Path(__file__).parents[1]
SCRIPT = TESTS.parent / "docs" / "examples" / "data_parallel.py"
ROUNDING = 2e-4  # after a hundred steps, in single precision
PATIENCE = 300.0  # an upper bound for a busy machine; an idle one needs seconds
LONG = 200_000  # more steps than are taken before something happens


def started(command: list[str], log: Path, **environment: str) -> subprocess.Popen:
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    env = {**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": path, **environment}
    with log.open("w") as file:
        return subprocess.Popen(
            [sys.executable, *command], stdout=file, stderr=subprocess.STDOUT, env=env
        )


@pytest.mark.slow
def test_eight_devices_give_the_numbers_of_one(tmp_path):
    log = tmp_path / "log"
    process = started(
        [str(TESTS / "support" / "eight_devices.py")],
        log,
        XLA_FLAGS="--xla_force_host_platform_device_count=8",
    )
    try:
        assert process.wait(4 * PATIENCE) == 0, log.read_text()
    finally:
        process.kill()
    assert log.read_text().endswith("as on one device\n")


def test_a_mesh_of_one_device_changes_nothing(key):
    source = OnMesh(noise, jax.make_mesh((1,), ("batch",)))
    assert source(key) == noise(key)


class Pulled(games.Game):
    turns: tuple[games.Turn, ...] = (games.Turn(("a",)),)

    def losses(self, players, batch):
        return {"a": players["a"] * batch.real.mean()}


def test_a_stream_is_split_over_a_mesh(key):
    """On one device with the same bits as alone; support/eight_devices.py splits it."""
    stream = Stream(Shuffled(np.arange(12.0, dtype=np.float32)[:, None], 4, key), Uniform(1))
    split = OnMesh(stream, jax.make_mesh((1,), ("batch",)))
    settings = {"optimisers": {"a": sgd()}, "steps": 6, "key": key}
    players = {"a": jnp.zeros(())}
    ends = [fit(Pulled(), players, source, **settings).state for source in (stream, split)]
    assert same_bits(*ends)
    assert float(ends[0].players["a"]) == pytest.approx(-0.1 * 2 * 3 * 5.5), "two epochs of 0 to 11"
    with pytest.raises(TypeError, match=r"use Trainer\.fit, not Trainer\.train"):
        train(Pulled(), players, split, **settings)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def pair(tmp_path):
    """Start the script of the guide as two processes that share a checkpoint."""
    address = f"127.0.0.1:{free_port()}"
    processes: list[subprocess.Popen] = []

    def start(steps: int, script: Path = SCRIPT) -> list[subprocess.Popen]:
        for index in ("0", "1"):
            command = [str(script), address, "2", index, str(steps), str(tmp_path / "checkpoint")]
            processes.append(started(command, tmp_path / f"log-{index}"))
        return processes

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def logs(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("log-*")))


def the_run():
    """The guide's trainer on one device, and the state it starts from."""
    script = runpy.run_path(str(SCRIPT))
    trainer = script["trainer"]()
    return trainer, trainer.init(script["players"](), key=jax.random.key(1))


def steps_in(checkpoint: Path) -> int:
    return int(load_state(checkpoint, like=the_run()[1]).step)


def wait_for_a_checkpoint(processes, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (folder / "checkpoint").exists():
        assert time.monotonic() < deadline, logs(folder)
        assert all(process.poll() is None for process in processes), logs(folder)
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (jax.errors.JaxRuntimeError("UNAVAILABLE: connection lost"), True),
        (ValueError("UNKNOWN: Gloo AllGather failed: Connection reset by peer"), True),
        (ValueError("generator must be a network"), False),
    ],
)
def test_a_lost_process_is_named_in_whatever_way_jax_says_it(monkeypatch, error, named):
    monkeypatch.setattr(processes, "is_shared", lambda source: True)
    expected = pytest.raises(RuntimeError if named else ValueError)
    with expected as raised, processes.needs_all_processes(None):
        raise error
    assert ("the exchange with another one failed" in str(raised.value)) == named


@pytest.mark.slow
def test_two_processes_give_the_numbers_of_one(pair, tmp_path):
    for process in pair(100):
        assert process.wait(PATIENCE) == 0, logs(tmp_path)
    trainer, state = the_run()
    together = trainer.fit(state, 100, checkpoint=tmp_path / "checkpoint", progress=False)
    alone = trainer.fit(state, 100, progress=False)
    assert_close(together, alone, ROUNDING)
    assert logs(tmp_path).count("Result(100 steps; all steps were taken") == 2


@pytest.mark.slow
def test_when_the_worker_is_killed_the_survivor_says_so_and_one_process_goes_on(pair, tmp_path):
    survivor, worker = pair(LONG)
    wait_for_a_checkpoint((survivor, worker), tmp_path)
    worker.send_signal(signal.SIGKILL)
    assert survivor.wait(PATIENCE) != 0
    text = (tmp_path / "log-0").read_text()
    assert "the exchange with another one failed" in text, text
    assert "it continues from its checkpoint" in text

    checkpoint = tmp_path / "checkpoint"
    steps = (steps_in(checkpoint) // 10 + 2) * 10
    trainer, state = the_run()
    result = trainer.fit(state, steps, checkpoint=checkpoint, progress=False)
    assert result.state.step == steps
    assert result.history["generator"].shape == (steps // 10,)
    assert np.isfinite(result.history["generator"]).all()


@pytest.mark.slow
def test_when_the_coordinator_is_killed_the_worker_ends_too(pair, tmp_path):
    coordinator, worker = pair(LONG)
    wait_for_a_checkpoint((coordinator, worker), tmp_path)
    coordinator.send_signal(signal.SIGKILL)
    assert worker.wait(PATIENCE) != 0
    assert steps_in(tmp_path / "checkpoint") > 0


@pytest.mark.slow
@pytest.mark.parametrize("where", ["callback", "checkpoint"])
def test_what_fails_in_one_process_ends_both_with_the_cause_named(pair, tmp_path, where):
    """A callback that raises, a checkpoint that one cannot read: not five minutes and an abort."""
    script = TESTS / "support" / f"failing_{where}.py"
    processes = pair(LONG, script)
    for process in processes:
        assert process.wait(PATIENCE) not in (0, -signal.SIGABRT), logs(tmp_path)
    ended = time.time()
    failed, told = ((tmp_path / f"log-{index}").read_text() for index in (1, 0))
    assert "ZeroDivisionError" in failed
    assert "another one of them failed; its output names the cause" in told
    assert ended - float((tmp_path / "checkpoint.failed").read_text()) < 30
