"""Variational autoencoders on scikit-learn's images of digits, for several weights of the
divergence."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.scipy.stats import multivariate_normal
from jaxtyping import Array
from sklearn.datasets import load_digits
from tools.results.cache import cached

from gantheory import Every, Optimiser, Trainer
from gantheory.data import Batch, Dataset, Normal
from gantheory.divergences import kl_multivariate_normal, kl_to_standard_normal
from gantheory.games import (
    AUTOENCODER,
    Bernoulli,
    Gaussian,
    VariationalGame,
    importance_log_weights,
    importance_weighted_bound,
)
from gantheory.networks import MLP, Linear, VariationalAutoencoder

PIXELS, LATENT, WIDTH = 64, 8, 128
TEST = 297
CODES_PER_IMAGE = 64
BOUNDS = (1, 4, 16, 64)
TRAVERSAL = tuple(np.linspace(-2.5, 2.5, 9).tolist())


def digits() -> tuple[Array, Array]:
    """Black-and-white digits of 8 by 8 pixels, shuffled: those to learn from, those to judge by."""
    intensities, _ = load_digits(return_X_y=True)
    images = (np.asarray(intensities) >= 8).astype(np.float32)
    images = images[np.random.default_rng(0).permutation(len(images))]
    return jnp.asarray(images[TEST:]), jnp.asarray(images[:TEST])


def autoencoder(key: Array) -> VariationalAutoencoder:
    """A fresh player: one hidden layer on either side of the code."""
    encoder_key, decoder_key = jax.random.split(key)
    shape = {"width": WIDTH, "depth": 1, "activation": jax.nn.gelu}
    return VariationalAutoencoder(
        encoder=MLP(PIXELS, 2 * LATENT, key=encoder_key, **shape),
        decoder=MLP(LATENT, PIXELS, key=decoder_key, **shape),
    )


@cached
def train_digits(betas: tuple[float, ...], steps: int, stride: int) -> dict[str, Array]:
    """One run for each weight beta, all at once; what the page shows of them, on images held
    back."""
    training, test = digits()
    source = Dataset(training, latent=Normal(jnp.zeros(LATENT), jnp.ones(LATENT)), batch_size=64)
    run_key, noise_key = jax.random.split(jax.random.key(0))

    def one_run(beta: Array) -> dict[str, Array]:
        trainer = Trainer(
            VariationalGame(Bernoulli(), beta=beta),
            source,
            optimisers={AUTOENCODER: Optimiser(optax.adam, learning_rate=2e-3)},
            record=Every(stride),
        )
        state = trainer.init({AUTOENCODER: autoencoder(jax.random.key(1))}, key=run_key)
        result = trainer.train(state, steps)
        return result.history | judge(result.players[AUTOENCODER], test, noise_key)

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jnp.asarray(betas))


def judge(model: VariationalAutoencoder, test: Array, key: Array) -> dict[str, Array]:
    """Both parts of the bound on held-back images, sharper bounds, and pictures."""
    mean, log_variance = jax.vmap(model.encode)(test)
    noise = jax.random.normal(key, (len(test), CODES_PER_IMAGE, LATENT))
    log_weights = jax.vmap(lambda x, e: importance_log_weights(model, Bernoulli(), x, e))(
        test, noise
    )
    bounds = [
        jnp.mean(importance_weighted_bound(log_weights.reshape(len(test), -1, count)), axis=1)
        for count in BOUNDS
    ]
    kl = kl_to_standard_normal(mean, log_variance)
    image = jax.vmap(lambda z: jax.nn.sigmoid(model.decode(z)))
    return {
        "test_kl": jnp.mean(kl),
        "test_bounds": jnp.stack(bounds),
        "unit_kl": jnp.mean(
            kl_to_standard_normal(mean[..., None], log_variance[..., None]), axis=0
        ),
        "originals": test[:10],
        "reconstructions": image(mean[:10]),
        "samples": image(noise[:40, 0]),
        "traversals": jax.vmap(lambda unit: image(walk(mean[0], unit)))(jnp.arange(LATENT)),
    }


def walk(code: Array, unit: Array) -> Array:
    """Copies of a code in which one unit runs through the range of the prior."""
    steps = jnp.asarray(TRAVERSAL)
    here = (jnp.arange(LATENT) == unit)[None, :]
    return jnp.where(here, steps[:, None], code[None, :])


@cached
def linear_check(samples: int, codes: int) -> dict[str, Array]:
    """A linear decoder with Gaussian noise, where evidence and posterior have closed forms.

    The game's own loss is evaluated on the points ±√k e_i in place of noise: their average is the
    exact expectation of every quadratic function of a standard normal vector, and the loss is
    quadratic here.
    """
    return eqx.filter_jit(_linear_check)(samples, codes)


def _linear_check(samples: int, codes: int) -> dict[str, Array]:
    pixels, latent, noise_level = 5, 2, 0.6
    encoder_key, decoder_key, data_key, code_key = jax.random.split(jax.random.key(4), 4)
    decoder = Linear(latent, pixels, key=decoder_key)
    model = VariationalAutoencoder(Linear(pixels, 2 * latent, key=encoder_key), decoder)
    weight, offset = decoder.weight, decoder.bias
    variance = noise_level**2
    x = jax.random.normal(data_key, (samples, pixels))
    mean, log_variance = jax.vmap(model.encode)(x)
    marginal = weight.T @ weight + variance * jnp.eye(pixels)
    posterior = jnp.linalg.inv(jnp.eye(latent) + weight @ weight.T / variance)
    posterior_mean = (x - offset[None, :]) @ weight.T @ posterior / variance

    points = jnp.concatenate([jnp.eye(latent), -jnp.eye(latent)]) * latent**0.5
    game = VariationalGame(Gaussian(noise_level), beta=1.0)

    def evidence_bound(one: Array) -> Array:
        real = jnp.broadcast_to(one, (len(points), pixels))
        batch = Batch(real=real, latent=points, key=code_key)
        return -game.entries({AUTOENCODER: model}, batch)[AUTOENCODER]

    def log_evidence(one: Array) -> Array:
        return jnp.asarray(multivariate_normal.logpdf(one, offset, marginal))

    noise = jax.random.normal(code_key, (samples, codes, latent))
    log_weights = jax.vmap(
        lambda one, e: importance_log_weights(model, Gaussian(noise_level), one, e)
    )(x, noise)
    return {
        "log_evidence": jax.vmap(log_evidence)(x),
        "bound": jax.vmap(evidence_bound)(x),
        "gap": kl_multivariate_normal(
            mean,
            jax.vmap(jnp.diag)(jnp.exp(log_variance)),
            posterior_mean,
            jnp.broadcast_to(posterior, (samples, latent, latent)),
        ),
        "sampled_bounds": jnp.stack(
            [
                jnp.mean(importance_weighted_bound(log_weights.reshape(samples, -1, count)), axis=1)
                for count in BOUNDS
            ]
        ),
    }
