"""Training under jit, vmap and grad."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import NAMES, arrays, noise, silence, small_gan, train
from support.linear_play import (
    MIXED,
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

from gantheory import Trainer, games


def test_jit_changes_nothing_but_rounding(key):
    arguments = {"optimisers": rates(), "steps": STEPS, "key": key}
    plain = train(quadratic(MIXED), players(), noise, **arguments)
    jitted = run_jitted(quadratic(MIXED), players(), noise, **arguments)
    np.testing.assert_allclose(vector(jitted), vector(plain), rtol=1e-6)


def test_vmap_over_keys_gives_the_solo_runs(key):
    game, start, source, optimisers = small_gan()
    keys = jax.random.split(key, 2)

    def run(key):
        trainer = Trainer(game, source, optimisers=optimisers, ema={games.GENERATOR: 0.9})
        state = trainer.init(start, key=key)
        return trainer.train(state, 10)

    many = eqx.filter_jit(eqx.filter_vmap(run))(keys)
    solo = eqx.filter_jit(run)
    for index, one_key in enumerate(keys):
        one = solo(one_key)
        for a, b in zip(arrays(many), arrays(one), strict=True):
            np.testing.assert_allclose(a[index], b, rtol=2e-4, atol=2e-5)
    assert "2 runs" in repr(many)


def test_vmap_over_learning_rates_gives_the_solo_runs(key):
    game, start = quadratic(MIXED), players()

    def run(rate):
        trainer = Trainer(game, noise, optimisers=rates(rate))
        state = trainer.init(start, key=key)
        return trainer.train(state, STEPS)

    grid = jnp.asarray([0.01, 0.1, 0.2])
    many = eqx.filter_jit(eqx.filter_vmap(run))(grid)
    solo = eqx.filter_jit(run)
    for index, rate in enumerate(grid):
        one = solo(rate)
        for name in NAMES:
            np.testing.assert_allclose(many.players[name][index], one.players[name], rtol=1e-5)


def test_vmap_over_penalty_weights_gives_the_solo_runs(key):
    _, start, source, optimisers = small_gan()

    def run(weight):
        game = games.build("relativistic_r1_r2", r1_weight=weight, r2_weight=weight)
        trainer = Trainer(game, source, optimisers=optimisers)
        state = trainer.init(start, key=key)
        return trainer.train(state, 10)

    grid = jnp.asarray([0.0, 5.0])
    many = eqx.filter_jit(eqx.filter_vmap(run))(grid)
    solo = eqx.filter_jit(run)
    for index, weight in enumerate(grid):
        for a, b in zip(arrays(many), arrays(solo(weight)), strict=True):
            np.testing.assert_allclose(a[index], b, rtol=2e-4, atol=2e-5)
    assert many.history["r1"][0, -1] > many.history["r1"][1, -1]


def test_training_is_differentiable_in_a_hyperparameter(x64, key):
    """The derivative of the end in the rate, against a difference quotient."""

    game, start = quadratic(TOGETHER), players()

    def end(rate):
        trainer = Trainer(game, silence, optimisers=rates(rate))
        state = trainer.init(start, key=key)
        result = trainer.train(state, 5)
        return result.players["a"]

    derivative = jax.jit(jax.grad(end))(0.1)
    plus, minus = (by_hand(TOGETHER, START, steps=5, rate=0.1 + h)[0] for h in (1e-5, -1e-5))
    assert float(derivative) == pytest.approx((plus - minus) / 2e-5, rel=1e-7)
