"""Moves that are evaluated twice: by hand with every optimiser, and their spectrum."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import NAMES, draw_of, noise, sgd, silence
from support.linear_play import (
    MATRIX,
    OFFSET,
    RATE,
    START,
    STEPS,
    players,
    quadratic,
    rates,
    run_jitted,
    vector,
)

from gantheory import Optimiser, Trainer, dynamics, games
from gantheory.games import Turn

AHEAD = (Turn(NAMES, simultaneous=True, extrapolate=True),)
TWICE = (Turn(("c", "a"), times=2, simultaneous=True, extrapolate=True), Turn(("b",)))


def by_hand(turns, key, move=lambda x: x) -> np.ndarray:
    """Extragradient in NumPy; `move` is what projects a point."""
    x = START.copy()
    for step in range(STEPS):
        for turn_index, turn in enumerate(turns):
            for repeat in range(turn.times):
                batch = float(draw_of(noise, key, step, turn_index, repeat))
                rows = np.asarray([name in turn.players for name in NAMES], float)
                point = x
                for _ in range(2 if turn.extrapolate else 1):
                    point = move(x - RATE * rows * (MATRIX @ point + OFFSET + batch))
                x = point
    return x


@pytest.mark.parametrize("turns", [AHEAD, TWICE], ids=["all", "some, twice"])
def test_plain_descent_by_hand_with_random_draws(turns, x64, key):
    result = run_jitted(
        quadratic(turns), players(), noise, optimisers=rates(), steps=STEPS, key=key
    )
    np.testing.assert_allclose(vector(result), by_hand(turns, key), rtol=1e-12)


class Product(games.Game):
    """x times y: one wants it small, the other large."""

    turns: tuple[Turn, ...] = eqx.field(
        static=True, default=(Turn(("x", "y"), simultaneous=True, extrapolate=True),)
    )

    def losses(self, players, batch):
        product = players["x"] * players["y"]
        return {"x": (product, {"seen": players["y"] + batch}), "y": -product}


ONES = {"x": jnp.ones(()), "y": jnp.ones(())}


def test_adam_looks_ahead_by_its_own_move_and_goes_on_from_the_second_gradient(x64, key):
    """By hand: of the look ahead neither moments nor counts are kept."""
    start = {name: jnp.asarray(1.0) for name in ONES}
    adam = Optimiser(optax.adam, learning_rate=0.05, b1=0.6, b2=0.9)
    result = run_jitted(
        Product(), start, silence, optimisers={"x": adam, "y": adam}, steps=6, key=key
    )
    point, moments, seen = np.ones(2), (np.zeros(2), np.zeros(2)), []
    for count in range(1, 7):

        def moved(gradient, count=count, point=point, moments=moments):
            first, second = 0.6 * moments[0] + 0.4 * gradient, 0.9 * moments[1] + 0.1 * gradient**2
            scale = np.sqrt(second / (1 - 0.9**count)) + 1e-8
            return point - 0.05 * first / (1 - 0.6**count) / scale, (first, second)

        ahead, _ = moved(np.asarray([point[1], -point[0]]))
        point, moments = moved(np.asarray([ahead[1], -ahead[0]]))
        seen.append(ahead[1])
    np.testing.assert_allclose([result.players["x"], result.players["y"]], point, rtol=1e-10)
    np.testing.assert_allclose(result.history["seen"], seen, rtol=1e-10)
    assert int(optax.tree.get(result.state.optimiser_states["x"], "count")) == 6


def test_an_eigenvalue_is_mapped_by_the_square_of_the_look_ahead(x64):
    """z -> 1 - size z + (size z)^2, of the matrix by which the gradients are linear."""
    size, z = 0.3, np.linalg.eigvals(MATRIX)
    assert np.any(np.imag(z) != 0)
    step = dynamics.step_jacobian(quadratic(AHEAD), players(), jnp.zeros(()), step_size=size)
    np.testing.assert_allclose(
        np.sort_complex(np.linalg.eigvals(step)),
        np.sort_complex(1 - size * z + (size * z) ** 2),
        atol=1e-6,
    )


def test_the_product_game_converges_at_the_rate_of_its_eigenvalue(key):
    """Plain simultaneous play leaves: its factor is the root of 1 + 0.01; here 1 - 0.01 + 0.0001
    is the square of the modulus."""
    trainer = Trainer(Product(), silence, optimisers={"x": sgd(), "y": sgd()})
    result = eqx.filter_jit(trainer.train)(trainer.init(ONES, key=key), 400)
    radius = float(jnp.hypot(result.players["x"], result.players["y"]))
    assert radius == pytest.approx(2**0.5 * 0.9901**200, rel=1e-4)


class Boxed(games.Game):
    game: games.Game
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def losses(self, players, batch):
        return self.game.losses(players, batch)

    def project(self, mover, players):
        return {**players, mover: jnp.clip(players[mover], -0.4, 0.4)}


def test_the_point_ahead_is_projected_too(x64, key):
    result = run_jitted(
        Boxed(quadratic(AHEAD), AHEAD), players(), noise, optimisers=rates(), steps=STEPS, key=key
    )
    expected = by_hand(AHEAD, key, lambda x: np.clip(x, -0.4, 0.4))
    np.testing.assert_allclose(vector(result), expected, rtol=1e-12)
    assert np.any(np.abs(expected) == 0.4), "the box was never reached"
    free = by_hand(AHEAD, key)
    assert np.max(np.abs(free - expected)) > 0.1


def test_one_player_may_look_ahead_alone_and_a_frozen_one_stays(key):
    """Of two players the one without an optimiser does not move, and is not moved ahead."""
    trainer = Trainer(Product(), silence, optimisers={"x": sgd(0.5)})
    result = trainer.train(trainer.init(ONES, key=key), 1)
    assert result.players["y"] == 1
    assert result.players["x"] == 0.5
    square = Square((Turn(("x",), extrapolate=True),))
    trainer = Trainer(square, silence, optimisers={"x": sgd(0.25)})
    assert trainer.train(trainer.init({"x": jnp.ones(())}, key=key), 1).players["x"] == 0.75


class Square(games.Game):
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def losses(self, players, batch):
        return {"x": players["x"] ** 2}


class Cliff(games.Game):
    """A loss that is no number on the other side of 0.9."""

    turns: tuple[Turn, ...] = eqx.field(
        static=True, default=(Turn(("x", "y"), simultaneous=True, extrapolate=True),)
    )

    def losses(self, players, batch):
        x, y = players["x"], players["y"]
        return {"x": x**2, "y": jnp.where(x < 0.9, jnp.nan, y)}


def test_a_failure_at_the_point_ahead_is_found_there(key):
    trainer = Trainer(Cliff(), silence, optimisers={"x": sgd(), "y": sgd()})
    result = trainer.fit(trainer.init(ONES, key=key), 4, progress=False)
    assert str(result.failure) == "step 1: the loss of 'y' became non-finite first"
    far = Optimiser(optax.sgd, learning_rate=3e38)
    trainer = Trainer(Product(), silence, optimisers={"x": sgd(), "y": far})
    state = trainer.init({"x": jnp.asarray(2.0), "y": jnp.ones(())}, key=key)
    failure = trainer.first_failure(trainer.fit(state, 1, progress=False).state)
    assert str(failure) == "step 1: the parameters of 'y' became non-finite first"


def test_the_style_model_joins_a_turn_that_looks_ahead():
    turns = (Turn(("discriminator",), extrapolate=True), Turn(("generator",)))
    game = games.can(games.hinge(turns=turns), weight=1.0, style_player="style")
    assert game.turns[0] == Turn(("discriminator", "style"), simultaneous=True, extrapolate=True)


def test_several_players_one_after_another_have_no_common_point_ahead():
    with pytest.raises(ValueError, match="extrapolate of a turn with several players needs simul"):
        Turn(("x", "y"), extrapolate=True)
