"""The network pair of a variational autoencoder."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory.shapes import Sample


class VariationalAutoencoder(eqx.Module):
    r"""An encoder $q(z\mid x) = \mathcal N(\mu(x), \operatorname{diag}\sigma^2(x))$ and a decoder.

    Any two maps will do: the encoder takes one sample to $2k$ numbers, the means and then the
    log-variances; the decoder takes $k$ numbers to what the likelihood expects.

    Examples:
        >>> import jax
        >>> from gantheory import networks
        >>> sizes, key = ((4, 2), (1, 4)), jax.random.key(0)
        >>> encoder, decoder = (networks.Linear(*pair, key=key) for pair in sizes)
        >>> model = networks.VariationalAutoencoder(encoder, decoder)
        >>> mean, log_variance = model.encode(jax.numpy.ones(4))
        >>> print(mean.shape, log_variance.shape, model.decode(mean).shape)
        (1,) (1,) (4,)
    """

    encoder: Callable[[Sample], Float[Array, " twice_k"]]
    decoder: Callable[[Float[Array, " k"]], Sample]

    def encode(self, x: Sample) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Mean and log-variance of the code of one sample."""
        outputs = self.encoder(x)
        if outputs.ndim != 1 or outputs.size % 2:
            raise ValueError(
                "encoder must return an even number of values, means and log-variances; "
                f"got shape {outputs.shape}."
            )
        mean, log_variance = jnp.split(outputs, 2)
        return mean, log_variance

    def decode(self, z: Float[Array, " k"]) -> Sample:
        """What the likelihood needs to know about the sample that `z` stands for."""
        return self.decoder(z)
