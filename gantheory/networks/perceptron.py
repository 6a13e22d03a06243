"""Affine layers and the multi-layer perceptron."""

import itertools
from collections.abc import Callable
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.checks import require_count
from gantheory.shapes import Key


class Linear(eqx.Module):
    r"""An affine map $x \mapsto x W + b$ with the weight stored as (in, out).

    The product is written `x @ W`, which under `jax.vmap` is one plain matrix product; on a CPU that
    trains measurably faster than the transposed layout. Weight and bias start uniform on
    $\pm 1/\sqrt{\text{in}}$.
    """

    weight: Float[Array, " in out"]
    bias: Float[Array, " out"]

    def __init__(self, in_size: int, out_size: int, *, key: Key):
        """Draw a layer from `in_size` to `out_size` numbers."""
        require_count(in_size=in_size, out_size=out_size)
        weight_key, bias_key = jax.random.split(key)
        bound = in_size**-0.5
        self.weight = jax.random.uniform(
            weight_key, (in_size, out_size), minval=-bound, maxval=bound
        )
        self.bias = jax.random.uniform(bias_key, (out_size,), minval=-bound, maxval=bound)

    def __call__(self, x: Float[Array, " in"]) -> Float[Array, " out"]:
        """Map one vector."""
        return x @ self.weight + self.bias


class MLP(eqx.Module):
    """A multi-layer perceptron: `depth` hidden layers of equal `width`, then a linear read-out."""

    layers: tuple[Linear, ...]
    activation: Callable[[Array], Array] = eqx.field(static=True)
    scalar: bool = eqx.field(static=True)

    def __init__(
        self,
        in_size: int,
        out_size: int | Literal["scalar"],
        *,
        width: int,
        depth: int,
        activation: Callable[[Array], Array],
        key: Key,
    ):
        """Draw a network from vectors of `in_size` to vectors of `out_size`, or to a scalar."""
        require_count(width=width, depth=depth)
        outputs = 1 if out_size == "scalar" else out_size
        sizes = (in_size, *[width] * depth, outputs)
        keys = jax.random.split(key, len(sizes) - 1)
        self.layers = tuple(
            Linear(*pair, key=layer_key)
            for pair, layer_key in zip(itertools.pairwise(sizes), keys, strict=True)
        )
        self.activation = activation
        self.scalar = out_size == "scalar"

    def __call__(self, x: Float[Array, " in"]) -> Float[Array, " *out"]:
        """Map one vector to a vector, or to a scalar if the network was built with `"scalar"`."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        x = self.layers[-1](x)
        return jnp.squeeze(x, axis=0) if self.scalar else x
