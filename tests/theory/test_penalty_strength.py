"""The strength of penalties: no wave rotates above the stated weight, lazy penalties keep their
mean, and difference quotients have the stated bias."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from experiments.penalty_strength.lazy import FiniteR1, Lazy
from experiments.penalty_strength.penalty_strength import SCALES, TASKS, both

from gantheory import data, networks, penalties


def test_nothing_rotates_from_the_stated_weight_on_and_something_does_below():
    random = np.random.default_rng(0)
    slope, curvature, ratio, scale, wavenumber = np.exp(random.normal(size=(5, 10_000)))
    for count in (1, 2):
        least = ratio * (slope * scale) ** 2 / (count * curvature)

        def discriminant(weight, wavenumber, count=count):
            damping = curvature + count * weight * wavenumber
            return damping**2 - 4 * ratio * slope**2 * wavenumber * scale**2

        assert np.all(discriminant(least * 1.0001, wavenumber) > 0)
        turning = curvature**2 / (ratio * (slope * scale) ** 2)
        assert np.all(discriminant(least * 0.9999, turning) < 0)


def test_a_lazy_penalty_is_played_in_every_kth_step_with_k_times_the_weight():
    key = jax.random.key(0)
    net = networks.MLP(1, "scalar", width=4, depth=1, activation=jnp.tanh, key=key)
    players = {"generator": networks.Linear(1, 1, key=key), "discriminator": net}
    batch = data.Synthetic(data.Normal(0.0, 1.0), data.Uniform(1), 8)(key)
    eager, lazy = both(jnp.array(0.3)), Lazy(both(jnp.array(0.3)), 4)
    free = both(jnp.array(0.0)).entries(players, batch)["discriminator"]
    paid = eager.entries(players, batch)["discriminator"] - free

    @eqx.filter_jit
    def extra(step):
        return lazy.at(step).entries(players, batch)["discriminator"] - free

    found = jnp.stack([extra(jnp.array(step)) for step in range(8)])
    np.testing.assert_allclose(
        found, 4 * paid * jnp.array([1.0, 0, 0, 0, 1, 0, 0, 0]), rtol=1e-4, atol=1e-6
    )


def test_penalties_of_stretched_data_change_as_stated():
    real, fake = jax.random.normal(jax.random.key(3), (2, 8, 2))
    into = jnp.linalg.qr(jax.random.normal(jax.random.key(4), (3, 2)))[0]
    net = networks.MLP(2, "scalar", width=4, depth=1, activation=jnp.tanh, key=jax.random.key(5))
    factor, draw = 3.0, jax.random.key(6)
    wide_real, wide_fake = factor * real @ into.T, factor * fake @ into.T

    def same_logits(x):
        return net(into.T @ x / factor)

    def same_slopes(x):
        return factor * same_logits(x)

    np.testing.assert_allclose(
        factor**2 * penalties.r1(same_logits, wide_real), penalties.r1(net, real), rtol=1e-4
    )
    np.testing.assert_allclose(
        penalties.wgan_gp(same_slopes, wide_real, wide_fake, draw),
        penalties.wgan_gp(net, real, fake, draw),
        rtol=1e-4,
    )


def test_difference_quotients_have_the_stated_bias():
    curvatures = jnp.array([[2.0, 0.5], [0.5, -1.0]])
    samples = jnp.broadcast_to(jnp.array([0.3, -0.2]), (400_000, 2))

    def critic(x):
        return 0.5 * x @ curvatures @ x

    step = 0.5
    trace, squares = jnp.trace(curvatures), jnp.sum(curvatures**2)
    exact = penalties.r1(critic, samples[:2]) + step**2 * (trace**2 / 8 + squares / 4)
    term = eqx.filter_jit(FiniteR1(jnp.array(step), 1))
    found = term(critic, samples[:1], samples, jax.random.key(2))
    np.testing.assert_allclose(found, exact, rtol=0.02)


def test_the_scales_are_the_deviations_along_the_widest_direction():
    for name, scale in SCALES.items():
        sample = np.asarray(TASKS[name](jax.random.key(1), 100_000))
        widest = np.linalg.eigvalsh(np.atleast_2d(np.cov(sample.T)))[-1] ** 0.5
        np.testing.assert_allclose(widest, scale, rtol=0.02)
