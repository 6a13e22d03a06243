"""Watching a run: its table, its callback, and who broke it when."""

import csv
from contextlib import nullcontext

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import NAMES, Quadratic, fit, noise, same_bits, sgd, silence

from gantheory import Every, Failure, Status, Trainer, games
from gantheory.games import Turn
from gantheory.training import fit as training_fit
from gantheory.training import pieces

TURNS = (Turn(("a",)), Turn(("b", "c"), simultaneous=True))
GAME = Quadratic(jnp.eye(3), jnp.zeros(3), TURNS)


def run(steps: int = 12, **more):
    settings = {"progress": False, "optimisers": {name: sgd() for name in NAMES}, **more}
    players = {name: jnp.ones(()) for name in NAMES}
    return fit(GAME, players, noise, steps=steps, key=jax.random.key(1), **settings)


# The table


@pytest.mark.parametrize("stride", [1, 4])
def test_the_table_has_one_row_per_record_with_its_step(stride):
    result = run(record=Every(stride))
    table = result.table()
    assert list(table) == ["step", *NAMES]
    np.testing.assert_array_equal(table["step"], np.arange(stride, 13, stride))
    for name in NAMES:
        np.testing.assert_array_equal(table[name], result.history[name])


def test_fit_train_and_a_continued_run_count_the_steps_alike(tmp_path):
    players = {name: jnp.ones(()) for name in NAMES}
    optimisers = {name: sgd() for name in NAMES}
    trainer = Trainer(GAME, noise, optimisers=optimisers, record=Every(2))
    state = trainer.init(players, key=jax.random.key(1))
    trained = trainer.train(state, 12)
    np.testing.assert_array_equal(trained.steps, np.arange(2, 13, 2))
    run(6, record=Every(2), checkpoint=tmp_path / "run")
    continued = run(12, record=Every(2), checkpoint=tmp_path / "run")
    np.testing.assert_array_equal(continued.steps, trained.steps)
    rest = Trainer(GAME, noise, optimisers=optimisers, record=Every(1)).fit(
        trained.state, 3, progress=False
    )
    np.testing.assert_array_equal(rest.table()["step"], [13, 14, 15])


def test_runs_are_a_column_and_what_is_no_number_is_left_out():
    def record(state, batch, entries):
        return {"losses": entries, "all": jnp.stack(list(state.players.values()))}

    def one(key):
        players = {name: jnp.ones(()) for name in NAMES}
        optimisers = {name: sgd() for name in NAMES}
        trainer = Trainer(GAME, noise, optimisers=optimisers, record=Every(1, record))
        state = trainer.init(players, key=key)
        return trainer.train(state, 3)

    many = eqx.filter_jit(eqx.filter_vmap(one))(jax.random.split(jax.random.key(0), 2))
    table = many.table()
    assert list(table) == ["run", "step", "losses.a", "losses.b", "losses.c"]
    np.testing.assert_array_equal(table["run"], [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(table["step"], [1, 2, 3, 1, 2, 3])
    np.testing.assert_array_equal(table["losses.b"][3:], many.history["losses"]["b"][1])


def test_a_written_table_reads_back_to_the_last_bit(tmp_path):
    result = run()
    result.write_csv(tmp_path / "history.csv")
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name, column in result.table().items():
        np.testing.assert_array_equal(np.asarray([row[name] for row in rows], column.dtype), column)


# The callback


def test_the_callback_sees_every_piece_once(monkeypatch):
    monkeypatch.setattr(pieces, "LONGEST_PIECE", 2)
    seen = []
    result = run(40, callback=seen.append)
    steps = [int(piece.state.step) for piece in seen]
    assert len(steps) >= 20
    assert steps == sorted(set(steps))
    joined = np.concatenate([piece.history["a"] for piece in seen])
    np.testing.assert_array_equal(joined, result.history["a"])
    assert same_bits(seen[-1].state, result.state)


def test_a_callback_of_a_cadence_misses_no_record_at_ctrl_c(tmp_path, monkeypatch):
    """It is called once more, so that what a resumed run shows it begins where this one ended."""
    monkeypatch.setattr(pieces, "LONGEST_PIECE", 3)
    seen, path = [], tmp_path / "run"
    with monkeypatch.context() as pressed:
        pressed.setattr(training_fit, "interruptions", lambda: nullcontext(lambda: True))
        cut = run(40, callback=Every(16, seen.append), checkpoint=path)
    assert cut.status == Status.interrupted
    assert len(cut.history["a"]) % 16
    result = run(40, callback=Every(16, seen.append), checkpoint=path)
    joined = np.concatenate([piece.history["a"] for piece in seen])
    np.testing.assert_array_equal(joined, result.history["a"])


def test_what_was_trained_before_a_callback_raised_is_written(tmp_path):
    """However the run ends, its end is written, also long before the next writing is due."""

    def stop(piece):
        raise ZeroDivisionError

    path = tmp_path / "run"
    with pytest.raises(ZeroDivisionError):
        run(40, callback=Every(8, stop), checkpoint=path)
    seen = []
    result = run(40, callback=Every(8, seen.append), checkpoint=path)
    assert [int(piece.state.step) for piece in seen] == [16, 24, 32, 40]
    assert same_bits(result.state, run(40).state)
    assert same_bits(result.history, run(40).history)


# Who broke it


class Breaks(games.Game):
    """Players climb by one a step; one of them breaks at a height, in one of four ways."""

    who: str = eqx.field(static=True)
    how: str = eqx.field(static=True)
    turns: tuple[Turn, ...] = eqx.field(static=True, default=TURNS)

    def losses(self, players, batch):
        values = {name: -players[name] + 0 * batch for name in NAMES}
        late = players[self.who] > 6.5
        if self.how == "loss":
            values[self.who] = jnp.where(late, jnp.nan, values[self.who])
        if self.how == "gradient":  # the root's value at zero is fine, its slope is not
            height = jnp.where(late, 0.0, 1.0) * (players[self.who] - 7)
            values[self.who] = values[self.who] + jnp.sqrt(jnp.abs(height))
            values[self.who] = jnp.where(late, values[self.who], -players[self.who])
        if self.how == "parameters":  # a finite slope that the rate carries over the edge
            steep = (8 - players[self.who]) * 3e38
            values[self.who] = jnp.where(late, steep, values[self.who])
        if self.how == "seen":
            values[self.who] = (values[self.who], {"seen": jnp.where(late, jnp.inf, 0.0)})
        return values


def broken(who: str, how: str, steps: int = 40, **more):
    return fit(
        Breaks(who, how),
        {name: jnp.zeros(()) for name in NAMES},
        silence,
        optimisers={name: sgd(2.0 if how == "parameters" else 1.0) for name in NAMES},
        steps=steps,
        key=jax.random.key(0),
        progress=False,
        **more,
    )


@pytest.mark.parametrize("who", NAMES)
def test_the_first_bad_step_and_its_player_are_named(who):
    """After seven steps everybody stands at 7; the loss of one of them is no number there."""
    result = broken(who, "loss")
    assert result.status == Status.nonfinite
    assert result.failure == Failure(8, who, "loss")
    assert all(result.players[name] == 7 for name in NAMES), "the last good state"
    assert f"step 8: the loss of '{who}' became non-finite first" in repr(result)


@pytest.mark.parametrize("how", ["gradient", "parameters"])
def test_what_broke_is_named(how):
    step = 5 if how == "parameters" else 8  # the rate of two climbs to 8 in four steps
    assert broken("b", how).failure == Failure(step, "b", how)


def test_an_entry_that_nobody_minimises_is_named():
    result = broken("a", "seen")
    assert result.failure == Failure(8, "a", "seen")
    assert str(result.failure).endswith("the entry 'seen' became non-finite first")


def test_a_good_run_has_no_failure():
    assert run().failure is None
    assert broken("a", "loss", steps=7).failure is None


def test_a_broken_run_on_disk_is_still_broken_and_explained(tmp_path):
    first = broken("c", "loss", checkpoint=tmp_path / "run")
    again = broken("c", "loss", checkpoint=tmp_path / "run")
    assert again.failure == first.failure == Failure(8, "c", "loss")
    assert again.status == Status.nonfinite
    assert same_bits(again.state, first.state)


def test_going_on_from_a_broken_run_is_refused():
    result = broken("a", "loss")
    with pytest.raises(ValueError, match="last good one of a run that became non-finite"):
        Trainer(Breaks("a", "loss"), silence, optimisers={"a": sgd()}).fit(result.state, 1)
