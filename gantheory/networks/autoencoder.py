"""An encoder and a decoder, one after the other."""

from collections.abc import Callable

import equinox as eqx
from jaxtyping import Array, Float

from gantheory.shapes import Sample


class Autoencoder(eqx.Module):
    """Maps a sample to its reconstruction; a code shorter than the sample makes it selective.

    Examples:
        >>> import jax
        >>> from gantheory import networks
        >>> sizes, key = ((4, 1), (1, 4)), jax.random.key(0)
        >>> encoder, decoder = (networks.Linear(*pair, key=key) for pair in sizes)
        >>> networks.Autoencoder(encoder, decoder)(jax.numpy.ones(4)).shape
        (4,)
    """

    encoder: Callable[[Sample], Float[Array, " code"]]
    decoder: Callable[[Float[Array, " code"]], Sample]

    def __call__(self, x: Sample) -> Sample:
        """Reconstruct one sample."""
        return self.decoder(self.encoder(x))
