"""A GAN of two Flax NNX networks, with the losses and a penalty of gantheory.

Run by `nox -s integrations`.
"""

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from gantheory import losses, penalties


class Network(nnx.Module):
    """Two hidden layers, from one number to one number, a batch at a time."""

    def __init__(self, rngs: nnx.Rngs):
        self.first = nnx.Linear(1, 32, rngs=rngs)
        self.second = nnx.Linear(32, 32, rngs=rngs)
        self.last = nnx.Linear(32, 1, rngs=rngs)

    def __call__(self, x):
        return self.last(jnp.tanh(self.second(jnp.tanh(self.first(x)))))


@nnx.jit
def step(generator, discriminator, generator_optimiser, discriminator_optimiser, key):
    """One move of each player; the modules and optimisers are updated in place, as NNX does."""
    real_key, *latent_keys = jax.random.split(key, 3)
    real = jax.random.normal(real_key, (128, 1))
    first, second = (jax.random.uniform(k, (128, 1), minval=-1.0) for k in latent_keys)

    def discriminator_loss(discriminator):
        real_logits = discriminator(real)[:, 0]
        fake_logits = discriminator(generator(first))[:, 0]
        # a penalty wants a critic of one sample
        penalty = penalties.r1(lambda x: discriminator(x[None])[0, 0], real)
        return losses.logistic_discriminator_loss(real_logits, fake_logits) + 0.1 * penalty

    def generator_loss(generator):
        return losses.nonsaturating_generator_loss(discriminator(generator(second))[:, 0])

    loss, gradient = nnx.value_and_grad(discriminator_loss)(discriminator)
    discriminator_optimiser.update(discriminator, gradient)
    _, gradient = nnx.value_and_grad(generator_loss)(generator)
    generator_optimiser.update(generator, gradient)
    return loss


generator, discriminator = Network(nnx.Rngs(0)), Network(nnx.Rngs(1))
optimisers = [
    nnx.Optimizer(network, optax.adam(2e-3, b1=0.0), wrt=nnx.Param)
    for network in (generator, discriminator)
]
latents = jax.random.uniform(jax.random.key(7), (2_000, 1), minval=-1.0)


def distance(generator):
    """Of generated samples to the standard normal distribution, by quantiles."""
    probabilities = (jnp.arange(2_000) + 0.5) / 2_000
    exact = jax.scipy.stats.norm.ppf(probabilities)
    return float(jnp.mean(jnp.abs(jnp.sort(generator(latents)[:, 0]) - exact)))


before = distance(generator)
for key in jax.random.split(jax.random.key(2), 1_500):
    loss = step(generator, discriminator, *optimisers, key)
after = distance(generator)
print(f"Wasserstein distance {before:.2f} before, {after:.2f} after; last loss {loss:.2f} nats")
assert after < 0.5 * before, "it learns"
assert abs(float(loss) - 2 * jnp.log(2)) < 0.3, "near the equilibrium's 2 log 2"
