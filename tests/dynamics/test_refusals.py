"""What `dynamics` refuses, and in which words; with and without run-time type checking."""

import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import NAMES, small_gan
from support.linear_play import IN_TURN, players, quadratic

from gantheory import dynamics
from gantheory.dynamics import Verdict
from gantheory.games import Turn

DRAW = jnp.zeros(())


def test_a_player_without_floating_point_parameters():
    with pytest.raises(TypeError, match="players\\['b'\\] has a turn, so it must own"):
        dynamics.vector_field(quadratic(IN_TURN), {**players(), "b": 1.0}, DRAW)


def test_complex_parameters():
    with pytest.raises(TypeError, match="players\\['a'\\] must have real parameters"):
        dynamics.jacobian(quadratic(IN_TURN), {**players(), "a": jnp.asarray(1j)}, DRAW)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_parameters_that_are_not_finite(bad):
    with pytest.raises(ValueError, match="players must be finite"):
        dynamics.linearised_field(quadratic(IN_TURN), {**players(), "c": jnp.asarray(bad)}, DRAW)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_not_refused(dtype):
    """torcheval#192: NotImplementedError of the decomposition, which takes no such numbers."""
    found = dynamics.eigenvalues(jnp.asarray([[-1.0, -0.5], [0.5, -1.0]], dtype))
    np.testing.assert_allclose(found, [-1 + 0.5j, -1 - 0.5j], rtol=1e-6)


def test_a_missing_player():
    people = players()
    del people["b"]
    with pytest.raises(ValueError, match="each player who has a turn, but 'b' is missing"):
        dynamics.position(quadratic(IN_TURN), people)


@pytest.mark.parametrize("bad", [0.0, -0.1, np.nan, np.inf])
def test_a_step_size_that_is_no_size(bad):
    with pytest.raises(ValueError, match="step_size of 'a' must be positive and finite"):
        dynamics.step_jacobian(quadratic(IN_TURN), players(), DRAW, step_size=bad)
    with pytest.raises(ValueError, match="step_size of 'b' must be positive and finite"):
        dynamics.gradient_play(
            quadratic(IN_TURN), players(), DRAW, step_size={"a": 1.0, "b": bad, "c": 1.0}, steps=1
        )


@pytest.mark.parametrize("names", [NAMES[:2], (*NAMES, "d"), ()])
def test_step_sizes_for_the_wrong_people(names):
    with pytest.raises(ValueError, match="step_size must name exactly the players who have a turn"):
        dynamics.gradient_play(
            quadratic(IN_TURN), players(), DRAW, step_size=dict.fromkeys(names, 0.1), steps=1
        )


def test_a_draw_that_is_needed():
    game, people, _, _ = small_gan()
    for refused in (
        lambda: dynamics.vector_field(game, people, None),
        lambda: dynamics.jacobian(game, people, None),
        lambda: dynamics.step_jacobian(game, people, None, step_size=0.1),
        lambda: dynamics.gradient_play(game, people, None, step_size=0.1, steps=1),
    ):
        with pytest.raises(ValueError, match="batch must not be None"):
            refused()


def test_steps_that_are_no_multiple_of_the_stride():
    with pytest.raises(ValueError, match="steps must be a multiple of every cadence"):
        dynamics.gradient_play(
            quadratic((Turn(("a",)),)), players(), DRAW, step_size=0.1, steps=3, stride=2
        )


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (jnp.zeros((2, 3)), ValueError, "matrix must be square, got shape \\(2, 3\\)"),
        (jnp.zeros(4), ValueError, "matrix must be square"),
        (jnp.zeros((0, 0)), ValueError, "matrix must not be empty"),
        (jnp.full((2, 2), jnp.nan), ValueError, "matrix must be finite"),
        (jnp.zeros((2, 2), int), TypeError, "matrix must hold floating-point numbers"),
        (jnp.zeros((2, 2), complex), TypeError, "matrix must hold floating-point numbers"),
    ],
)
def test_what_is_no_jacobian(matrix, error, message):
    with pytest.raises(error, match=message):
        dynamics.eigenvalues(matrix)


def test_verdicts_and_their_border():
    flow, step = dynamics.flow_verdict, dynamics.step_verdict
    left, right = jnp.asarray([-0.2 + 1j, -0.2 - 1j]), jnp.asarray([0.2 + 0j, -3.0 + 0j])
    assert flow(left, tolerance=0.1) == Verdict.converges
    assert flow(left, tolerance=0.3) == Verdict.undecided
    assert flow(right, tolerance=0.1) == Verdict.diverges
    assert flow(right, tolerance=0.3) == Verdict.undecided
    assert step(left, tolerance=0.01) == Verdict.diverges
    assert step(0.5 * left, tolerance=0.1) == Verdict.converges
    assert step(0.5 * left, tolerance=0.9) == Verdict.undecided
    with pytest.raises(ValueError, match="tolerance must be non-negative"):
        flow(left, tolerance=-1.0)
    with pytest.raises(ValueError, match="spectrum must be finite"):
        step(jnp.asarray([jnp.nan + 0j]), tolerance=0.0)


def test_eigenvalues_are_sorted_and_counted_with_multiplicity():
    matrix = jnp.asarray([[2.0, 0, 0, 0], [0, 0, -3.0, 0], [0, 3.0, 0, 0], [0, 0, 0, 2.0]])
    np.testing.assert_allclose(dynamics.eigenvalues(matrix), [2, 2, 3j, -3j], atol=1e-6)
