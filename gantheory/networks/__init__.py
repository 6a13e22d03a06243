"""The Equinox networks of the answers. A network maps one sample; batches are made by `jax.vmap`."""

from gantheory.networks.perceptron import MLP, Linear

__all__ = ["MLP", "Linear"]
