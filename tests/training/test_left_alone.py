"""A run may be left alone for a night: what public bug reports of others found, asked of this
trainer."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import fit, noise, same_bits, sgd, small_gan

from gantheory import Every, Status, Trainer, games, load_state
from gantheory.training.ensemble import _group, _mentions

TREE = Path(__file__).parents[2]
STEP_SECONDS = 0.04


class Slow(games.Game):
    """A player who walks along the draws, each of which takes a while, as pictures on a CPU do."""

    turns: tuple[games.Turn, ...] = eqx.field(static=True, default=(games.Turn(("a",)),))

    def losses(self, players, batch):
        def wait(number):
            time.sleep(STEP_SECONDS)
            return number

        return {"a": players["a"] * jax.pure_callback(wait, batch, batch)}


# Bits


@pytest.mark.parametrize("kind", ["threefry2x32", "rbg", "unsafe_rbg"])
def test_bits_do_not_depend_on_the_cut_whatever_the_key(kind, tmp_path):
    """A vectorised draw of an RBG key is that of its first key alone: so it must not be
    vectorised."""
    game, players, source, optimisers = small_gan()
    trainer = Trainer(game, source, optimisers=optimisers, record=Every(5))
    state = trainer.init(players, key=jax.random.key(7, impl=kind))
    whole = trainer.fit(state, 300, progress=False)
    trainer.fit(state, 35, checkpoint=tmp_path / "run", progress=False)
    again = trainer.fit(state, 300, checkpoint=tmp_path / "run", progress=False)
    assert same_bits((again.state, again.history), (whole.state, whole.history))
    trained = eqx.filter_jit(trainer.train)(state, 300)
    assert same_bits((trained.state, trained.history), (whole.state, whole.history))


# Time


@pytest.mark.slow
def test_slow_steps_are_watched_written_and_stopped_in_time(tmp_path):
    """20,000 steps of 40 ms: every second something is seen, and Ctrl-C is obeyed within two."""
    trainer = Trainer(Slow(), noise, optimisers={"a": sgd()})
    state = trainer.init({"a": jnp.ones(())}, key=jax.random.key(0))
    path, seen, asked = tmp_path / "run", [], []

    def callback(piece):
        seen.append(time.monotonic())
        if len(seen) == 1:  # compiled
            threading.Timer(4.0, press_ctrl_c).start()

    def press_ctrl_c():
        asked.append((time.monotonic(), path.exists(), int(load_state(path, state).step)))
        os.kill(os.getpid(), signal.SIGINT)

    result = trainer.fit(
        state,
        20_000,
        checkpoint=path,
        seconds_between_checkpoints=1,
        callback=callback,
        progress=False,
    )
    ended = time.monotonic()
    (moment, written, steps) = asked[0]
    assert result.status == Status.interrupted
    assert ended - moment < 5, "two seconds on an idle machine"
    assert max(np.diff(seen)) < 5
    assert written
    assert 0 < steps < int(result.state.step)
    assert int(load_state(path, state).step) == int(result.state.step)


@pytest.mark.slow
def test_a_second_ctrl_c_does_not_wait_for_a_group_of_runs():
    program = textwrap.dedent("""
        import os, signal, threading, time
        import jax, jax.numpy as jnp
        from gantheory import fit_ensemble

        def run(number):
            def wait(number):
                threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
                threading.Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
                time.sleep(30)
                return number
            shape = jax.ShapeDtypeStruct((), jnp.float32)
            return jax.pure_callback(wait, shape, number, vmap_method="expand_dims")

        began = time.monotonic()
        try:
            fit_ensemble(run, jnp.arange(2.0), progress=False)
        except KeyboardInterrupt:
            print("stopped after", time.monotonic() - began, flush=True)
            os._exit(0)
    """)
    env = {**os.environ, "PYTHONPATH": str(TREE), "JAX_PLATFORMS": "cpu"}
    run = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("stopped after"), run.stderr
    assert float(run.stdout.split()[-1]) < 20


# Size


def test_a_program_is_searched_without_its_data():
    """A data set that runs close over would be printed as text of twice its size."""
    rows = jnp.ones(2**18)

    def run(number):
        return jnp.linalg.cholesky(jnp.eye(2) * number) + jnp.sum(rows)

    lowered = _group.lower(run, (jnp.ones(3),))
    tracemalloc.start()
    assert _mentions(lowered.lowered, "lapack")
    assert not _mentions(lowered.lowered, "no such word")
    assert tracemalloc.get_traced_memory()[1] < rows.nbytes
    tracemalloc.stop()


# Numbers of steps


def test_the_counter_of_steps_does_not_run_over():
    game, players, source, optimisers = small_gan()
    trainer = Trainer(game, source, optimisers=optimisers)
    state = trainer.init(players, key=jax.random.key(0))
    late = eqx.tree_at(lambda state: state.step, state, jnp.asarray(2**31 - 3, jnp.int32))
    for call in (trainer.fit, trainer.train):
        with pytest.raises(ValueError, match=r"beyond step 2,147,483,647, got 8 from step 2,147"):
            call(late, 8)
        with pytest.raises(ValueError, match="must not lead beyond step"):
            call(state, 2**31)
    assert int(trainer.fit(late, 2, progress=False).state.step) == 2**31 - 1


# Callbacks and records


@pytest.mark.parametrize("error", [StopIteration, GeneratorExit, KeyboardInterrupt, SystemExit])
def test_what_a_callback_raises_comes_out_as_it_is(error, tmp_path):
    game, players, source, optimisers = small_gan()
    path = tmp_path / "run"

    def callback(piece):
        raise error

    settings = {"optimisers": optimisers, "steps": 8, "key": jax.random.key(0)}
    with pytest.raises(error):
        fit(game, players, source, **settings, callback=callback, checkpoint=path)
    like = Trainer(game, source, optimisers=optimisers).init(players, key=jax.random.key(0))
    assert int(load_state(path, like).step) > 0


@pytest.mark.parametrize("kept", ["a text", {"good": jnp.ones(()), "bad": None, "text": "x"}])
def test_a_record_that_is_no_array_is_named(kept):
    game, players, source, optimisers = small_gan()
    trainer = Trainer(game, source, optimisers=optimisers, record=Every(1, lambda *_: kept))
    state = trainer.init(players, key=jax.random.key(0))
    with pytest.raises(TypeError, match="record must return arrays, but the function of Every"):
        trainer.fit(state, 4, progress=False)
