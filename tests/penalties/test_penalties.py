"""Gradient penalties against closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import penalties

BOTH = pytest.mark.parametrize(
    ("penalty", "argument"), [(penalties.r1, "real"), (penalties.r2, "fake")], ids=["r1", "r2"]
)


@BOTH
def test_of_a_linear_critic_it_is_half_the_squared_weight(penalty, argument, key):
    weight = jnp.asarray([3.0, -4.0])
    samples = jax.random.normal(key, (5, 2))
    assert penalty(lambda x: weight @ x + 7, **{argument: samples}) == pytest.approx(12.5)


@BOTH
def test_of_a_quadratic_critic_it_is_the_mean_of_the_samples_norms(penalty, argument, key):
    """h = s·|x|²/2 has the gradient s·x, so the penalty is ½ s² E|x|²."""
    samples = jax.random.normal(key, (40, 3, 2))
    expected = 0.5 * 9 * np.mean(np.sum(np.square(samples), axis=(1, 2)))
    value = penalty(lambda x: 3 * jnp.sum(x**2) / 2, **{argument: samples})
    np.testing.assert_allclose(value, expected, rtol=1e-6)


@BOTH
def test_its_gradient_in_the_critic_is_the_closed_form(penalty, argument, key):
    samples = jax.random.normal(key, (40, 2))

    def of_slope(slope):
        return penalty(lambda x: slope * jnp.sum(x**2) / 2, **{argument: samples})

    expected = 3.0 * np.mean(np.sum(np.square(samples), axis=1))
    np.testing.assert_allclose(jax.grad(of_slope)(3.0), expected, rtol=1e-6)


@BOTH
def test_a_flat_critic_is_not_punished_and_has_a_finite_gradient(penalty, argument):
    def of_slope(slope):
        return penalty(lambda x: slope * jnp.sum(x), **{argument: jnp.ones((3, 2))})

    value, gradient = jax.value_and_grad(of_slope)(0.0)
    assert value == 0
    assert gradient == 0


@BOTH
def test_jit_and_vmap_over_critics(penalty, argument, key):
    samples = jax.random.normal(key, (6, 2))
    slopes = jnp.asarray([0.5, 1.0, 2.0])

    def of_slope(slope):
        return penalty(lambda x: slope * jnp.sum(jnp.sin(x)), **{argument: samples})

    alone = jnp.stack([jax.jit(of_slope)(slope) for slope in slopes])
    np.testing.assert_allclose(jax.vmap(of_slope)(slopes), alone, rtol=1e-6)
    np.testing.assert_allclose(alone, alone[1] * slopes**2, rtol=1e-5)


@BOTH
def test_the_critic_sees_one_sample(penalty, argument):
    seen = []

    def critic(x):
        seen.append(x.shape)
        return jnp.sum(x)

    penalty(critic, **{argument: jnp.zeros((4, 3, 2))})
    assert set(seen) == {(3, 2)}


@BOTH
def test_a_critic_without_a_scalar_is_refused(penalty, argument):
    with pytest.raises(ValueError, match="critic must map one sample to a scalar"):
        penalty(lambda x: x, **{argument: jnp.zeros((4, 2))})


@BOTH
def test_an_empty_batch_is_refused(penalty, argument):
    with pytest.raises(ValueError, match=rf"{argument} must not be empty, got shape \(0, 2\)"):
        penalty(jnp.sum, **{argument: jnp.zeros((0, 2))})


@BOTH
def test_integer_samples_are_refused(penalty, argument, without_hook):
    with pytest.raises(TypeError, match=f"{argument} must hold floating-point numbers"):
        penalty(jnp.sum, **{argument: jnp.zeros((4, 2), int)})


@BOTH
def test_a_batch_without_a_batch_axis_is_refused(penalty, argument, without_hook):
    with pytest.raises(ValueError, match=f"{argument} must have at least 1 axis"):
        penalty(jnp.sum, **{argument: jnp.zeros(())})
