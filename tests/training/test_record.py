"""What is recorded: whose numbers, from which move, how often, and at what cost."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import NAMES, arrays, draw_of, noise, same_bits, sgd, silence, small_gan
from support.linear_play import (
    IN_TURN,
    MATRIX,
    OFFSET,
    RATE,
    SEPARATELY,
    START,
    STEPS,
    by_hand,
    players,
    quadratic,
    rates,
    run_jitted,
)

from gantheory import Every, Trainer, games
from gantheory.games import Turn


def test_a_player_records_what_it_saw_at_its_own_last_move(key):
    """A further scalar of a critic that moves first is that of its own batch, not of a later
    turn."""

    class Critic(games.Game):
        turns: tuple[Turn, ...] = eqx.field(
            static=True, default=(Turn(("a",), times=2), Turn(("b",)))
        )

        def losses(self, players, batch):
            penalty = (players["a"] - batch) ** 2
            return {"a": (2.0 * penalty, {"penalty": penalty}), "b": players["b"] ** 2}

    trainer = Trainer(Critic(), noise, optimisers={"a": sgd(), "b": sgd()})
    start = {"a": jnp.zeros(()), "b": jnp.ones(())}
    result = trainer.train(trainer.init(start, key=key), 5)
    np.testing.assert_array_equal(result.history["a"], 2 * result.history["penalty"])


def test_what_is_not_the_movers_is_not_computed(key):
    """The generator's move does not pay for a penalty that only the critic's loss holds."""

    def flops(with_penalty):
        matrix = jnp.ones((64, 64))

        class Critic(games.Game):
            turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("b",)),))

            def losses(self, players, batch):
                costly = jnp.sum((matrix @ (matrix * players["a"])) ** 2)
                further = {"penalty": costly} if with_penalty else {}
                return {"a": (costly, further), "b": players["b"] ** 2}

        trainer = Trainer(Critic(), silence, optimisers={"b": sgd()})
        state = trainer.init({"a": jnp.ones(()), "b": jnp.ones(())}, key=key)
        lowered = eqx.filter_jit(trainer.train).lower(state, 4)
        return lowered.compile().compiled.cost_analysis()["flops"]

    assert flops(with_penalty=True) == flops(with_penalty=False) < 10_000


def test_records_of_several_cadences_come_from_one_run(key):
    game, start, source, optimisers = small_gan()

    def one(state, batch, entries):
        return state.players[games.GENERATOR]

    record = {"losses": Every(1), "generators": Every(3, one), "rare": Every(12, one)}
    trainer = Trainer(game, source, optimisers=optimisers, record=record)
    result = eqx.filter_jit(trainer.train)(trainer.init(start, key=key), 24)
    alone = {
        name: run_jitted(
            game, start, source, optimisers=optimisers, steps=24, key=key, record=every
        )
        for name, every in record.items()
    }
    for name, result_alone in alone.items():
        np.testing.assert_array_equal(result.steps[name], result_alone.steps)
        for got, expected in zip(
            arrays(result.history[name]), arrays(result_alone.history), strict=True
        ):
            np.testing.assert_allclose(got, expected, rtol=1e-6)
    generators, rare = result.history["generators"], result.history["rare"]
    assert same_bits(
        jax.tree.map(lambda leaf: leaf[3::4] if eqx.is_array(leaf) else leaf, generators), rare
    )


@pytest.mark.parametrize("stride", [1, 3, 12])
def test_a_record_sees_the_state_the_last_draw_and_the_entries(stride, x64, key):
    """Every so many steps: the state after the step, its last batch, the losses before the move."""
    turns = (Turn(("b",)), Turn(("a",), times=2))
    result = run_jitted(
        quadratic(turns),
        players(),
        noise,
        optimisers={"a": sgd(), "b": sgd()},
        steps=STEPS,
        key=key,
        record=Every(
            stride, lambda state, batch, entries: (state.step, state.players, batch, entries)
        ),
    )
    steps, seen, draws, entries = result.history
    np.testing.assert_array_equal(steps, np.arange(stride, STEPS + 1, stride))
    assert same_bits(jax.tree.map(lambda leaf: leaf[-1], seen), result.players)
    last = [draw_of(noise, key, int(step) - 1, 1, 1) for step in steps]
    np.testing.assert_allclose(draws, last)
    for index, step in enumerate(steps):
        x = by_hand(turns, START, key, steps=int(step) - 1)
        x[1] -= RATE * (MATRIX[1] @ x + OFFSET[1] + float(draw_of(noise, key, int(step) - 1)))
        first = float(draw_of(noise, key, int(step) - 1, 1, 0))
        x[0] -= RATE * (MATRIX[0] @ x + OFFSET[0] + first)
        own = MATRIX[0, 0] * x[0] ** 2 / 2 + MATRIX[0, 1:] @ x[1:] * x[0]
        own += (OFFSET[0] + float(last[index])) * x[0]
        assert float(entries["a"][index]) == pytest.approx(own, rel=1e-11)


@pytest.mark.parametrize("turns", [IN_TURN, SEPARATELY], ids=["one turn", "a turn each"])
def test_by_default_the_entries_are_kept_each_movers_as_it_saw_it(turns, x64, key):
    """The first mover's loss is taken before anybody has moved, the second's after the first."""
    result = run_jitted(quadratic(turns), players(), silence, optimisers=rates(), steps=1, key=key)
    assert set(result.history) == set(NAMES)
    x = START.copy()
    for i, name in enumerate(NAMES):
        others = MATRIX[i] @ x - MATRIX[i, i] * x[i]
        own = MATRIX[i, i] * x[i] ** 2 / 2 + others * x[i] + OFFSET[i] * x[i]
        assert float(result.history[name][0]) == pytest.approx(own, rel=1e-12)
        x[i] -= RATE * (MATRIX[i] @ x + OFFSET[i])
