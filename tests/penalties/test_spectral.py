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


LAYERS = {
    "Conv1d": lambda key: eqx.nn.Conv1d(1, 4, 1, key=key),
    "Conv2d": lambda key: eqx.nn.Conv2d(3, 8, 3, key=key),
    "Conv3d": lambda key: eqx.nn.Conv3d(2, 3, 2, key=key),
    "ConvTranspose1d": lambda key: eqx.nn.ConvTranspose1d(2, 3, 3, key=key),
    "ConvTranspose2d": lambda key: eqx.nn.ConvTranspose2d(2, 3, 3, key=key),
    "Linear": lambda key: eqx.nn.Linear(1, 5, key=key),
    "Linear to a scalar": lambda key: eqx.nn.Linear(5, "scalar", key=key),
    "Convolution": lambda key: networks.Convolution(2, 3, stride=1, key=key).matrix,
}


@pytest.mark.parametrize("name", LAYERS)
def test_of_a_layer_the_weight_is_divided_and_the_bias_is_not(name, key):
    """Of a convolution in Equinox the bias has as many axes as the weight, less one."""
    layer = LAYERS[name](key)
    normalised = penalties.spectral_normalise(layer)
    np.testing.assert_array_equal(normalised.bias, layer.bias)
    matrix = np.asarray(layer.weight, np.float64).reshape(len(layer.weight), -1)
    largest = np.linalg.svd(matrix)[1][0]
    assert abs(largest - 1) > 0.01
    np.testing.assert_allclose(normalised.weight, layer.weight / largest, rtol=1e-5)


NORMALISATIONS = {
    "LayerNorm of one axis": lambda: eqx.nn.LayerNorm(4),
    "LayerNorm of three axes": lambda: eqx.nn.LayerNorm((4, 8, 8)),
    "RMSNorm": lambda: eqx.nn.RMSNorm((4, 8)),
    "GroupNorm": lambda: eqx.nn.GroupNorm(2, 4),
    "BatchNorm": lambda: eqx.nn.make_with_state(eqx.nn.BatchNorm)(4, "batch", mode="batch")[0],
}


@pytest.mark.parametrize("name", NORMALISATIONS)
def test_a_normalisation_stays_as_it_is(name):
    layer = jax.tree.map(lambda leaf: 3 * leaf if eqx.is_inexact_array(leaf) else leaf,
                         NORMALISATIONS[name]())  # fmt: skip
    normalised = penalties.spectral_normalise({"layers": [layer]})["layers"][0]
    assert eqx.tree_equal(normalised, layer)


def test_a_dict_of_another_library_is_read_by_its_names():
    weights = {"kernel": 4 * jnp.ones((2, 2)), "bias": 3 * jnp.ones((2, 1, 1))}
    normalised = penalties.spectral_normalise(weights)
    np.testing.assert_allclose(normalised["kernel"], 0.5 * jnp.ones((2, 2)), rtol=1e-6)
    np.testing.assert_array_equal(normalised["bias"], weights["bias"])


@pytest.mark.parametrize("scale", [3e4, 1e-6])
def test_in_half_precision_singular_values_beyond_its_range_are_divided_by(scale):
    """Of a matrix of a hundred such entries the largest is 100 times as large: 3e6, no float16."""
    matrix = scale * jnp.ones((100, 100), jnp.float16)
    normalised = penalties.spectral_normalise(matrix)
    assert normalised.dtype == jnp.float16
    np.testing.assert_allclose(normalised, 0.01 * np.ones((100, 100)), rtol=2e-3)


def test_numpy_arrays_are_weights_too():
    """Double precision of NumPy gives no warning; warnings are errors here."""
    with jax.numpy_dtype_promotion("strict"):
        weights = {"weight": np.eye(2) * 2, "bias": np.ones(2)}
        normalised = penalties.spectral_normalise(weights)
        clipped = penalties.clip_weights(weights, bound=0.5)
    np.testing.assert_allclose(normalised["weight"], np.eye(2))
    np.testing.assert_array_equal(clipped["weight"], np.eye(2) / 2)
    np.testing.assert_array_equal(clipped["bias"], [0.5, 0.5])


@pytest.mark.parametrize("name", LAYERS | NORMALISATIONS)
def test_clipping_bounds_the_layers_of_equinox(name, key):
    layer = LAYERS[name](key) if name in LAYERS else NORMALISATIONS[name]()
    clipped = penalties.clip_weights(layer, bound=0.01)
    assert jax.tree.structure(clipped) == jax.tree.structure(layer)
    for before, after in zip(
        jax.tree.leaves(eqx.filter(layer, eqx.is_inexact_array)),
        jax.tree.leaves(eqx.filter(clipped, eqx.is_inexact_array)),
        strict=True,
    ):
        np.testing.assert_array_equal(after, np.clip(before, -0.01, 0.01))


def test_the_slope_of_a_normalised_critic_is_at_most_one(critic, key):
    steep = jax.tree.map(lambda leaf: 10 * leaf if eqx.is_array(leaf) else leaf, critic)
    points = jax.random.normal(key, (200, 3))
    slopes = jax.vmap(lambda f, x: jnp.linalg.norm(jax.grad(f)(x)), (None, 0))
    assert jnp.max(slopes(steep, points)) > 1
    assert jnp.max(slopes(penalties.spectral_normalise(steep), points)) <= 1 + 1e-5


def test_it_stands_where_clipping_stands(key):
    """In the game's projection, so that after every move of the discriminator it holds, and only
    there."""
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
