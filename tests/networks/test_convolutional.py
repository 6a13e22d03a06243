"""The convolutional networks against XLA's own convolution, and what they refuse."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gantheory import Optimiser, Trainer, games
from gantheory.data import Dataset, Normal
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.networks import (
    Convolution,
    ConvolutionalGenerator,
    ConvolutionalTrunk,
    TwoHeaded,
    depth_to_space,
)


def by_xla(layer, image):
    """The same layer by `lax.conv_general_dilated`."""
    channels = image.shape[-1]
    kernel = layer.matrix.weight.reshape(3, 3, channels, -1)
    out = jax.lax.conv_general_dilated(
        image[None],
        kernel,
        window_strides=(layer.stride,) * 2,
        padding=((1, 1), (1, 1)),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    return out[0] + layer.matrix.bias[None, None]


@pytest.fixture(params=["cpu", "default"])
def platform(request, monkeypatch):
    """Both ways of convolving, on this machine."""

    def chosen(*args, **ways):
        return ways[request.param](*args)

    monkeypatch.setattr(jax.lax, "platform_dependent", chosen)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(8, 8, 3), (5, 7, 2)], ids=["square", "oblong"])
def test_a_convolution_is_xlas_with_its_gradient(stride, shape, x64, key):
    image_key, layer_key, weight_key = jax.random.split(key, 3)
    image = jax.random.normal(image_key, shape)
    layer = Convolution(shape[-1], 4, stride=stride, key=layer_key)
    result = layer(image)
    np.testing.assert_allclose(result, by_xla(layer, image), atol=1e-12)
    weights = jax.random.normal(weight_key, result.shape)
    arrays, still = eqx.partition(layer, eqx.is_array)

    def weighted(apply, arrays, image):
        return jnp.sum(weights * apply(eqx.combine(arrays, still), image))

    ours, theirs = (
        jax.grad(partial(weighted, apply), argnums=(0, 1))(arrays, image)
        for apply in (Convolution.__call__, by_xla)
    )
    jax.tree.map(partial(np.testing.assert_allclose, atol=1e-12), ours, theirs)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("of_image", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize("of_layer", [jnp.float32, jnp.bfloat16])
def test_image_and_layer_may_be_of_different_types(of_image, of_layer, key):
    layer = jax.tree.map(lambda leaf: leaf.astype(of_layer), Convolution(3, 4, stride=1, key=key))
    with jax.numpy_dtype_promotion("standard"):
        result = layer(jnp.ones((8, 8, 3), of_image))
        assert result.dtype == jnp.promote_types(of_image, of_layer)


@pytest.mark.parametrize(("platform", "convolves"), [("cpu", 0), ("cuda", 1), ("tpu", 1)])
def test_a_cpu_multiplies_patches_and_an_accelerator_convolves(platform, convolves, key):
    matrix, rest = eqx.partition(Convolution(3, 4, stride=1, key=key), eqx.is_array)

    def convolve(matrix, image):
        return eqx.combine(matrix, rest)(image)

    traced = jax.jit(convolve).trace(matrix, jnp.ones((8, 8, 3)))
    program = traced.lower(lowering_platforms=(platform,)).as_text()
    assert program.count("stablehlo.convolution") == convolves
    assert program.count("stablehlo.dot_general") == 1 - convolves


def test_depth_to_space_makes_squares_of_neighbouring_channels():
    image = jnp.arange(8.0).reshape(1, 1, 8)  # four pixels of two channels
    expected = [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    np.testing.assert_array_equal(depth_to_space(image), expected)


def test_depth_to_space_keeps_squares_in_place():
    image = jnp.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    wide = depth_to_space(image)
    assert wide.shape == (4, 6, 1)
    for row in range(2):
        for column in range(3):
            square = wide[2 * row : 2 * row + 2, 2 * column : 2 * column + 2, 0]
            np.testing.assert_array_equal(square.reshape(-1), image[row, column])


def test_depth_to_space_refuses_channels_that_make_no_squares():
    with pytest.raises(ValueError, match="multiple of 4 channels, got 6"):
        depth_to_space(jnp.zeros((2, 2, 6)))


@pytest.mark.parametrize("side", [8, 16, 32])
@pytest.mark.parametrize("channels", [1, 3])
def test_generator_and_trunk_fit_each_other(side, channels, key):
    generator_key, trunk_key, latent_key = jax.random.split(key, 3)
    generator = ConvolutionalGenerator(
        5, side, channels, width=4, activation=jax.nn.relu, key=generator_key
    )
    trunk = ConvolutionalTrunk(side, channels, width=4, activation=jax.nn.relu, key=trunk_key)
    latents = jax.random.normal(latent_key, (3, 5))
    images = jax.vmap(generator)(latents)
    assert images.shape == (3, side, side, channels)
    assert jnp.all(jnp.abs(images) < 1)
    features = jax.vmap(trunk)(images)
    assert features.shape == (3, trunk.features)
    alone = jnp.stack([trunk(generator(latent)) for latent in latents])
    np.testing.assert_allclose(features, alone, atol=1e-5)  # no sample sees another


@pytest.mark.parametrize("side", [4, 12, 20, 0])
@pytest.mark.parametrize("network", ["generator", "trunk"])
def test_a_side_that_is_no_power_of_two_is_refused(side, network, key):
    build = {
        "generator": partial(ConvolutionalGenerator, 5),
        "trunk": ConvolutionalTrunk,
    }[network]
    with pytest.raises(ValueError, match="side must be"):
        build(side, 3, width=4, activation=jax.nn.relu, key=key)


@pytest.mark.parametrize("argument", ["in_channels", "out_channels", "stride"])
def test_a_convolution_of_nothing_is_refused(argument, key):
    sizes = {"in_channels": 3, "out_channels": 4, "stride": 1} | {argument: 0}
    with pytest.raises(ValueError, match=f"{argument} must be an integer of at least 1"):
        Convolution(sizes["in_channels"], sizes["out_channels"], stride=sizes["stride"], key=key)


def test_they_play_the_creative_game(key):
    """A few steps on two kinds of image: a black or a white square. Both players move, nothing
    breaks."""
    player_keys = jax.random.split(key, 3)
    trunk = ConvolutionalTrunk(8, 1, width=4, activation=jax.nn.relu, key=player_keys[0])
    players = {
        GENERATOR: ConvolutionalGenerator(
            2, 8, 1, width=4, activation=jax.nn.relu, key=player_keys[1]
        ),
        DISCRIMINATOR: TwoHeaded(
            trunk, trunk.features, 2, activation=jax.nn.relu, key=player_keys[2]
        ),
    }
    shade = jnp.asarray([-1.0, 1.0]).repeat(4)
    source = Dataset(
        jnp.broadcast_to(shade[:, None, None, None], (8, 8, 8, 1)),
        Normal(jnp.zeros(2), jnp.ones(2)),
        4,
        (shade > 0).astype(jnp.int32),
    )
    adam = Optimiser(optax.adam, learning_rate=1e-3)
    trainer = Trainer(
        games.can(games.relativistic_r1_r2(), weight=0.1),
        source,
        optimisers={GENERATOR: adam, DISCRIMINATOR: adam},
    )
    state = trainer.init(players, key=key)
    result = eqx.filter_jit(trainer.train)(state, 40)
    assert int(result.state.step) == 40
    cross_entropy = result.history["style_cross_entropy"]
    assert jnp.mean(cross_entropy[-5:]) < 0.5 * cross_entropy[0]
