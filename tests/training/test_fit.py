"""The host loop: progress, interruption, early stop, and the same numbers as the scan."""

import os
import signal
import sys
import threading

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import (
    Fragile,
    Quadratic,
    assert_close,
    fit,
    noise,
    same_bits,
    sgd,
    silence,
    train,
)

from gantheory import Every, Status, Trainer
from gantheory.games import Turn
from gantheory.training import pieces
from gantheory.training.interruption import interruptions

TURNS = (Turn(("a",), times=2), Turn(("b", "c"), simultaneous=True))
GAME = Quadratic(jnp.eye(3) + 0.2, jnp.arange(3.0), TURNS)
OPTIMISERS = {name: sgd(0.05) for name in "abc"}
STEPS = 40


def arguments(**changes):
    players = {name: jnp.ones(()) for name in "abc"}
    return {
        "game": GAME,
        "players": players,
        "source": noise,
        "optimisers": OPTIMISERS,
        "steps": STEPS,
        "key": jax.random.key(2),
        "ema": {"b": 0.9},
        **changes,
    }


def trainer():
    return Trainer(GAME, noise, optimisers=OPTIMISERS, ema={"b": 0.9})


@pytest.fixture(scope="module")
def whole():
    return eqx.filter_jit(train)(**arguments())


@pytest.mark.parametrize("longest", [1, 7, 4096])
def test_fitting_gives_the_numbers_of_training_however_the_run_is_cut(longest, whole, monkeypatch):
    monkeypatch.setattr(pieces, "LONGEST_PIECE", longest)
    result = fit(**arguments(), progress=False)
    assert same_bits(result.state, whole.state)
    assert same_bits(result.history, whole.history)
    assert result.status == Status.completed


@pytest.mark.parametrize("stride", [4, 8])
def test_a_stride_is_kept_across_pieces(stride, whole):
    """The states agree to the last bit. A recorded loss is fused otherwise, and may not."""
    result = fit(**arguments(record=Every(stride)), progress=False)
    expected = jax.tree.map(lambda leaf: leaf[stride - 1 :: stride], whole.history)
    assert same_bits(result.state, whole.state)
    assert_close(result.history, expected, 1e-6)


def test_going_on_from_a_result_is_the_run_that_never_stopped(whole):
    first = fit(**arguments(steps=12), progress=False)
    rest = trainer().fit(first.state, STEPS - 12, progress=False)
    assert same_bits(rest.state, whole.state)
    joined = jax.tree.map(lambda *parts: jnp.concatenate(parts), first.history, rest.history)
    assert same_bits(joined, whole.history)


def test_records_of_several_cadences_are_those_of_training(monkeypatch):
    """Pieces end where they end; a cadence counts on over them."""
    monkeypatch.setattr(pieces, "LONGEST_PIECE", 7)
    record = {"losses": Every(1), "players": Every(4, lambda state, batch, entries: state.players)}
    run = arguments(record=record)
    result, expected = fit(**run), eqx.filter_jit(train)(**run)
    assert same_bits(result.history, expected.history)
    assert same_bits(result.steps, expected.steps)
    np.testing.assert_array_equal(result.steps["players"], np.arange(4, STEPS + 1, 4))


# Callbacks


def test_a_callback_is_called_at_its_own_cadence_and_sees_every_record_once(whole):
    seen = []
    fit(**arguments(), callback=Every(8, seen.append))
    assert [int(result.state.step) for result in seen] == [8, 16, 24, 32, 40]
    joined = jax.tree.map(
        lambda *parts: jnp.concatenate(parts), *(result.history for result in seen)
    )
    assert same_bits(jax.tree.map(jnp.asarray, joined), whole.history)
    np.testing.assert_array_equal(
        np.concatenate([result.steps for result in seen]), np.arange(1, STEPS + 1)
    )


def test_a_callback_can_stop_the_run_which_then_goes_on_to_the_same_bits(whole):
    stop = Every(8, lambda result: int(result.state.step) == 16)
    part = fit(**arguments(), callback=stop)
    assert part.status == Status.stopped
    assert part.state.step == 16
    assert "stopped by the callback" in repr(part)
    rest = trainer().fit(part.state, STEPS - 16, progress=False)
    assert same_bits(rest.state, whole.state)


def test_a_callback_that_answers_nonsense_is_told_so():
    with pytest.raises(TypeError, match=r"callback must return True to stop.*got 'yes'"):
        fit(**arguments(), callback=lambda result: "yes")


# Early stop


def fragile(**changes):
    return fit(
        Fragile(jnp.asarray(5.5)),
        {"a": jnp.zeros(())},
        silence,
        optimisers={"a": sgd(1.0)},
        key=jax.random.key(0),
        progress=False,
        **changes,
    )


def test_a_run_that_breaks_ends_early_with_its_last_good_state(monkeypatch):
    monkeypatch.setattr(pieces, "LONGEST_PIECE", 10)
    seen = []
    result = fragile(steps=200, callback=lambda piece: seen.extend(piece.steps.tolist()))
    assert result.status == Status.nonfinite
    assert result.state.failed
    assert result.state.step == 6
    assert result.players["a"] == 6
    assert result.steps.tolist() == seen == [1, 2, 3, 4, 5, 6, 7], "the last is the bad step"
    np.testing.assert_array_equal(jnp.isfinite(result.history["a"]), np.arange(7) < 6)


@pytest.mark.parametrize("cadence", [2, 3])
def test_the_records_of_a_run_that_breaks_end_with_it_at_every_cadence(cadence, tmp_path):
    result = fragile(steps=12, record=Every(cadence), checkpoint=tmp_path / "run")
    assert result.steps.tolist() == list(range(cadence, 8, cadence))
    again = fragile(steps=12, record=Every(cadence), checkpoint=tmp_path / "run")
    assert again.steps.tolist() == result.steps.tolist()
    assert "non-finite" in repr(result)


# Ctrl-C


def press_ctrl_c_at(step: int, times: int = 1):
    """A record that presses Ctrl-C once the run has come to a step."""

    def press(now):
        if now == step:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

    def record(state, batch, entries):
        jax.debug.callback(press, state.step, ordered=True)
        return entries

    return record


def test_ctrl_c_returns_the_partial_result_which_completes_to_the_same_bits(whole, monkeypatch):
    monkeypatch.setattr(pieces, "LONGEST_PIECE", 2)
    before = signal.getsignal(signal.SIGINT)
    part = fit(**arguments(record=Every(1, press_ctrl_c_at(7))), progress=False)
    assert part.status == Status.interrupted
    done = int(part.state.step)
    assert 7 <= done < STEPS
    assert part.history["a"].size == done
    assert "stopped by the user" in repr(part)
    assert signal.getsignal(signal.SIGINT) is before
    rest = trainer().fit(part.state, STEPS - done, progress=False)
    assert rest.status == Status.completed
    assert same_bits(rest.state, whole.state)
    joined = jax.tree.map(lambda *parts: jnp.concatenate(parts), part.history, rest.history)
    # a record that calls the host is another program, whose losses may round otherwise
    assert_close(joined, whole.history, 1e-6)


def test_ctrl_c_in_the_last_piece_comes_too_late():
    result = fit(**arguments(record=Every(1, press_ctrl_c_at(STEPS))), progress=False)
    assert result.status == Status.completed
    assert result.state.step == STEPS


def test_a_second_ctrl_c_stops_at_once():
    before = signal.getsignal(signal.SIGINT)
    with interruptions() as interrupted:
        assert not interrupted()
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_ctrl_c_inside_reaches_the_loop_around():
    with interruptions() as outer:
        with interruptions() as inner:
            os.kill(os.getpid(), signal.SIGINT)
            assert inner()
            assert not outer()
        assert outer()


def test_the_handler_is_put_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), interruptions():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is before


def test_fitting_works_beside_the_main_thread(whole):
    """Signals belong to the main thread; elsewhere there is nothing to catch."""
    results = []
    thread = threading.Thread(target=lambda: results.append(fit(**arguments(), progress=False)))
    thread.start()
    thread.join()
    assert same_bits(results[0].state, whole.state)


# Progress


def test_a_bar_appears_on_standard_error(capsys):
    fit(**arguments(), progress=True)
    captured = capsys.readouterr()
    assert "100%" in captured.err
    assert f"{STEPS}/{STEPS}" in captured.err
    assert captured.out == ""


def test_without_tqdm_plain_lines_appear(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    result = fit(**arguments(), progress=True)
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert lines[-1].startswith(f"step {STEPS} of {STEPS}, 0 s left")
    assert f"a {float(result.history['a'][-1]):.3f}" in lines[-1]
    assert captured.out == ""


def test_plain_lines_show_the_time_left(capsys, monkeypatch):
    from gantheory.training import progress

    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    clock = iter([0.0, 1.0, 8.0, 9.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.progress_bar(0, 1000) as report:
        report(100, "too soon")
        report(400, "half way")
        report(1000, "done")
    assert capsys.readouterr().err.splitlines() == [
        "step 400 of 1,000, 14 s left  half way",
        "step 1,000 of 1,000, 0 s left  done",
    ]


def test_silence_when_asked_for(capsys):
    fit(**arguments(), progress=False)
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


@pytest.mark.parametrize("kept", ["array", "nothing"])
def test_any_record_can_be_watched(kept, capsys):
    def record(state, batch, entries):
        return state.players["a"] if kept == "array" else {"pair": jnp.stack([batch, batch])}

    result = fit(**arguments(record=Every(1, record)), progress=True)
    leaf = jax.tree.leaves(result.history)[0]
    assert leaf.shape[0] == STEPS
    assert np.all(np.isfinite(leaf))
    assert "100%" in capsys.readouterr().err
