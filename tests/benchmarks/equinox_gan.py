"""The same GAN in Equinox, as it is usually written: one compiled step, called by a Python loop."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optax


def trainer(width: int, batch: int) -> Callable[[int], None]:
    """A function that trains for some steps."""
    generator_key, discriminator_key, key = jax.random.split(jax.random.key(0), 3)
    generator, discriminator = (
        eqx.nn.MLP(1, 1, width, 2, activation=jnp.tanh, key=key)
        for key in (generator_key, discriminator_key)
    )
    adam = optax.adam(1e-3, b1=0.5)
    states = [adam.init(eqx.filter(net, eqx.is_array)) for net in (discriminator, generator)]

    def discriminator_loss(discriminator, generator, real, latent):
        fake = jax.vmap(generator)(latent)
        real_logits, fake_logits = jax.vmap(discriminator)(real), jax.vmap(discriminator)(fake)
        return jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))

    def generator_loss(generator, discriminator, latent):
        return jnp.mean(jax.nn.softplus(-jax.vmap(discriminator)(jax.vmap(generator)(latent))))

    @eqx.filter_jit
    def step(generator, discriminator, states, key):
        real_key, first_key, second_key, key = jax.random.split(key, 4)
        real = 4 + 1.25 * jax.random.normal(real_key, (batch, 1))
        latent = jax.random.uniform(first_key, (batch, 1))
        gradient = eqx.filter_grad(discriminator_loss)(discriminator, generator, real, latent)
        updates, first = adam.update(gradient, states[0])
        discriminator = eqx.apply_updates(discriminator, updates)
        latent = jax.random.uniform(second_key, (batch, 1))
        gradient = eqx.filter_grad(generator_loss)(generator, discriminator, latent)
        updates, second = adam.update(gradient, states[1])
        return eqx.apply_updates(generator, updates), discriminator, [first, second], key

    carried = (generator, discriminator, states, key)

    def train(steps: int) -> None:
        nonlocal carried
        for _ in range(steps):
            carried = step(*carried)
        jax.block_until_ready(eqx.filter(carried, eqx.is_array))

    return train
