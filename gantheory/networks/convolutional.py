"""Convolutional networks for square images, channel last and without batch statistics."""

import math
from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import checked, require_count, require_function, require_key
from gantheory.networks.perceptron import Linear
from gantheory.shapes import Key

KERNEL = 3
SMALLEST = 4
"""Side of the smallest feature map: where a generator starts and a trunk ends."""

Image = Float[Array, " height width channels"]
NewImage = Float[Array, " new_height new_width new_channels"]


class Convolution(eqx.Module):
    r"""A convolution with 3 by 3 windows: on a CPU patches times a matrix, elsewhere XLA's own.

    Each output pixel is $W^\top p + b$, where $p$ holds the $9\,c_\text{in}$ numbers of the window
    around it, by row, column and channel; beyond the border there are zeros. So $W$, reshaped to
    $(3, 3, c_\text{in}, c_\text{out})$, is the usual kernel. With a stride of 2 every second row
    and column is kept. As one plain matrix product its gradients stay fast on a CPU inside
    `jax.lax.scan`, where those of XLA's own convolution do not; the price, at stride 1, is nine
    times the memory of the layer's input. Which of the two it is, is settled when a program is
    compiled for a platform. Weight and bias start as in `Linear`.

    Examples:
        >>> import jax
        >>> from gantheory import networks
        >>> layer = networks.Convolution(3, 8, stride=2, key=jax.random.key(0))
        >>> layer(jax.numpy.ones((16, 16, 3))).shape
        (8, 8, 8)
    """

    matrix: Linear
    stride: int = eqx.field(static=True)

    def __init__(
        self, in_channels: int, out_channels: int, *, stride: int, gain: float = 1.0, key: Key
    ):
        """Draw a layer from `in_channels` to `out_channels`."""
        require_count(in_channels=in_channels, out_channels=out_channels, stride=stride)
        self.matrix = Linear(KERNEL**2 * in_channels, out_channels, gain=gain, key=key)
        self.stride = stride

    def __call__(self, image: Image) -> NewImage:
        """Map one image."""
        channels = self.matrix.weight.shape[0] // KERNEL**2
        if image.ndim != 3 or image.shape[2] != channels:
            raise ValueError(
                f"image must have shape (height, width, {channels}), the channels last, got "
                f"{image.shape}; a network maps one image, and jax.vmap(network) a batch."
            )
        padded, matrix = jnp.pad(image, ((1, 1), (1, 1), (0, 0))), self.matrix.weight
        dtype = jnp.promote_types(padded.dtype, matrix.dtype)  # XLA's own would refuse two types
        convolved = jax.lax.platform_dependent(
            padded.astype(dtype),
            matrix.astype(dtype),
            cpu=partial(_by_patches, stride=self.stride),
            default=partial(_by_xla, stride=self.stride),
        )
        return convolved + self.matrix.bias[None, None]


def _by_patches(padded: Array, matrix: Array, *, stride: int) -> Array:
    """A convolution as one product of matrices."""
    return _windows(padded, stride) @ matrix


def _by_xla(padded: Array, matrix: Array, *, stride: int) -> Array:
    """The same as XLA's own operation."""
    kernel = matrix.reshape(KERNEL, KERNEL, -1, matrix.shape[1])
    return jax.lax.conv_general_dilated(
        padded[None], kernel, (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )[0]


def _windows(padded: Array, stride: int) -> Array:
    """The numbers of every window, by row, column and channel."""

    def lines(image: Array, axis: int) -> list[Array]:
        """What the first, second and last line of all windows see."""
        end = image.shape[axis] - KERNEL + 1
        return [
            jax.lax.slice_in_dim(image, start, start + end, stride, axis) for start in range(KERNEL)
        ]

    if stride == 1:  # these share their columns: 0.85 of the time of a step at 32 by 32 pixels
        columns = jnp.concatenate(lines(padded, 1), axis=-1)
        return jnp.concatenate(lines(columns, 0), axis=-1)
    return jnp.concatenate([part for row in lines(padded, 0) for part in lines(row, 1)], axis=-1)


@checked
def depth_to_space(image: Image) -> NewImage:
    """Twice the side for a quarter of the channels, which become squares of pixels.

    The channels are ordered by row, column and channel of the square: the first quarter of them
    makes the pixel at its upper left, the second that at its upper right. (PyTorch's
    `pixel_shuffle` orders them by channel, row and column.)

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import networks
        >>> print(networks.depth_to_space(jnp.arange(4.0)[None, None])[:, :, 0])
        [[0. 1.]
         [2. 3.]]
    """
    height, width, channels = image.shape
    if channels % 4:
        raise ValueError(f"image must have a multiple of 4 channels, got {channels}.")
    squares = image.reshape(height, width, 2, 2, channels // 4)
    return squares.transpose(0, 2, 1, 3, 4).reshape(2 * height, 2 * width, channels // 4)


class ConvolutionalGenerator(eqx.Module):
    r"""From a latent vector to an image with values in $(-1, 1)$.

    A linear layer makes a map of 4 by 4, by row, column and channel; each stage doubles the side
    and halves the channels: its convolution makes four times the channels that are to be left, and
    `depth_to_space` turns these into pixels (sub-pixel upsampling). The last one makes the image,
    through tanh. The map of half the image's side has `width` channels.

    Examples:
        >>> import jax
        >>> from gantheory import networks
        >>> generator = networks.ConvolutionalGenerator(
        ...     8, 16, 3, width=4, activation=jax.nn.relu, key=jax.random.key(0)
        ... )
        >>> generator(jax.numpy.zeros(8)).shape
        (16, 16, 3)
    """

    project: Linear
    stages: tuple[Convolution, ...]
    activation: Callable[[Array], Array] = eqx.field(static=True)

    def __init__(
        self,
        latent_size: int,
        side: int,
        channels: int,
        *,
        width: int,
        activation: Callable[[Array], Array],
        gain: float = 1.0,
        key: Key,
    ):
        """Draw a generator of `side` by `side` images; all layers but the last have this `gain`."""
        require_count(width=width, channels=channels)
        require_function("a function such as jax.nn.relu", activation=activation)
        require_key(key=key)
        doublings = _doublings(side)
        project_key, *stage_keys = jax.random.split(key, doublings + 1)
        widths = [*(width * 2**stage for stage in reversed(range(doublings))), channels]
        gains = [*[gain] * (doublings - 1), 1.0]
        self.project = Linear(latent_size, SMALLEST**2 * widths[0], gain=gain, key=project_key)
        self.stages = tuple(
            Convolution(before, 4 * after, stride=1, gain=stage_gain, key=stage_key)
            for before, after, stage_gain, stage_key in zip(
                widths[:-1], widths[1:], gains, stage_keys, strict=True
            )
        )
        self.activation = activation

    def __call__(self, latent: Float[Array, " size"]) -> Image:
        """Paint one image."""
        image = self.project(latent).reshape(SMALLEST, SMALLEST, -1)
        for stage in self.stages:
            image = depth_to_space(stage(self.activation(image)))
        return jnp.tanh(image)


class ConvolutionalTrunk(eqx.Module):
    """From an image to a feature vector; a linear layer, or `TwoHeaded`, reads it.

    Convolutions of stride 2 halve the side down to 4 by 4, the first one to `width` channels and
    each further one to twice as many as before. The features, by row, column and channel of the
    last map, are not yet activated.

    Examples:
        >>> import jax
        >>> from gantheory import networks
        >>> trunk = networks.ConvolutionalTrunk(
        ...     16, 3, width=4, activation=jax.nn.relu, key=jax.random.key(0)
        ... )
        >>> print(trunk.features, trunk(jax.numpy.zeros((16, 16, 3))).shape)
        128 (128,)
    """

    stages: tuple[Convolution, ...]
    activation: Callable[[Array], Array] = eqx.field(static=True)
    features: int = eqx.field(static=True)

    def __init__(
        self,
        side: int,
        channels: int,
        *,
        width: int,
        activation: Callable[[Array], Array],
        gain: float = 1.0,
        key: Key,
    ):
        """Draw a trunk for `side` by `side` images; all layers have this `gain`."""
        require_count(width=width, channels=channels)
        require_function("a function such as jax.nn.relu", activation=activation)
        require_key(key=key)
        halvings = _doublings(side)
        widths = [channels, *(width * 2**stage for stage in range(halvings))]
        self.stages = tuple(
            Convolution(narrow, wide, stride=2, gain=gain, key=stage_key)
            for narrow, wide, stage_key in zip(
                widths[:-1], widths[1:], jax.random.split(key, halvings), strict=True
            )
        )
        self.activation = activation
        self.features = SMALLEST**2 * widths[-1]

    def __call__(self, image: Image) -> Float[Array, " features"]:
        """The features of one image, `features` of them."""
        shape = image.shape
        for stage in self.stages[:-1]:
            image = self.activation(stage(image))
        features = self.stages[-1](image).reshape(-1)
        if features.size != self.features:
            raise ValueError(
                f"image must be {SMALLEST * 2 ** len(self.stages)} pixels high and wide, "
                f"got {shape[0]} by {shape[1]}."
            )
        return features


def _doublings(side: int) -> int:
    """How often 4 is doubled to make the side."""
    require_count(side=side)
    doublings = round(math.log2(side / SMALLEST))
    if doublings < 1 or SMALLEST * 2**doublings != side:
        raise ValueError(f"side must be 8, 16, 32 or a further power of two, got {side}.")
    return doublings
