"""How often is a game traced? Compilation is what a reader waits for, so it is counted."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import Counting, noise

from gantheory import Optimiser, Trainer


def traces_of(rate, *, player=None, steps: int = 40, key: int = 0, make=optax.sgd) -> int:
    """How often the losses were traced by one fit."""
    before = Counting.traces[0]
    trainer = Trainer(
        Counting(), noise, optimisers={"a": Optimiser(make, learning_rate=rate)}, ema={"a": 0.9}
    )
    state = trainer.init({"a": jnp.ones(3) if player is None else player}, key=jax.random.key(key))
    trainer.fit(state, steps, progress=False)
    return Counting.traces[0] - before


@pytest.fixture(autouse=True)
def _fresh():
    jax.clear_caches()
    traces_of(0.1)


def test_the_first_fit_traces_its_game_and_all_its_pieces_share_the_trace():
    """Twenty pieces cost what one piece costs."""
    jax.clear_caches()
    twenty = traces_of(0.1, steps=40)
    jax.clear_caches()
    one = traces_of(0.1, steps=1)
    assert twenty == one
    assert 1 <= one <= 3, "the check of the game, and the scan"


@pytest.mark.parametrize("steps", [1, 7, 60, 997, 2_500])
def test_a_run_of_another_length_costs_no_trace(steps):
    assert traces_of(0.1, steps=steps) == 0


@pytest.mark.parametrize(
    "rate", [0.1, 0.2, jnp.asarray(0.3), np.float32(0.4), jnp.float32(0.5)], ids=type
)
def test_another_learning_rate_costs_no_trace_whatever_its_type(rate):
    assert traces_of(rate) == 0


def test_another_key_and_other_parameters_cost_no_trace():
    assert traces_of(0.1, key=1) == 0
    assert traces_of(0.1, player=jnp.asarray([3.0, 2.0, 1.0])) == 0


def test_a_player_of_weak_type_costs_one_trace_and_not_two():
    """A scalar made from a Python number is weakly typed; after one step it no longer is."""
    jax.clear_caches()
    strong = traces_of(0.1, player=jnp.ones(()))
    assert traces_of(0.1, player=jnp.asarray(1.0)) == 0
    jax.clear_caches()
    assert traces_of(0.1, player=jnp.asarray(1.0)) == strong


def test_another_optimiser_is_another_trace():
    assert traces_of(0.1, make=optax.adam) > 0
    assert traces_of(0.2, make=optax.adam) == 0
