"""A run that is killed at any moment goes on as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import pytest
from support.checkpointed import assert_same, names, players, trainer

from gantheory import Every, Optimiser, Result, Trainer, games
from gantheory.training.array_file import read

PROGRAM = textwrap.dedent("""
    import os, sys
    from pathlib import Path

    here = Path(sys.argv[1])
    sys.path[:0] = [str(here), str(here.parent)]
    import test_kills

    while sys.stdin.readline():  # forks share the imports; JAX has not started a thread yet
        child = os.fork()
        if child == 0:
            test_kills.long_run(Path(sys.argv[2]))
            os._exit(0)
        print(child, flush=True)
        sys.stdin.readline()  # until it is reaped, its number is nobody else's
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
""")
KILLS, PRIME = 20, 53
LONG = 60 * 19 * PRIME


class Three(games.Game):
    """Generator and discriminator, and a third player who weighs how far apart their logits are."""

    turns: tuple[games.Turn, ...] = eqx.field(
        static=True,
        default=(games.Turn(("discriminator",)), games.Turn(("generator", "weight"))),
    )

    def losses(self, players, batch):
        inner = games.nonsaturating().losses(
            {name: players[name] for name in ("generator", "discriminator")}, batch
        )
        weight = players["weight"]
        return {**inner, "weight": jnp.square(weight - 1) + 0 * jnp.mean(batch.real)}


def long_trainer() -> Trainer:
    def faded(learning_rate):
        chain = optax.adam(optax.cosine_decay_schedule(learning_rate, LONG))
        return optax.chain(optax.clip_by_global_norm(1.0), chain)

    moving = ("generator", "discriminator", "weight")
    return trainer(
        game=Three(),
        optimisers=dict.fromkeys(moving, Optimiser(faded, learning_rate=1e-3)),
        ema={"generator": 0.9, "weight": 0.5},
        record={"losses": Every(PRIME), "weight": Every(19 * PRIME, weight_alone)},
    )


def weight_alone(state, batch, entries):
    return state.players["weight"]


def long_run(path: Path | None) -> Result:
    """A writing after each piece; the steps are quick, and there are many."""
    one = long_trainer()
    state = one.init({**players(), "weight": jnp.zeros(())}, key=jax.random.key(5))
    return one.fit(state, LONG, checkpoint=path, seconds_between_checkpoints=0, progress=False)


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
            # half of the kills from the start on, half soon after a writing, so that the run gets
            # ahead
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
                arrays, _ = read(path)
                seen.append(int(arrays["state.step"]))
                assert len(arrays["history.losses.generator"]) == seen[-1] // PRIME
                if seen[-1] == LONG:
                    assert_same(long_run(path), whole)
                    path.unlink()
        server.stdin.close()
    print("killed after", [f"{moment:.2f}" for moment in moments], "s; steps on disk", seen)
    assert_same(long_run(path), whole)
    assert len(set(seen)) >= 4, "the kills met the run at different places"
    assert names(tmp_path) == ["run"]


def _wait_for_a_writing(path: Path) -> None:
    before = path.stat().st_mtime_ns if path.exists() else None
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if path.exists() and path.stat().st_mtime_ns != before:
            return
        time.sleep(0.002)
    raise AssertionError("nothing was written")
