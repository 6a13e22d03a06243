"""The field, its Jacobian and one step of gradient play, against play by hand and against
`train`."""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, eigs
from support.helpers import NAMES, Quadratic, sgd, silence, small_gan
from support.linear_play import (
    MATRIX,
    OFFSET,
    ORDERS,
    START,
    TOGETHER,
    by_hand,
    players,
    quadratic,
    vector,
)

from gantheory import Trainer, dynamics, games
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR, Turn

pytestmark = pytest.mark.usefixtures("x64")

vector_field = eqx.filter_jit(dynamics.vector_field)
jacobian = eqx.filter_jit(dynamics.jacobian)
step_jacobian = eqx.filter_jit(dynamics.step_jacobian)
gradient_play = eqx.filter_jit(dynamics.gradient_play)


def drawn():
    return jnp.zeros(())


def in_order(game, entries) -> np.ndarray:
    """Values of the players a, b, c in the order of the position."""
    order = list(dict.fromkeys(name for turn in game.turns for name in turn.players))
    return np.asarray([entries[NAMES.index(name)] for name in order])


def reordered(game, matrix) -> np.ndarray:
    order = [NAMES.index(name) for turn in game.turns for name in turn.players]
    return matrix[np.ix_(order, order)]


@pytest.mark.parametrize("order", ORDERS)
def test_the_field_of_a_quadratic_game_is_minus_its_rows(order):
    game = quadratic(ORDERS[order])
    field = vector_field(game, players(), drawn())
    np.testing.assert_allclose(field, -in_order(game, MATRIX @ START + OFFSET), rtol=1e-14)


@pytest.mark.parametrize("order", ORDERS)
def test_the_jacobian_of_a_quadratic_game_is_minus_its_matrix(order):
    game = quadratic(ORDERS[order])
    found = jacobian(game, players(), drawn())
    np.testing.assert_allclose(found, -reordered(game, MATRIX), rtol=1e-14)


@pytest.mark.parametrize("order", ORDERS)
def test_gradient_play_is_play_by_hand(order):
    turns = ORDERS[order]
    result = gradient_play(quadratic(turns), players(), drawn(), step_size=0.1, steps=12)
    np.testing.assert_allclose(vector(result), by_hand(turns, START), rtol=1e-13)
    np.testing.assert_allclose(
        result.history[-1], in_order(quadratic(turns), by_hand(turns, START)), rtol=1e-13
    )


@given(seed=st.integers(0, 2**32 - 1), rate=st.floats(0.01, 1.0), together=st.booleans())
@settings(max_examples=15, deadline=None)
def test_the_step_jacobian_is_the_product_of_the_moves(seed, rate, together):
    """One shear per player in turn, or the identity plus h times the Jacobian together."""
    rng = np.random.default_rng(seed)
    matrix, offset, x = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)
    rates = rate * np.asarray([1.0, 0.5, 2.0])
    game = Quadratic(
        jnp.asarray(matrix), jnp.asarray(offset), (Turn(NAMES, simultaneous=together),)
    )
    found = step_jacobian(
        game, players(x), drawn(), step_size=dict(zip(NAMES, jnp.asarray(rates), strict=True))
    )
    move = np.diag(rates) @ matrix
    expected = np.eye(3)
    if together:
        expected = expected - move
    else:
        for i in range(3):
            row = np.zeros((3, 3))
            row[i] = move[i]
            expected = (np.eye(3) - row) @ expected
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("times", [2, 5])
def test_a_repeated_turn_is_a_power(times):
    first, second = (
        step_jacobian(quadratic(turns), players(), drawn(), step_size=0.1)
        for turns in ((Turn(NAMES),), (Turn(NAMES, times=times),))
    )
    np.testing.assert_allclose(second, np.linalg.matrix_power(first, times), rtol=1e-12)


def test_a_projection_is_part_of_the_step_and_not_of_the_field():
    game = games.wgan(clip_bound=0.1, turns=games.ALTERNATING)
    critic = jnp.asarray(0.1)
    field = vector_field(game, *dirac(-2.0, critic))
    assert abs(field[0]) == pytest.approx(2.0)
    step = step_jacobian(game, *dirac(-2.0, critic), step_size=0.5)
    np.testing.assert_array_equal(step[0], [0.0, 0.0])
    after = gradient_play(game, *dirac(-2.0, critic), step_size=0.5, steps=1)
    assert after.history[0, 0] == pytest.approx(0.1)


class Shift(eqx.Module):
    value: jax.Array

    def __call__(self, z):
        return self.value + z


class Slope(eqx.Module):
    value: jax.Array

    def __call__(self, x):
        return self.value * x


def dirac(theta, psi):
    """The players and the batch of the Dirac-GAN."""
    zero = jnp.zeros(1)
    drawn = Batch(real=zero, latent=zero, key=jax.random.key(0))
    return {GENERATOR: Shift(jnp.asarray(theta)), DISCRIMINATOR: Slope(jnp.asarray(psi))}, drawn


def gan(objective="nonsaturating", **extra):
    """A small GAN in double precision, and one batch for it."""
    game, people, source, _ = small_gan(objective, batch_size=16, **extra)
    return game, people, source(jax.random.key(3))


@pytest.mark.parametrize("objective", ["minimax", "wgan_gp"])
def test_a_step_together_goes_along_the_field(objective):
    """The field is what one step of `train` with plain gradient descent does, divided by its
    size."""
    game, people, batch = gan(
        objective, turns=(Turn((DISCRIMINATOR, GENERATOR), simultaneous=True),)
    )
    trainer = Trainer(game, lambda key: batch, optimisers={name: sgd(0.25) for name in people})
    state = trainer.init(people, key=jax.random.key(0))
    result = eqx.filter_jit(trainer.train)(state, 1)
    before, _ = dynamics.position(game, people)
    after, _ = dynamics.position(game, result.players)
    field = vector_field(game, people, batch)
    assert jnp.linalg.norm(field) > 0.1
    np.testing.assert_allclose((after - before) / 0.25, field, atol=1e-13)


@cache
def analysed():
    """A small GAN with penalties: its field and product as functions of a position, and the
    matrix."""
    game, people, batch = gan("relativistic_r1_r2")
    x, rebuild = dynamics.position(game, people)
    field = jax.jit(lambda x: dynamics.vector_field(game, rebuild(x), batch))
    product = jax.jit(lambda u: dynamics.linearised_field(game, people, batch)(u))
    return x, field, product, jacobian(game, people, batch)


def test_the_operator_is_the_matrix():
    _, _, product, dense = analysed()
    direction = jax.random.normal(jax.random.key(5), dense.shape[:1])
    np.testing.assert_allclose(product(direction), dense @ direction, atol=1e-12)
    np.testing.assert_allclose(product(2 * direction), 2 * product(direction), rtol=1e-12)


def test_the_matrix_is_that_of_finite_differences():
    x, field, _, dense = analysed()
    direction = jax.random.normal(jax.random.key(6), x.shape)
    differences = (field(x + 1e-6 * direction) - field(x - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(dense @ direction, differences, atol=1e-7)


def test_arpack_finds_the_leading_eigenvalues_through_the_operator():
    x, _, product, matrix = analysed()
    dense = np.asarray(dynamics.eigenvalues(matrix))
    operator = LinearOperator(
        (x.size, x.size), matvec=lambda u: np.asarray(product(jnp.asarray(u))), dtype=float
    )
    found = eigs(operator, k=4, which="LM", return_eigenvectors=False, v0=np.ones(x.size))
    largest = dense[np.argsort(-abs(dense))]
    for value in found:
        assert np.min(abs(largest[:6] - value)) < 1e-9


def test_a_potential_game_has_a_symmetric_jacobian_and_a_zero_sum_game_an_antisymmetric_coupling():
    game, people, batch = gan("minimax")
    matrix = jacobian(game, people, batch)
    x, _ = dynamics.position(game, people)
    size = dynamics.position(games.minimax(turns=(Turn((DISCRIMINATOR,)),)), people)[0].size
    assert 0 < size < x.size
    own, other = matrix[:size, :size], matrix[:size, size:]
    np.testing.assert_allclose(own, own.T, atol=1e-12)
    np.testing.assert_allclose(other, -matrix[size:, :size].T, atol=1e-12)
    assert np.max(abs(other)) > 1e-3


def test_eigenvalues_do_not_depend_on_the_order_of_the_players():
    one = quadratic((Turn(("a", "b", "c")),))
    other = quadratic((Turn(("c", "a", "b")),))
    first, second = (
        dynamics.eigenvalues(jacobian(game, players(), drawn())) for game in (one, other)
    )
    np.testing.assert_allclose(first, second, atol=1e-12)


def test_who_has_no_turn_does_not_move():
    game = quadratic((Turn(("b",)),))
    x, rebuild = dynamics.position(game, players())
    np.testing.assert_array_equal(x, [START[1]])
    again = rebuild(x + 1)
    assert float(again["b"]) == START[1] + 1
    assert float(again["a"]) == START[0]
    assert jacobian(game, players(), drawn()).shape == (1, 1)


def test_a_game_without_randomness_needs_no_draw():
    class Bowl(games.Game):
        turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",), times=2),))

        def losses(self, players, batch):
            assert batch is None
            return {"a": jnp.sum(players["a"] ** 2)}

    people = {"a": jnp.asarray([1.0, -2.0])}
    np.testing.assert_allclose(vector_field(Bowl(), people, None), [-2.0, 4.0])
    result = gradient_play(Bowl(), people, None, step_size=0.25, steps=6, stride=3)
    np.testing.assert_allclose(result.history, [[2.0**-6, -(2.0**-5)], [2.0**-12, -(2.0**-11)]])


def test_it_runs_under_jit_and_vmap():
    """Basins: one compiled call over many starts."""
    game = quadratic(TOGETHER)
    starts = jnp.asarray([START, -START, 2 * START])

    @eqx.filter_jit
    @eqx.filter_vmap
    def ends(x):
        people = dict(zip(NAMES, x, strict=True))
        result = gradient_play(game, people, drawn(), step_size=0.1, steps=12, stride=4)
        return result.history

    found = ends(starts)
    assert found.shape == (3, 3, 3)
    for start, end in zip(np.asarray(starts), found[:, -1], strict=True):
        np.testing.assert_allclose(end, by_hand(TOGETHER, start), rtol=1e-12)


def test_the_recorded_positions_are_those_of_train():
    game = quadratic(ORDERS["in turn"])
    found = gradient_play(game, players(), drawn(), step_size=0.1, steps=12)
    trainer = Trainer(game, silence, optimisers={name: sgd(0.1) for name in NAMES})
    state = trainer.init(players(), key=jax.random.key(0))
    reference = trainer.train(state, 12)
    np.testing.assert_array_equal(found.history[-1], vector(reference))
