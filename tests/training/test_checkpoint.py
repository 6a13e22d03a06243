"""A run that was stopped, killed or copied goes on as if nothing had happened, or says why it cannot."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import same_bits

from gantheory import (
    Every,
    Optimiser,
    Result,
    Status,
    Trainer,
    data,
    fit,
    games,
    load_player,
    load_state,
    networks,
    start,
)
from gantheory.training import checkpoint as module


def parts(learning_rate: float = 1e-2):
    """Game, players, source, optimisers and the key of a run that takes microseconds a step."""
    keys = jax.random.split(jax.random.key(5), 3)
    optimiser = Optimiser(optax.adam, learning_rate=learning_rate)
    settings = {"width": 4, "depth": 1, "activation": jnp.tanh}
    players = {
        "generator": networks.MLP(1, 1, **settings, key=keys[0]),
        "discriminator": networks.MLP(1, "scalar", **settings, key=keys[1]),
    }
    source = data.Synthetic(data.Normal(1.0, 1.0), data.Uniform(1), 8)
    return games.nonsaturating(), players, source, dict.fromkeys(players, optimiser), keys[2]


def run(path: Path | None, steps: int, *, rate: float = 1e-2, stride: int = 2, **more) -> Result:
    game, players, source, optimisers, key = parts(rate)
    return fit(
        game,
        players,
        source,
        optimisers=optimisers,
        steps=steps,
        key=key,
        record=Every(stride),
        ema={"generator": 0.9},
        checkpoint=path,
        progress=False,
        **more,
    )


def state_like():
    game, players, _, optimisers, _ = parts()
    return start(
        game, players, optimisers=optimisers, key=jax.random.key(0), ema={"generator": 0.5}
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
        run(path, 8, rate=2e-2)
    with pytest.raises(ValueError, match="written by a run with other players, game"):
        run(path, 8, record=Every(1))
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
    with pytest.raises(ValueError, match="is not a file of the form 'gantheory checkpoint 2'"):
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
    with pytest.raises(
        OSError, match="could not be written, and is as it was before: No space left"
    ):
        run(path, 8)
    assert path.read_bytes() == written
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_a_file_that_cannot_grow_leaves_the_previous_one(tmp_path):
    """The real thing: the system refuses to write beyond a limit, in the middle of the new file."""
    path = tmp_path / "run"
    run(path, 4)
    written = path.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(OSError, match=r"checkpoint .* could not be written"):
            run(path, 8)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert len(written) > 1000
    assert path.read_bytes() == written
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
    assert_same(run(path, 8), run(None, 8))


@pytest.mark.parametrize("place", ["records", "fingerprint", "versions"])
def test_a_header_that_was_changed_is_refused(tmp_path, place):
    path = tmp_path / "run"
    run(path, 4)
    first, _, payload = path.read_bytes().partition(b"\n")
    header = json.loads(first)
    header[place] = 1 if place == "records" else "other"
    path.write_bytes(json.dumps(header).encode() + b"\n" + payload)
    with pytest.raises(ValueError, match="is damaged or was cut short"):
        run(path, 8)


def test_other_versions_are_refused_and_the_text_shows_the_way_on(tmp_path, monkeypatch):
    path = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(optax, "__version__", "0.0.1")
        run(path, 4)
    written = path.read_bytes()
    with pytest.raises(
        ValueError, match=r"written with optax 0.0.1 \(now .*\), and other versions"
    ):
        run(path, 8)
    assert path.read_bytes() == written
    game, _, source, optimisers, _ = parts()
    state = load_state(path, state_like())
    rest = Trainer(game, source, optimisers=optimisers, record=Every(2)).fit(
        state, 4, progress=False
    )
    whole = run(None, 8)
    assert same_bits(rest.state, whole.state)
    assert same_bits(rest.history, jax.tree.map(lambda leaf: leaf[2:], whole.history))
    np.testing.assert_array_equal(rest.steps, [6, 8])


def test_the_cadence_is_kept(tmp_path, monkeypatch):
    """Twenty pieces: written after each, or once at the end."""
    writes = []
    write = module.Checkpoint.write
    monkeypatch.setattr(
        module.Checkpoint,
        "write",
        lambda self, state, history: (writes.append(int(state.step)), write(self, state, history)),
    )
    run(tmp_path / "often", 40, seconds_between_checkpoints=0)
    assert writes == list(range(2, 42, 2))
    writes.clear()
    run(tmp_path / "seldom", 40, seconds_between_checkpoints=1e6)
    assert writes == [40]
    with pytest.raises(ValueError, match="seconds_between_checkpoints must be non-negative"):
        run(tmp_path / "never", 40, seconds_between_checkpoints=-1.0)


# Reading without the run


def test_a_player_is_loaded_in_one_line(tmp_path):
    path = tmp_path / "run"
    result = run(path, 12)
    fresh = parts()[1]["generator"]
    assert same_bits(load_player(path, "generator", fresh), result.players["generator"])
    averaged = load_player(path, "generator", fresh, averaged=True)
    assert same_bits(averaged, result.ema["generator"])
    assert not same_bits(averaged, result.players["generator"])


def test_small_floats_and_keys_are_loaded(tmp_path):
    path = tmp_path / "run"
    tree = {"half": jnp.arange(3, dtype=jnp.bfloat16), "key": jax.random.key(3), "number": 2.5}
    state = eqx.tree_at(lambda s: s.players, state_like(), {"one": tree})
    module.Checkpoint(path, ()).write(state, {"a": np.zeros(1)})
    empty = {"half": jnp.zeros(3, jnp.bfloat16), "key": jax.random.key(0), "number": 0.0}
    loaded = load_player(path, "one", empty)
    assert same_bits(loaded["half"], tree["half"])
    assert same_bits(loaded["key"], tree["key"])
    assert loaded["number"] == 2.5


def test_what_does_not_fit_is_named(tmp_path):
    path = tmp_path / "run"
    run(path, 4)
    wide = networks.MLP(1, 1, width=5, depth=1, activation=jnp.tanh, key=jax.random.key(0))
    with pytest.raises(ValueError, match=r"layers\[0\].weight as float32\[1, 4\], but `like` has"):
        load_player(path, "generator", wide)
    with pytest.raises(ValueError, match=r"holds no .*\['generator'\]\[0\], which `like` has"):
        load_player(path, "generator", [jnp.zeros(3)])
    with pytest.raises(ValueError, match="holds no player named 'critic'"):
        load_player(path, "critic", wide)
    with pytest.raises(ValueError, match="holds no average of a player named 'discriminator'"):
        load_player(path, "discriminator", wide, averaged=True)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is damaged or was cut short"):
        load_state(path, state_like())


# Killed

PROGRAM = textwrap.dedent("""
    import os, sys
    from pathlib import Path

    here = Path(sys.argv[1])
    sys.path[:0] = [str(here), str(here.parent)]
    import test_checkpoint

    while sys.stdin.readline():  # forks share the imports; JAX has not started a thread yet
        child = os.fork()
        if child == 0:
            test_checkpoint.long_run(Path(sys.argv[2]))
            os._exit(0)
        print(child, flush=True)
        sys.stdin.readline()  # until it is reaped, its number is nobody else's
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
""")
KILLS, LONG = 20, 60_000


def long_run(path: Path | None) -> Result:
    """Sixty pieces with a writing after each; the steps are quick, and there are many."""
    return run(path, LONG, record=Every(50), seconds_between_checkpoints=0)


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_bit(tmp_path):
    """`kill -9` whatever the run is doing: starting, compiling, training, writing."""
    path = tmp_path / "run"
    whole = long_run(None)
    began = time.monotonic()
    long_run(None)
    seconds = time.monotonic() - began
    generator = random.Random(20)
    seen, moments = [], []
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(Path(__file__).parent), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        while len(moments) < KILLS:
            server.stdin.write("run\n")
            server.stdin.flush()
            child = int(server.stdout.readline())
            # half of the kills from the start on, half soon after a writing, so that the run gets ahead
            written_first = generator.random() < 0.5
            if written_first:
                _wait_for_a_writing(path)
            moments.append(generator.uniform(0, (0.3 if written_first else 1.0) * seconds))
            time.sleep(moments[-1])
            os.kill(child, signal.SIGKILL)
            server.stdin.write("reap\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            assert code in (0, -signal.SIGKILL)
            if path.exists():
                header, _ = module._open(path)
                seen.append(header["records"] * 50)
                if seen[-1] == LONG:
                    assert_same(long_run(path), whole)
                    path.unlink()
        server.stdin.close()
    print("killed after", [f"{moment:.2f}" for moment in moments], "s; steps on disk", seen)
    assert_same(long_run(path), whole)
    assert len(set(seen)) >= 4, "the kills met the run at different places"


def _wait_for_a_writing(path: Path) -> None:
    before = path.stat().st_mtime_ns if path.exists() else None
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if path.exists() and path.stat().st_mtime_ns != before:
            return
        time.sleep(0.002)
    raise AssertionError("nothing was written")


def test_what_a_kill_left_behind_does_not_disturb(tmp_path):
    path = tmp_path / "run"
    run(path, 4)
    (tmp_path / ".run.unfinished").write_bytes(b"half of a")
    assert_same(run(path, 8), run(None, 8))
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
