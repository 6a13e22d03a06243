"""Spectral norms by power iteration: close to the exact ones on weights that drift, and the vectors
are no parameters."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import small_gan

from gantheory import Trainer, dynamics, games, networks, penalties
from gantheory.penalties import PowerIterated, spectral_normalise

SHAPE = (24, 40)


def largest(weight) -> float:
    return float(np.linalg.svd(np.asarray(weight, np.float64).reshape(len(weight), -1))[1][0])


def test_on_drifting_weights_it_stays_within_a_percent_of_the_exact_value(key):
    """A matrix that walks by a thousandth of its size at each step, as under Adam."""
    first, *_ = keys = jax.random.split(key, 3)
    weight = jax.random.normal(first, SHAPE)
    weight = weight / jnp.linalg.norm(weight, 2)

    def step(critic, key):
        moved = critic.critic + 1e-3 * jnp.sign(jax.random.normal(key, SHAPE))
        exact = jnp.linalg.norm(moved, 2)
        critic = eqx.tree_at(lambda one: one.critic, critic, moved)
        critic = spectral_normalise(critic)
        return critic, jnp.sum(moved**2) ** 0.5 / jnp.sum(critic.critic**2) ** 0.5 / exact

    critic = PowerIterated(weight, key=keys[1])
    _, ratios = jax.jit(lambda c, k: jax.lax.scan(step, c, k))(
        critic, jax.random.split(keys[2], 300)
    )
    assert np.all(ratios <= 1 + 1e-5), "the value is never above the exact one"
    assert np.all(ratios[100:] > 0.99)
    assert ratios[0] < 0.9, "the first step would show nothing"


LAYERS = {
    "Conv2d": lambda key: eqx.nn.Conv2d(3, 8, 3, key=key),
    "ConvTranspose2d": lambda key: eqx.nn.ConvTranspose2d(2, 3, 3, key=key),
    "Linear to a scalar": lambda key: eqx.nn.Linear(5, "scalar", key=key),
    "Convolution": lambda key: networks.Convolution(2, 3, stride=1, key=key).matrix,
    "LayerNorm": lambda key: eqx.nn.LayerNorm((4, 8)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_a_matrix_is_decided_as_for_the_exact_value(name, key):
    layer = LAYERS[name](key)
    critic = PowerIterated({"layers": [layer]}, key=key)
    arrays, static = eqx.partition(critic, eqx.is_array)

    def once(_, arrays):
        return eqx.filter(spectral_normalise(eqx.combine(arrays, static)), eqx.is_array)

    ended = eqx.combine(jax.lax.fori_loop(0, 200, once, arrays), static)
    found = ended.critic["layers"][0]
    exact = spectral_normalise(layer)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(exact), strict=True):
        if eqx.is_array(one):
            np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)


def test_a_zero_matrix_stays_zero_and_half_precision_stays_half(key):
    for weight in (jnp.zeros((2, 3)), 3e4 * jnp.ones((4, 4), jnp.float16)):
        critic = PowerIterated(weight, key=key)
        for _ in range(3):
            critic = spectral_normalise(critic)
        assert critic.critic.dtype == weight.dtype
        np.testing.assert_allclose(critic.critic, spectral_normalise(weight), rtol=2e-3)
    assert penalties.PowerIterated({"bias": jnp.ones(3)}, key=key).vectors == ()


def test_within_a_larger_critic_only_the_part_is_iterated(key):
    weight = jax.random.normal(key, (3, 3))
    both = spectral_normalise({"trunk": PowerIterated(weight, key=key), "head": weight})
    assert largest(both["head"]) == pytest.approx(1, abs=1e-5)
    assert largest(both["trunk"].critic) > 1 + 1e-4


def test_the_vectors_are_refreshed_by_training_and_are_no_parameters(key):
    game, players, source, optimisers = small_gan("hinge")
    critic = PowerIterated(players[games.DISCRIMINATOR], key=key)
    iterated = {**players, games.DISCRIMINATOR: critic}
    game = replace(game, projection=spectral_normalise)
    trainer = Trainer(game, source, optimisers=optimisers)
    result = eqx.filter_jit(trainer.train)(trainer.init(iterated, key=key), 60)
    end = result.players[games.DISCRIMINATOR]
    for layer in end.critic.layers:
        assert largest(layer.weight) == pytest.approx(1, abs=0.01)
    for before, after in zip(critic.vectors, end.vectors, strict=True):
        assert before.dtype == after.dtype == jnp.int32
        assert np.any(before != after) or before.size == 1
    sizes = [dynamics.position(game, one)[0].size for one in (players, iterated)]
    assert sizes[0] == sizes[1]
    np.testing.assert_allclose(critic(jnp.ones(1)), critic.critic(jnp.ones(1)))
