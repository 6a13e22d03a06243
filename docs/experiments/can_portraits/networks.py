"""The networks of the creative games on portraits: a dense generator, and a discriminator of
patches that share a layer.

A portrait stands in the middle of its frame, so the generator may learn each pixel by its place,
and the layer behind the patches each of them by its own.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from experiments.can_portraits.style_judge import (
    CHANNELS,
    HE_GAIN,
    SIDE,
    STYLES,
    leaky_relu,
)
from gantheory.networks import Linear, TwoHeaded
from gantheory.shapes import Key

LATENTS, WIDTH, BLOCKS = 64, 384, 2
BRANCH_GAIN = 0.3  # a block starts as little more than the identity
PATCH, PATCH_FEATURES, FEATURES = 4, 64, 192

Image = Float[Array, " side side channels"]


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

    def __init__(self, *, key: Key):
        first_key, pixels_key, *block_keys = jax.random.split(key, 2 + BLOCKS)
        self.first = Linear(LATENTS, WIDTH, gain=HE_GAIN, key=first_key)
        self.blocks = tuple(ResidualBlock(key=block_key) for block_key in block_keys)
        self.pixels = Linear(WIDTH, SIDE * SIDE * CHANNELS, key=pixels_key)

    def __call__(self, latent: Float[Array, " latents"]) -> Image:
        x = self.first(latent)
        for block in self.blocks:
            x = block(x)
        return jnp.tanh(self.pixels(jax.nn.relu(x))).reshape(SIDE, SIDE, CHANNELS)


class PatchTrunk(eqx.Module):
    """From an image to features: one layer that all patches of 4 by 4 pixels share, another for
    those of a grid that is shifted by half a patch, and a dense one for all that they found."""

    patch: Linear
    shifted: Linear
    features: Linear

    def __init__(self, *, key: Key):
        patch_key, shifted_key, features_key = jax.random.split(key, 3)
        pixels, along = PATCH * PATCH * CHANNELS, SIDE // PATCH
        found = (along**2 + (along - 1) ** 2) * PATCH_FEATURES
        self.patch = Linear(pixels, PATCH_FEATURES, gain=HE_GAIN, key=patch_key)
        self.shifted = Linear(pixels, PATCH_FEATURES, gain=HE_GAIN, key=shifted_key)
        self.features = Linear(found, FEATURES, gain=HE_GAIN, key=features_key)

    def __call__(self, image: Image) -> Float[Array, " features"]:
        half = PATCH // 2
        found = [
            leaky_relu(jax.vmap(self.patch)(patches(image))),
            leaky_relu(jax.vmap(self.shifted)(patches(image[half:-half, half:-half]))),
        ]
        return self.features(jnp.concatenate(found).ravel())


def patches(image: Image) -> Float[Array, " patches pixels"]:
    """The image cut into squares, each of them one row."""
    along = image.shape[0] // PATCH
    squares = image.reshape(along, PATCH, along, PATCH, CHANNELS)
    return squares.transpose(0, 2, 1, 3, 4).reshape(along**2, -1)


def discriminator(*, key: Key) -> TwoHeaded:
    """The trunk with a real/fake head and one for the styles."""
    trunk_key, heads_key = jax.random.split(key)
    return TwoHeaded(
        PatchTrunk(key=trunk_key), FEATURES, STYLES, activation=leaky_relu, key=heads_key
    )
