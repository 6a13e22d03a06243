"""The Equinox networks of the answers. A network maps one sample; batches are made by `jax.vmap`."""

from gantheory.networks.autoencoder import Autoencoder
from gantheory.networks.perceptron import MLP, Linear
from gantheory.networks.two_headed import TwoHeaded
from gantheory.networks.variational import VariationalAutoencoder

__all__ = ["MLP", "Autoencoder", "Linear", "TwoHeaded", "VariationalAutoencoder"]
