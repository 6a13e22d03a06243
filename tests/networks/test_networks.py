"""Layers and the perceptron against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gantheory.networks import MLP, Linear


def test_a_layer_is_the_affine_map(key):
    layer = Linear(3, 2, key=key)
    x = jnp.asarray([1.0, -2.0, 0.5])
    expected = np.asarray(x) @ np.asarray(layer.weight) + np.asarray(layer.bias)
    assert layer.weight.shape == (3, 2)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-6)


def test_weight_and_bias_start_uniform_within_the_bound(key):
    layer = Linear(64, 500, key=key)
    for parameters in (layer.weight, layer.bias):
        values = np.asarray(parameters).ravel()
        assert np.abs(values).max() <= 1 / 8
        assert stats.kstest(values, stats.uniform(-1 / 8, 1 / 4).cdf).pvalue > 1e-3
    correlation = np.corrcoef(np.asarray(layer.weight)[0], np.asarray(layer.bias))[0, 1]
    assert abs(correlation) < 5 / np.sqrt(500), "weight and bias come from different keys"


def test_a_gain_widens_the_start(key):
    plain, wide = Linear(4, 3, key=key), Linear(4, 3, gain=3.0, key=key)
    np.testing.assert_allclose(wide.weight, 3 * plain.weight, rtol=1e-6)
    np.testing.assert_allclose(wide.bias, 3 * plain.bias, rtol=1e-6)
    with pytest.raises(ValueError, match="gain must be positive and finite"):
        Linear(4, 3, gain=0.0, key=key)


def test_a_perceptron_is_its_layers_with_the_activation_between(key):
    network = MLP(2, 3, width=5, depth=2, activation=jnp.tanh, key=key)
    assert [layer.weight.shape for layer in network.layers] == [(2, 5), (5, 5), (5, 3)]
    x = np.asarray([0.3, -1.2])
    for layer in network.layers[:-1]:
        x = np.tanh(x @ np.asarray(layer.weight) + np.asarray(layer.bias))
    x = x @ np.asarray(network.layers[-1].weight) + np.asarray(network.layers[-1].bias)
    np.testing.assert_allclose(network(jnp.asarray([0.3, -1.2])), x, rtol=1e-5)


def test_a_scalar_perceptron_returns_the_one_entry_without_its_axis(key):
    settings = {"width": 4, "depth": 1, "activation": jnp.tanh, "key": key}
    x = jnp.ones(2)
    scalar = MLP(2, "scalar", **settings)(x)
    assert scalar.shape == ()
    assert scalar == MLP(2, 1, **settings)(x)[0]


def test_every_layer_has_its_own_key_and_the_key_is_all_that_is_random(key):
    def weights(key):
        network = MLP(4, 4, width=4, depth=2, activation=jnp.tanh, key=key)
        return [np.asarray(layer.weight) for layer in network.layers]

    first, *others = weights(key)
    assert all(np.all(first != other) for other in others)
    assert all(map(np.array_equal, weights(key), weights(key)))
    assert np.all(first != weights(jax.random.key(1))[0])


def test_batches_are_made_by_vmap_and_jit_changes_nothing(key):
    network = MLP(2, "scalar", width=4, depth=1, activation=jnp.tanh, key=key)
    batch = jax.random.normal(key, (6, 2))
    alone = jnp.stack([network(x) for x in batch])
    np.testing.assert_allclose(jax.jit(jax.vmap(network))(batch), alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("in_size", {"in_size": 0, "out_size": 1}),
        ("out_size", {"in_size": 1, "out_size": -1}),
    ],
)
def test_a_layer_needs_positive_sizes(argument, arguments, key):
    with pytest.raises(ValueError, match=f"{argument} must be an integer of at least 1"):
        Linear(**arguments, key=key)


@pytest.mark.parametrize(
    ("argument", "changes"),
    [
        ("width", {"width": 0}),
        ("in_size", {"in_size": 0}),
        ("out_size", {"out_size": 0}),
        ("width", {"width": True}),
        ("width", {"width": 2.0}),
        ("out_size", {"out_size": "vector"}),
    ],
)
def test_a_perceptron_needs_positive_sizes(argument, changes, key, without_hook):
    arguments = {"in_size": 1, "out_size": 1, "width": 4, "depth": 1, **changes}
    with pytest.raises(ValueError, match=f"{argument} must be an integer of at least 1"):
        MLP(**arguments, activation=jnp.tanh, key=key)


def test_a_vector_of_another_length_is_refused(key):
    network = MLP(2, 1, width=4, depth=1, activation=jnp.tanh, key=key)
    with pytest.raises(ValueError, match="x must be one vector of 2 numbers, got shape"):
        network(jnp.ones(3))


def test_a_batch_in_place_of_a_sample_breaks_the_type(key):
    with pytest.raises(TypeError, match="Expected type"):
        Linear(2, 1, key=key)(jnp.ones((5, 2)))


def test_a_layer_to_a_scalar_is_the_layer_to_one_number(key):
    vector, scalar = Linear(3, 1, key=key), Linear(3, "scalar", key=key)
    x = jnp.asarray([1.0, -2.0, 0.5])
    assert scalar(x).shape == ()
    assert scalar(x) == vector(x)[0]
    assert jax.vmap(scalar)(x[None]).shape == (1,)


@pytest.mark.parametrize("out_size", [2, "scalar"])
def test_a_perceptron_without_hidden_layers_is_affine(out_size, key):
    network = MLP(3, out_size, width=5, depth=0, activation=jnp.tanh, first_layer_gain=2.0, key=key)
    (layer,) = network.layers
    (layer_key,) = jax.random.split(key, 1)
    expected = Linear(3, out_size, gain=2.0, key=layer_key)
    np.testing.assert_array_equal(layer.weight, expected.weight)
    x = jnp.asarray([1.0, -2.0, 0.5])
    np.testing.assert_array_equal(network(x), expected(x))


@pytest.mark.parametrize("depth", [-1, 1.5, True])
def test_a_depth_is_an_integer_of_at_least_zero(depth, key, without_hook):
    with pytest.raises(ValueError, match="depth must be an integer of at least 0"):
        MLP(3, 2, width=5, depth=depth, activation=jnp.tanh, key=key)
