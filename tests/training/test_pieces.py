"""Training in pieces is the same run to the last bit, and a run that breaks keeps its last good
state."""

import operator
from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import (
    Fragile,
    Quadratic,
    arrays,
    assert_close,
    same_bits,
    sgd,
    silence,
    small_gan,
    train,
)

from gantheory import Every, Optimiser, Status, Trainer, games
from gantheory.games import Turn
from gantheory.training import loop, pieces

CRITIC_MOVES = (Turn((games.DISCRIMINATOR,), times=2), Turn((games.GENERATOR,)))
STEPS = 24

jitted_train = eqx.filter_jit(train)


def trainer_of(game, source, optimisers, stride=1):
    return Trainer(
        game, source, optimisers=optimisers, ema={games.GENERATOR: 0.9}, record=Every(stride)
    )


@pytest.fixture(scope="module")
def parts():
    game, players, source, optimisers = small_gan(turns=CRITIC_MOVES)
    trainer = trainer_of(game, source, optimisers)
    begin = trainer.init(players, key=jax.random.key(5))
    return game, source, optimisers, begin, eqx.filter_jit(trainer.train)(begin, STEPS)


@pytest.mark.parametrize("pieces", [[(1, 1), (23, 1)], [(12, 4), (12, 12)]])
def test_pieces_of_any_length_and_stride_give_the_same_bits(pieces, parts):
    game, source, optimisers, state, whole = parts
    for steps, stride in pieces:
        before = int(state.step)
        trainer = trainer_of(game, source, optimisers, stride)
        result = eqx.filter_jit(trainer.train)(state, steps)
        state = result.state
        records = slice(before + stride - 1, before + steps, stride)
        expected = jax.tree.map(operator.itemgetter(records), whole.history)
        if stride == 1:
            assert same_bits(result.history, expected)
        else:  # a recorded loss may be fused otherwise, and differ in its last digit
            assert_close(result.history, expected, 1e-6)
    assert same_bits(state, whole.state)


def test_drawing_many_steps_at_once_changes_no_bit(parts, monkeypatch):
    game, source, optimisers, state, whole = parts
    monkeypatch.setattr(loop, "STEPS_DRAWN_AT_ONCE", 5)
    trainer = trainer_of(game, source, optimisers, STEPS)
    fresh = eqx.filter_jit(lambda state: trainer.train(state, STEPS))
    assert same_bits(fresh(state).state, whole.state)


@pytest.mark.parametrize("steps", [1, 2, 7, 23])
def test_a_prime_number_of_steps_leaves_a_shorter_block_and_the_same_bits(
    steps, parts, monkeypatch
):
    game, source, optimisers, begin, whole = parts
    monkeypatch.setattr(loop, "STEPS_DRAWN_AT_ONCE", 4)
    trainer = trainer_of(game, source, optimisers)
    result = eqx.filter_jit(lambda state: trainer.train(state, steps))(begin)
    expected = jax.tree.map(lambda leaf: leaf[:steps], whole.history)
    assert same_bits(result.history, expected)


def test_a_start_takes_no_step_and_copies_the_players(parts):
    _, _, _, begin, _ = parts
    assert begin.step == 0
    assert not begin.failed
    assert same_bits(begin.ema[games.GENERATOR], begin.players[games.GENERATOR])


# Runs that break


def fragile(threshold: float, steps: int, stride: int = 1, climber: float = 0.0):
    return jitted_train(
        Fragile(jnp.asarray(threshold)),
        {"a": jnp.asarray(climber)},
        silence,
        optimisers={"a": sgd(1.0)},
        steps=steps,
        key=jax.random.key(0),
        record=Every(stride),
        ema={"a": 0.5},
    )


def test_a_run_that_breaks_keeps_its_last_good_state():
    """The player climbs 0, 1, 2, 3, 4; the loss at 4 is not a number, so step 5 is not taken."""
    broken, good = fragile(3.5, 10), fragile(3.5, 4)
    assert broken.status == Status.nonfinite
    assert broken.state.failed
    assert broken.state.step == 4
    assert broken.players["a"] == 4
    assert same_bits(eqx.tree_at(lambda s: s.failed, broken.state, good.state.failed), good.state)
    assert good.status == Status.completed
    assert not good.state.failed
    np.testing.assert_array_equal(np.isnan(broken.history["a"]), np.arange(10) >= 4)


def test_a_run_that_broke_stays_as_it_is():
    broken = fragile(3.5, 10)
    sound = Fragile(jnp.asarray(100.0))
    trainer = Trainer(sound, silence, optimisers={"a": sgd(1.0)}, ema={"a": 0.5})
    again = eqx.filter_jit(trainer.train)(broken.state, 5)
    assert again.status == Status.nonfinite
    assert same_bits(again.state, broken.state)


def test_a_run_that_breaks_in_its_first_step_keeps_its_start():
    broken = fragile(-1.0, 3)
    assert broken.state.step == 0
    assert broken.players["a"] == 0


def test_a_parameter_that_overflows_breaks_the_run():
    """Every loss seen is finite; it is the move that is not."""
    result = jitted_train(
        Quadratic(jnp.eye(3), jnp.zeros(3), (Turn(("a",)),)),
        {"a": jnp.asarray(10.0), "b": jnp.zeros(()), "c": jnp.zeros(())},
        silence,
        optimisers={"a": sgd(3e38)},
        steps=1,
        key=jax.random.key(0),
    )
    assert result.status == Status.nonfinite
    assert jnp.isfinite(result.history["a"][0])
    assert result.players["a"] == 10


def test_an_optimiser_state_that_overflows_breaks_the_run():
    """Adam's second moment is infinite after a gradient of 1e20: the player would never move
    again."""
    adam = Optimiser(optax.adam, learning_rate=0.1)
    result = jitted_train(
        Quadratic(jnp.eye(3), jnp.zeros(3), (Turn(("a",)),)),
        {"a": jnp.asarray(1e20), "b": jnp.zeros(()), "c": jnp.zeros(())},
        lambda key: jnp.zeros(()),
        optimisers={"a": adam},
        steps=3,
        key=jax.random.key(0),
        record=Every(1, lambda state, batch, entries: state.step),
    )
    assert result.status == Status.nonfinite
    assert result.state.step == 0


def test_under_vmap_one_run_breaks_and_the_others_go_on():
    def run(threshold):
        trainer = Trainer(Fragile(threshold), silence, optimisers={"a": sgd(1.0)})
        state = trainer.init({"a": jnp.zeros(())}, key=jax.random.key(0))
        return trainer.train(state, 6)

    many = eqx.filter_jit(eqx.filter_vmap(run))(jnp.asarray([2.5, 100.0]))
    np.testing.assert_array_equal(many.state.failed, [True, False])
    np.testing.assert_array_equal(many.state.step, [3, 6])
    np.testing.assert_array_equal(many.players["a"], [3, 6])
    np.testing.assert_array_equal(many.status == Status.nonfinite, [True, False])


def test_a_result_says_in_one_line_how_it_went():
    assert repr(fragile(3.5, 10)) == (
        "Result(4 steps; something became non-finite; the state is the last good one; players: a)"
    )
    assert len(arrays(fragile(9.0, 2).history)) == 1


def test_the_pace_follows_the_cost_of_a_step():
    """About half a second a piece, whatever a step costs; grown carefully, cut at once."""
    for cost in (1e-6, 1e-3, 0.04, 2.0):
        pace = pieces.Pace(room=4096)
        pace.measured(1, 5.0)  # the compilation
        assert pace.steps == 1
        lengths = []
        for _ in range(6):
            lengths.append(pace.steps)
            pace.measured(pace.steps, cost * pace.steps)
        assert pace.steps == max(1, min(4096, int(pieces.PIECE_SECONDS / cost)))
        assert all(later <= 16 * before for before, later in pairwise(lengths))
    pace.measured(pace.steps, 100.0)
    assert pace.steps == 1
