"""The scan against NumPy by hand: orders of play, draws, who moves, averages."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import (
    NAMES,
    Quadratic,
    Walk,
    arrays,
    draw_of,
    noise,
    same_bits,
    sgd,
    silence,
    small_gan,
)
from support.linear_play import (
    IN_TURN,
    MATRIX,
    MIXED,
    OFFSET,
    ORDERS,
    RATE,
    SEPARATELY,
    START,
    STEPS,
    TOGETHER,
    by_hand,
    players,
    quadratic,
    rates,
    run_jitted,
    vector,
)

from gantheory import Every, Optimiser, Status, Trainer, games
from gantheory.games import Turn

every_order = pytest.mark.parametrize("turns", ORDERS.values(), ids=ORDERS)


# Orders of play


def test_moving_together_has_the_closed_form_of_linear_iteration(x64, key):
    """x_k = x* + (1 - rate·A)^k (x_0 - x*), with A x* = -b."""
    result = run_jitted(
        quadratic(TOGETHER), players(), silence, optimisers=rates(), steps=STEPS, key=key
    )
    rest = np.linalg.solve(MATRIX, -OFFSET)
    power = np.linalg.matrix_power(np.eye(3) - RATE * MATRIX, STEPS)
    np.testing.assert_allclose(vector(result), rest + power @ (START - rest), rtol=1e-13)


def test_moving_in_turn_has_the_closed_form_of_gauss_seidel(x64, key):
    """One round is a product of three single moves."""
    rounds = np.eye(3)
    for i in range(3):
        move = np.eye(3)
        move[i] -= RATE * MATRIX[i]
        rounds = move @ rounds
    rest = np.linalg.solve(MATRIX, -OFFSET)
    expected = rest + np.linalg.matrix_power(rounds, STEPS) @ (START - rest)
    for turns in (IN_TURN, SEPARATELY):
        result = run_jitted(
            quadratic(turns), players(), silence, optimisers=rates(), steps=STEPS, key=key
        )
        np.testing.assert_allclose(vector(result), expected, rtol=1e-13)


@every_order
def test_every_order_by_hand_with_random_draws(turns, x64, key):
    result = run_jitted(
        quadratic(turns), players(), noise, optimisers=rates(), steps=STEPS, key=key
    )
    np.testing.assert_allclose(vector(result), by_hand(turns, START, key), rtol=1e-12)
    assert result.state.step == STEPS
    assert result.status == Status.completed


def test_the_orders_differ():
    ends = [by_hand(turns, START) for turns in (TOGETHER, IN_TURN, MIXED)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.max(np.abs(ends[one] - ends[other])) > 1e-3


# Draws


def test_every_repeat_of_every_turn_of_every_step_has_its_own_draw(x64, key):
    """Two players walk along their draws, one three draws a step, the other one."""
    turns = (Turn(("a",), times=3), Turn(("b",)))
    start = {"a": jnp.zeros(()), "b": jnp.zeros(())}
    result = run_jitted(
        Walk(turns),
        start,
        noise,
        optimisers={"a": sgd(1.0), "b": sgd(1.0)},
        steps=4,
        key=key,
        record=Every(1, lambda state, batch, entries: state.players),
    )
    draws = {
        (step, turn, repeat): float(draw_of(noise, key, step, turn, repeat))
        for step in range(4)
        for turn, repeat in ((0, 0), (0, 1), (0, 2), (1, 0))
    }
    assert len(set(draws.values())) == 16
    for name, turn in (("a", 0), ("b", 1)):
        steps = [
            -sum(v for (s, t, _), v in draws.items() if (s, t) == (step, turn)) for step in range(4)
        ]
        np.testing.assert_allclose(result.history[name], np.cumsum(steps), rtol=1e-12)


def test_another_key_is_another_run(key):
    ends = [
        vector(
            run_jitted(quadratic(TOGETHER), players(), noise, optimisers=rates(), steps=3, key=k)
        )
        for k in (key, key, jax.random.key(1))
    ]
    np.testing.assert_array_equal(ends[0], ends[1])
    assert np.all(ends[0] != ends[2])


# Who moves


def test_a_frozen_player_is_unchanged_bit_for_bit(key):
    """Whatever it is made of: floats, integers, Python numbers, functions."""
    frozen = {
        "weight": jnp.asarray([0.1, 0.7]),
        "count": jnp.arange(3),
        "plain": 2.5,
        "f": jnp.tanh,
    }

    class Beside(games.Game):
        turns: tuple[Turn, ...] = eqx.field(static=True)

        def losses(self, players, batch):
            still = players["still"]
            pull = jnp.sum(still["f"](still["weight"])) * still["plain"]
            return {"moving": players["moving"] * pull + batch, "still": players["moving"] ** 2}

    turns = (Turn(("moving", "still"), simultaneous=True), Turn(("still",)))
    start = {"moving": jnp.ones(()), "still": frozen}
    trainer = Trainer(Beside(turns), noise, optimisers={"moving": sgd()})
    state = trainer.init(start, key=key)
    result = trainer.train(state, 5)
    assert same_bits(result.players["still"], frozen)
    assert result.players["still"]["plain"] == 2.5
    assert result.players["moving"] != 1
    assert set(result.state.optimiser_states) == {"moving"}


@pytest.mark.parametrize(
    ("mover", "rests"),
    [(games.GENERATOR, games.DISCRIMINATOR), (games.DISCRIMINATOR, games.GENERATOR)],
)
def test_a_move_of_one_player_leaves_the_other_as_it_was(mover, rests, key):
    """The one who rests has an optimiser but no turn."""
    game, start, source, optimisers = small_gan(turns=(Turn((mover,), times=2),))
    result = run_jitted(game, start, source, optimisers=optimisers, steps=3, key=key)
    assert same_bits(result.players[rests], start[rests])
    assert same_bits(
        result.state.optimiser_states[rests],
        optimisers[rests].initial_state(eqx.filter(start[rests], eqx.is_inexact_array)),
    )
    assert not same_bits(result.players[mover], start[mover])


def test_each_player_has_its_own_optimiser_and_state(x64, key):
    """Adam for one and momentum for another, both by hand, in an uncoupled game."""
    game = Quadratic(jnp.eye(3) * 2.0, jnp.zeros(3), TOGETHER)
    optimisers = {
        "a": Optimiser(optax.adam, learning_rate=0.05, b1=0.6, b2=0.9, eps=1e-8),
        "b": Optimiser(optax.sgd, learning_rate=0.02, momentum=0.7),
    }
    result = run_jitted(game, players(), silence, optimisers=optimisers, steps=STEPS, key=key)
    a, b, velocity, first, second = START[0], START[1], 0.0, 0.0, 0.0
    for count in range(1, STEPS + 1):
        first = 0.6 * first + 0.4 * 2 * a
        second = 0.9 * second + 0.1 * (2 * a) ** 2
        a -= 0.05 * (first / (1 - 0.6**count)) / (np.sqrt(second / (1 - 0.9**count)) + 1e-8)
        velocity = 0.7 * velocity + 2 * b
        b -= 0.02 * velocity
    np.testing.assert_allclose(vector(result), [a, b, START[2]], rtol=1e-10)
    assert len(arrays(result.state.optimiser_states["a"])) == 3
    assert len(arrays(result.state.optimiser_states["b"])) == 1


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_a_player_keeps_its_dtype(dtype, key):
    """Also with a rate that is a strongly typed array, as it is under vmap."""
    start = {"a": jnp.asarray([1.0, 2.0], dtype)}

    class Bowl(games.Game):
        turns: tuple[Turn, ...] = eqx.field(static=True)

        def losses(self, players, batch):
            return {"a": jnp.sum(players["a"] ** 2)}

    for number in (0.1, jnp.asarray(0.1, jnp.float32)):
        optimiser = Optimiser(optax.adam, learning_rate=number, b1=number)
        trainer = Trainer(
            Bowl((Turn(("a",)),)), silence, optimisers={"a": optimiser}, ema={"a": number}
        )
        state = trainer.init(start, key=key)
        result = trainer.train(state, 3)
        assert result.players["a"].dtype == result.ema["a"].dtype == dtype
        assert jnp.all(result.players["a"] < start["a"])


class Boxed(games.Game):
    """A quadratic game whose player a is projected into a box after its own moves."""

    game: games.Game
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def losses(self, players, batch):
        return self.game.losses(players, batch)

    def project(self, mover, players):
        if mover != "a":
            return players
        return {**players, "a": jnp.clip(players["a"], -0.3, 0.3)}


def test_the_projection_follows_the_movers_move(x64, key):
    """The last move of each repeat sees the projected player."""
    turns = (Turn(("b",)), Turn(("a", "c"), times=2))
    game = Boxed(quadratic(turns), turns)
    result = run_jitted(
        game,
        players(),
        silence,
        optimisers=rates(0.5),
        steps=STEPS,
        key=key,
        record=Every(1, lambda state, batch, entries: state.players),
    )
    x, seen = START.copy(), []
    for _ in range(STEPS):
        x[1] -= 0.5 * (MATRIX[1] @ x + OFFSET[1])
        for _ in range(2):
            x[0] = np.clip(x[0] - 0.5 * (MATRIX[0] @ x + OFFSET[0]), -0.3, 0.3)
            x[2] -= 0.5 * (MATRIX[2] @ x + OFFSET[2])
        seen.append(x.copy())
    recorded = np.stack([result.history[name] for name in NAMES], axis=1)
    np.testing.assert_allclose(recorded, seen, rtol=1e-12)
    assert np.any(np.abs(recorded[:, 0]) == 0.3), "the box was never reached"


# Averages


def test_the_average_weighs_each_iterate_by_its_age_and_the_start_not_at_all(x64, key):
    result = run_jitted(
        quadratic(IN_TURN),
        players(),
        noise,
        optimisers=rates(),
        steps=STEPS,
        key=key,
        ema={"a": 0.8, "c": 0.0},
        record=Every(1, lambda state, batch, entries: (state.players, state.ema)),
    )
    trajectory, averages = result.history
    for count, average in enumerate(averages["a"], start=1):
        weights = 0.8 ** np.arange(count)[::-1]
        mean = np.sum(weights * trajectory["a"][:count]) / np.sum(weights)
        assert average == pytest.approx(float(mean), rel=1e-12)
    np.testing.assert_allclose(averages["c"], trajectory["c"], rtol=1e-14)
    assert set(result.ema) == {"a", "c"}
    assert result.ema["a"] == averages["a"][-1]


def test_the_average_of_a_frozen_player_is_the_player(key):
    start = {**players(), "a": {"x": jnp.ones(2), "n": jnp.arange(2), "f": jnp.tanh}}

    class Others(games.Game):
        turns: tuple[Turn, ...] = eqx.field(static=True)

        def losses(self, players, batch):
            return {"b": players["b"] ** 2}

    trainer = Trainer(Others((Turn(("b",)),)), silence, optimisers={"b": sgd()}, ema={"a": 0.5})
    state = trainer.init(start, key=key)
    result = trainer.train(state, 2)
    assert same_bits(result.ema["a"], start["a"])


def test_the_average_of_a_half_precision_player_moves(key):
    """In bfloat16, 1 - 0.999 is 0: an average kept in the player's own type never left its
    start."""
    start = {"a": jnp.asarray(1.0, jnp.bfloat16)}
    optimisers, moves = {"a": sgd(0.5)}, Walk((Turn(("a",)),))
    trainer = Trainer(moves, lambda key: jnp.asarray(1.0, jnp.bfloat16), optimisers=optimisers)
    last = trainer.train(trainer.init(start, key=key), 64)
    trainer = Trainer(
        moves,
        lambda key: jnp.asarray(1.0, jnp.bfloat16),
        optimisers=optimisers,
        ema={"a": 0.999},
    )
    result = trainer.train(trainer.init(start, key=key), 64)
    assert result.state.ema["a"].dtype == jnp.float32
    assert result.ema["a"].dtype == jnp.bfloat16
    # the iterates are 0.5, 0, ..., -31, and the weights nearly equal: their mean
    assert float(result.state.ema["a"]) == pytest.approx(-15.25, abs=0.5)
    assert float(last.players["a"]) == -31.0
