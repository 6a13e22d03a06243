"""The same GAN in Equinox without the library: one compiled step, called by a Python loop as it is
usually written, or by a bare `lax.scan`, with nothing checked."""

from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree


def loop(width: int, batch: int) -> Callable[[int], None]:
    """A function that trains for some steps, each a call of the compiled step."""
    carried, step = _task(width, batch)
    step = eqx.filter_jit(step)

    def train(steps: int) -> None:
        nonlocal carried
        for _ in range(steps):
            carried = step(carried)
        jax.block_until_ready(eqx.filter(carried, eqx.is_array))

    return train


def scan(width: int, batch: int, steps: int) -> Callable[[], None]:
    """A function that trains for `steps` steps in one scan, with nothing checked or recorded."""
    program, params = scan_program(width, batch, steps)
    return lambda: jax.block_until_ready(program(params))


def scan_program(width: int, batch: int, steps: int) -> tuple[jax.stages.Compiled, PyTree]:
    """The compiled scan, and what it starts from."""
    carried, step = _task(width, batch)
    params, static = eqx.partition(carried, eqx.is_array)

    def one(params: PyTree, _: None) -> tuple[PyTree, None]:
        return eqx.filter(step(eqx.combine(params, static)), eqx.is_array), None

    program = jax.jit(lambda params: jax.lax.scan(one, params, length=steps)[0])
    return program.lower(params).compile(), params


def _task(width: int, batch: int) -> tuple[PyTree, Callable[[PyTree], PyTree]]:
    """Both networks, their optimisers' states and a key; and a step of all of these."""
    generator_key, discriminator_key, key = jax.random.split(jax.random.key(0), 3)
    mlp = partial(eqx.nn.MLP, 1, 1, width, 2, activation=jnp.tanh)
    generator, discriminator = mlp(key=generator_key), mlp(key=discriminator_key)
    adam = optax.adam(1e-3, b1=0.5)
    states = [adam.init(eqx.filter(net, eqx.is_array)) for net in (discriminator, generator)]

    def discriminator_loss(discriminator, generator, real, latent):
        fake = jax.vmap(generator)(latent)
        real_logits, fake_logits = jax.vmap(discriminator)(real), jax.vmap(discriminator)(fake)
        return jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))

    def generator_loss(generator, discriminator, latent):
        return jnp.mean(jax.nn.softplus(-jax.vmap(discriminator)(jax.vmap(generator)(latent))))

    def step(carried: PyTree) -> PyTree:
        generator, discriminator, states, key = carried
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

    return (generator, discriminator, states, key), step
