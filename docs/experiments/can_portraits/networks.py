"""The networks of the creative games on portraits: a dense generator, and a discriminator of
patches that share a layer.

A portrait stands in the middle of its frame, so the generator may learn each pixel by its place,
and the layer behind the patches each of them by its own.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from experiments.can_portraits.style_judge import CHANNELS, HE_GAIN, leaky_relu
from gantheory.networks import Linear, TwoHeaded
from gantheory.shapes import Key

LATENTS, WIDTH, BLOCKS = 64, 384, 2
BRANCH_GAIN = 0.3  # a block starts as little more than the identity

Image = Float[Array, " side side channels"]


class Size(NamedTuple):
    """Of the images, of a patch, and how much is found in a patch and in all of them."""

    side: int
    patch: int
    patch_features: int
    features: int


class ResidualBlock(eqx.Module):
    """A dense layer and one that adds what it finds to the input."""

    hidden: Linear
    added: Linear

    def __init__(self, *, key: Key):
        hidden_key, added_key = jax.random.split(key)
        self.hidden = Linear(WIDTH, WIDTH, gain=HE_GAIN, key=hidden_key)
        self.added = Linear(WIDTH, WIDTH, gain=BRANCH_GAIN, key=added_key)

    def __call__(self, x: Float[Array, " width"]) -> Float[Array, " width"]:
        return x + self.added(jax.nn.relu(self.hidden(x)))


class ResidualGenerator(eqx.Module):
    """From a latent vector to an image: dense residual blocks, and a dense layer for all pixels."""

    first: Linear
    blocks: tuple[ResidualBlock, ...]
    pixels: Linear
    side: int = eqx.field(static=True)

    def __init__(self, side: int, *, key: Key):
        first_key, pixels_key, *block_keys = jax.random.split(key, 2 + BLOCKS)
        self.first = Linear(LATENTS, WIDTH, gain=HE_GAIN, key=first_key)
        self.blocks = tuple(ResidualBlock(key=block_key) for block_key in block_keys)
        self.pixels = Linear(WIDTH, side * side * CHANNELS, key=pixels_key)
        self.side = side

    def __call__(self, latent: Float[Array, " latents"]) -> Image:
        x = self.first(latent)
        for block in self.blocks:
            x = block(x)
        return jnp.tanh(self.pixels(jax.nn.relu(x))).reshape(self.side, self.side, CHANNELS)


class PatchTrunk(eqx.Module):
    """From an image to features: one layer that all square patches share, another for those of a
    grid that is shifted by half a patch, and a dense one for all that they found."""

    patch: Linear
    shifted: Linear
    dense: Linear
    size: Size = eqx.field(static=True)

    def __init__(self, size: Size, *, key: Key):
        patch_key, shifted_key, dense_key = jax.random.split(key, 3)
        pixels, along = size.patch**2 * CHANNELS, size.side // size.patch
        found = (along**2 + (along - 1) ** 2) * size.patch_features
        self.patch = Linear(pixels, size.patch_features, gain=HE_GAIN, key=patch_key)
        self.shifted = Linear(pixels, size.patch_features, gain=HE_GAIN, key=shifted_key)
        self.dense = Linear(found, size.features, gain=HE_GAIN, key=dense_key)
        self.size = size

    def __call__(self, image: Image) -> Float[Array, " features"]:
        patch, half = self.size.patch, self.size.patch // 2
        inner = image[half:-half, half:-half]
        found = [
            leaky_relu(jax.vmap(self.patch)(patches(image, patch))),
            leaky_relu(jax.vmap(self.shifted)(patches(inner, patch))),
        ]
        return self.dense(jnp.concatenate(found).ravel())


def patches(image: Image, side: int) -> Float[Array, " patches pixels"]:
    """The image cut into squares of a side, each of them one row."""
    along = image.shape[0] // side
    squares = image.reshape(along, side, along, side, CHANNELS)
    return squares.transpose(0, 2, 1, 3, 4).reshape(along**2, -1)


def discriminator(size: Size, styles: int, *, key: Key) -> TwoHeaded:
    """The trunk with a real/fake head and one for the styles."""
    trunk_key, heads_key = jax.random.split(key)
    trunk = PatchTrunk(size, key=trunk_key)
    return TwoHeaded(trunk, size.features, styles, activation=leaky_relu, key=heads_key)
