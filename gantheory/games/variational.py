r"""The variational autoencoder: a game with a single player.

Encoder and decoder want the same thing, so they are one player. Its loss is the negative evidence
lower bound, $-\mathbb E_q[\log p(x\mid z)] + \mathrm{KL}(q(z\mid x)\,\|\,\mathcal N(0, I))$, an
upper bound on $-\log p(x)$. A batch's latent batch is the noise $\varepsilon$ of
$z = \mu + \sigma\varepsilon$.
"""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import (
    checked,
    require_non_negative,
    require_number,
    require_positive,
    require_same_shape,
)
from gantheory.data import Batch
from gantheory.divergences import kl_to_standard_normal
from gantheory.games._batches import require_batch
from gantheory.games.game import Entry, Game, Players
from gantheory.games.turns import Turn
from gantheory.networks.variational import VariationalAutoencoder
from gantheory.shapes import Sample, Scalar

AUTOENCODER = "autoencoder"
"""The name of the only player."""

LogLikelihood = Callable[[Sample, Sample], Scalar]


class Bernoulli(eqx.Module):
    r"""Independent binary entries; the decoder returns their logits.

    $$\log p(x\mid z) = \sum_i x_i h_i - \log(1 + e^{h_i})$$

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import games
        >>> x, logits = jnp.array([1.0, 0.0]), jnp.array([0.0, 0.0])
        >>> print(jnp.exp(games.Bernoulli()(x, logits)))
        0.25
    """

    @checked
    def __call__(self, x: Sample, decoded: Sample) -> Scalar:
        """The log-probability of `x`, with entries 0 or 1, in nats."""
        return jnp.sum(x * decoded - jax.nn.softplus(decoded))


class Gaussian(eqx.Module):
    r"""Independent normal entries of one fixed standard deviation; the decoder returns their means.

    $$\log p(x\mid z) = -\sum_i\Bigl[\tfrac12\Bigl(\frac{x_i - m_i}{\tau}\Bigr)^2
    + \log\bigl(\tau\sqrt{2\pi}\bigr)\Bigr]$$

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import games
        >>> print(games.Gaussian(1.0)(jnp.zeros(1), jnp.zeros(1)))
        -0.9189385
    """

    standard_deviation: Scalar

    def __init__(self, standard_deviation: Float[Array, ""] | float):
        r"""Set the standard deviation $\tau > 0$ of every entry."""
        require_number(standard_deviation=standard_deviation)
        require_positive(standard_deviation=standard_deviation)
        self.standard_deviation = jnp.asarray(standard_deviation, float)

    @checked
    def __call__(self, x: Sample, decoded: Sample) -> Scalar:
        """The log-density at `x` in nats."""
        constant = jnp.log(self.standard_deviation) + 0.5 * math.log(2 * math.pi)
        squares = ((x - decoded) / self.standard_deviation) ** 2
        return -jnp.sum(0.5 * squares) - x.size * constant


class VariationalGame(Game[Batch]):
    r"""Minimise reconstruction plus $\beta$ times the KL divergence of the code from its prior.

    $$L = \mathbb E_x\Bigl[-\mathbb E_{z\sim q(z\mid x)}[\log p(x\mid z)]
    + \beta\,\mathrm{KL}\bigl(q(z\mid x)\,\|\,\mathcal N(0, I)\bigr)\Bigr]$$

    At $\beta = 1$ this is minus the evidence lower bound, proved in [The divergence at
    work][thm-evidence-bound]. The expectation over codes is estimated with one code per sample, the
    divergence is exact. Recorded beside the loss: "reconstruction" and "kl", both in nats per
    sample and without $\beta$.

    Examples:
        >>> import jax
        >>> from gantheory import data, games, networks
        >>> encoder, decoder = (networks.Linear(n, 2, key=jax.random.key(n)) for n in (2, 1))
        >>> players = {"autoencoder": networks.VariationalAutoencoder(encoder, decoder)}
        >>> game = games.VariationalGame(games.Gaussian(1.0), beta=1.0)
        >>> source = data.Synthetic(data.Uniform(2), data.Normal(0.0, 1.0), batch_size=4)
        >>> sorted(game.entries(players, source(jax.random.key(0))))
        ['autoencoder', 'kl', 'reconstruction']

    Source:
        Kingma and Welling (2014), the variational autoencoder, which is the case $\beta = 1$.
    """

    log_likelihood: LogLikelihood
    beta: Scalar
    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn((AUTOENCODER,)),))

    def __init__(self, log_likelihood: LogLikelihood, *, beta: Float[Array, ""] | float):
        r"""Set the likelihood and the weight $\beta \ge 0$, an array so that it can be vmapped."""
        require_number(beta=beta)
        require_non_negative(beta=beta)
        self.log_likelihood = log_likelihood
        self.beta = jnp.asarray(beta, float)

    def losses(self, players: Players, batch: Batch) -> dict[str, Entry]:
        """The player's loss on a batch, and its two parts."""
        require_batch(batch)
        model = players[AUTOENCODER]
        mean, log_variance = jax.vmap(model.encode)(batch.real)
        require_same_shape(mean=mean, latent=batch.latent)
        decoded = jax.vmap(model.decode)(mean + jnp.exp(0.5 * log_variance) * batch.latent)
        require_same_shape(real=batch.real, decoded=decoded)
        reconstruction = -jnp.mean(jax.vmap(self.log_likelihood)(batch.real, decoded))
        kl = jnp.mean(kl_to_standard_normal(mean, log_variance))
        parts = {"reconstruction": reconstruction, "kl": kl}
        return {AUTOENCODER: (reconstruction + self.beta * kl, parts)}


@checked
def importance_log_weights(
    model: VariationalAutoencoder,
    log_likelihood: LogLikelihood,
    x: Sample,
    noise: Float[Array, " count k"],
) -> Float[Array, " count"]:
    r"""Log-weights of codes drawn from the encoder, whose mean weight is unbiased for $p(x)$.

    $$\log w_j = \log p(x\mid z_j) + \log p(z_j) - \log q(z_j\mid x), \qquad
    z_j = \mu(x) + \sigma(x)\,\varepsilon_j$$

    There is one log-weight, in nats, for each row $\varepsilon_j$ of standard normal `noise`;
    `log_likelihood` is $\log p(x\mid z)$ as a function of $x$ and the decoded $z$.

    Raises:
        ValueError: A row of noise has another size than a code.

    Examples:
        >>> import jax
        >>> from gantheory import games, networks
        >>> encoder, decoder = (networks.Linear(n, 2, key=jax.random.key(n)) for n in (2, 1))
        >>> model = networks.VariationalAutoencoder(encoder, decoder)
        >>> noise = jax.random.normal(jax.random.key(0), (5, 1))
        >>> games.importance_log_weights(model, games.Gaussian(1.0), jax.numpy.ones(2), noise).shape
        (5,)
    """
    mean, log_variance = model.encode(x)
    require_same_shape(mean=mean, noise=noise[0])

    def log_weight(epsilon: Float[Array, " k"]) -> Scalar:
        z = mean + jnp.exp(0.5 * log_variance) * epsilon
        log_prior_ratio = 0.5 * jnp.sum(epsilon**2 + log_variance - z**2)
        return log_likelihood(x, model.decode(z)) + log_prior_ratio

    return jax.vmap(log_weight)(noise)


@checked
def importance_weighted_bound(
    log_weights: Float[Array, " *batch count"],
) -> Float[Array, " *batch"]:
    r"""The logarithm of the mean weight: in expectation a lower bound on $\log p(x)$.

    $$\mathcal L_K = \log\frac1K\sum_{j=1}^K w_j, \qquad
    \mathbb E[\mathcal L_1] \le \mathbb E[\mathcal L_2] \le \dots \le \log p(x)$$

    The log-weights of one sample lie along the last axis; its bound is in nats. With one weight the
    expectation is the evidence lower bound of [The divergence at work][thm-evidence-bound]; for
    several the bound follows from Jensen's inequality, since the mean weight has the expectation
    $p(x)$, and the same page shows that it rises with their number.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import games
        >>> print(jnp.exp(games.importance_weighted_bound(jnp.log(jnp.array([0.1, 0.3])))).round(3))
        0.2

    Source:
        Burda, Grosse and Salakhutdinov (2016), importance weighted autoencoders.
    """
    return jax.nn.logsumexp(log_weights, axis=-1) - math.log(log_weights.shape[-1])
