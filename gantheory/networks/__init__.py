"""The networks of the answers. A network maps one sample; batches are made by `jax.vmap`."""

from gantheory.networks.autoencoder import Autoencoder
from gantheory.networks.convolutional import (
    Convolution,
    ConvolutionalGenerator,
    ConvolutionalTrunk,
    depth_to_space,
)
from gantheory.networks.perceptron import MLP, Linear
from gantheory.networks.two_headed import TwoHeaded
from gantheory.networks.variational import VariationalAutoencoder

__all__ = [
    "MLP",
    "Autoencoder",
    "Convolution",
    "ConvolutionalGenerator",
    "ConvolutionalTrunk",
    "Linear",
    "TwoHeaded",
    "VariationalAutoencoder",
    "depth_to_space",
]
