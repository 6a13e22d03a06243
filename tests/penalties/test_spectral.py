"""Spectral normalisation as a projection: exact, idempotent, and kept through training."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import small_gan

from gantheory import Trainer, games, networks, penalties


@pytest.fixture
def critic(key):
    return networks.MLP(3, "scalar", width=5, depth=2, activation=jnp.tanh, key=key)


def spectra(critic):
    return [np.linalg.svd(np.asarray(layer.weight, np.float64))[1] for layer in critic.layers]


def test_every_matrix_is_divided_by_its_largest_singular_value(critic):
    normalised = penalties.spectral_normalise(critic)
    for before, after in zip(critic.layers, normalised.layers, strict=True):
        largest = np.linalg.svd(np.asarray(before.weight, np.float64))[1][0]
        np.testing.assert_allclose(after.weight, before.weight / largest, rtol=1e-5)
        np.testing.assert_array_equal(after.bias, before.bias)
    for spectrum in spectra(normalised):
        assert spectrum[0] == pytest.approx(1, abs=1e-6)
    assert normalised.activation is critic.activation


def test_it_is_a_projection(critic):
    once = penalties.spectral_normalise(critic)
    for a, b in zip(once.layers, penalties.spectral_normalise(once).layers, strict=True):
        np.testing.assert_allclose(a.weight, b.weight, rtol=1e-6)


def test_a_kernel_is_the_matrix_of_its_first_axis(key):
    kernel = jax.random.normal(key, (4, 3, 2, 2))
    got = penalties.spectral_normalise({"kernel": kernel, "steps": 7})
    largest = np.linalg.svd(np.asarray(kernel, np.float64).reshape(4, 12))[1][0]
    np.testing.assert_allclose(got["kernel"], kernel / largest, rtol=1e-5)
    assert got["steps"] == 7


def test_a_zero_matrix_stays_zero_and_half_precision_stays_half():
    np.testing.assert_array_equal(
        penalties.spectral_normalise(jnp.zeros((2, 3))), jnp.zeros((2, 3))
    )
    half = penalties.spectral_normalise(2 * jnp.eye(2, dtype=jnp.bfloat16))
    assert half.dtype == jnp.bfloat16
    np.testing.assert_array_equal(half, jnp.eye(2, dtype=jnp.bfloat16))


def test_the_slope_of_a_normalised_critic_is_at_most_one(critic, key):
    steep = jax.tree.map(lambda leaf: 10 * leaf if eqx.is_array(leaf) else leaf, critic)
    points = jax.random.normal(key, (200, 3))
    slopes = jax.vmap(lambda f, x: jnp.linalg.norm(jax.grad(f)(x)), (None, 0))
    assert jnp.max(slopes(steep, points)) > 1
    assert jnp.max(slopes(penalties.spectral_normalise(steep), points)) <= 1 + 1e-5


def test_it_stands_where_clipping_stands(key):
    """In the game's projection, so that after every move of the discriminator it holds, and only there."""
    game, players, source, optimisers = small_gan("hinge")
    projection = jax.tree_util.Partial(penalties.spectral_normalise)
    game = eqx.tree_at(lambda g: g.projection, game, projection, is_leaf=lambda leaf: leaf is None)
    trainer = Trainer(game, source, optimisers=optimisers)
    state = trainer.init(players, key=key)
    result = eqx.filter_jit(trainer.train)(state, 20)
    for spectrum in spectra(result.players[games.DISCRIMINATOR]):
        assert spectrum[0] == pytest.approx(1, abs=1e-5)
    assert any(abs(spectrum[0] - 1) > 1e-3 for spectrum in spectra(result.players[games.GENERATOR]))
    assert jnp.all(jnp.isfinite(result.history[games.DISCRIMINATOR]))
