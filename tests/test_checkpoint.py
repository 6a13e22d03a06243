"""A run that was stopped, killed or copied goes on as if nothing had happened, or says why it cannot."""

import subprocess
import sys
import textwrap
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gantheory import Optimiser, Result, Status, data, fit, games, networks
from gantheory.training import checkpoint as module


def run(path: Path | None, steps: int, learning_rate: float = 1e-2, stride: int = 2) -> Result:
    keys = jax.random.split(jax.random.key(5), 3)
    optimiser = Optimiser(optax.adam, learning_rate=learning_rate)
    settings = {"width": 4, "depth": 1, "activation": jnp.tanh}
    return fit(
        games.nonsaturating(),
        {
            "generator": networks.MLP(1, 1, **settings, key=keys[0]),
            "discriminator": networks.MLP(1, "scalar", **settings, key=keys[1]),
        },
        data.Synthetic(data.Normal(1.0, 1.0), data.Uniform(1), 8),
        optimisers={"generator": optimiser, "discriminator": optimiser},
        steps=steps,
        key=keys[2],
        stride=stride,
        average={"generator": 0.9},
        checkpoint=path,
        progress=False,
    )


def assert_same(one: Result, other: Result) -> None:
    one_leaves = jax.tree.leaves(eqx.filter((one.state, one.history), eqx.is_array))
    other_leaves = jax.tree.leaves(eqx.filter((other.state, other.history), eqx.is_array))
    for left, right in zip(one_leaves, other_leaves, strict=True):
        if jnp.issubdtype(left.dtype, jax.dtypes.prng_key):
            left, right = jax.random.key_data(left), jax.random.key_data(right)
        assert np.array_equal(np.asarray(left), np.asarray(right))


def test_a_continued_run_is_bit_identical(tmp_path):
    path = tmp_path / "run"
    assert int(run(path, 12).state.step) == 12
    assert_same(run(path, 40), run(None, 40))


def test_a_finished_run_is_returned_without_training(tmp_path):
    path = tmp_path / "run"
    first = run(path, 20)
    written = path.read_bytes()
    second = run(path, 20)
    assert_same(first, second)
    assert second.status == Status.completed
    assert path.read_bytes() == written


def test_another_configuration_is_refused_and_the_file_kept(tmp_path):
    path = tmp_path / "run"
    run(path, 4)
    written = path.read_bytes()
    with pytest.raises(ValueError, match="written by a run with other players, game"):
        run(path, 8, learning_rate=2e-2)
    with pytest.raises(ValueError, match="written by a run with other players, game"):
        run(path, 8, stride=1)
    assert path.read_bytes() == written


@pytest.mark.parametrize("cut", [1, 100])
def test_a_file_cut_short_is_refused(tmp_path, cut):
    path = tmp_path / "run"
    run(path, 4)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ValueError, match="is damaged or was cut short"):
        run(path, 8)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"[1]\n", b'{"format": "other"}\n'])
def test_a_foreign_file_is_refused(tmp_path, content):
    path = tmp_path / "run"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a file of the form 'gantheory checkpoint 1'"):
        run(path, 4)
    assert path.read_bytes() == content


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ValueError, match="checkpoint must lie in an existing folder"):
        run(tmp_path / "nowhere" / "run", 4)


def test_a_failing_disk_leaves_the_previous_file(tmp_path, monkeypatch):
    path = tmp_path / "run"
    run(path, 4)
    written = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        run(path, 8)
    assert path.read_bytes() == written
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


@pytest.mark.slow
def test_a_killed_run_goes_on_in_a_new_process(tmp_path):
    path = tmp_path / "run"
    program = textwrap.dedent(f"""
        import os, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_checkpoint
        from gantheory.training import checkpoint

        checkpoint.SECONDS_BETWEEN_WRITES = 0.0
        write = checkpoint.Checkpoint.write
        writes = 0

        def write_and_die(self, state, history):
            global writes
            write(self, state, history)
            writes += 1
            if writes == 3:
                os.kill(os.getpid(), 9)

        checkpoint.Checkpoint.write = write_and_die
        test_checkpoint.run(Path({str(path)!r}), 40)
    """)
    killed = subprocess.run([sys.executable, "-c", program], check=False)
    assert killed.returncode == -9
    assert path.exists()
    assert_same(run(path, 40), run(None, 40))
