"""The creative game on images of noise, without PyTorch: by the trainer, and by a bare scan.

The networks are the convolutional ones of `docs/experiments/can_portraits/can.py`, with R1 and R2.
What the images show costs nothing.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PyTree

from gantheory import (
    Every,
    Optimiser,
    Trainer,
    TrainState,
    data,
    deviations,
    games,
    losses,
    networks,
)

BATCH, LATENTS, STYLES, CHANNELS, WIDTHS = 32, 64, 16, 3, (32, 64)
RATE, B1, B2, WEIGHT = 1e-3, 0.0, 0.99, 0.1


class Task(NamedTuple):
    """Both networks, the images with their labels, and a key."""

    generator: PyTree
    discriminator: PyTree
    images: Array
    labels: Array
    key: Array


def task(side: int) -> Task:
    image_key, generator_key, trunk_key, heads_key, key = jax.random.split(jax.random.key(0), 5)
    relu, leaky = jax.nn.relu, partial(jax.nn.leaky_relu, negative_slope=0.2)
    trunk = networks.ConvolutionalTrunk(
        side, CHANNELS, width=WIDTHS[1], activation=leaky, key=trunk_key
    )
    return Task(
        networks.ConvolutionalGenerator(
            LATENTS, side, CHANNELS, width=WIDTHS[0], activation=relu, key=generator_key
        ),
        networks.TwoHeaded(trunk, trunk.features, STYLES, activation=leaky, key=heads_key),
        jax.random.uniform(image_key, (10 * STYLES, side, side, CHANNELS), minval=-1),
        jnp.arange(10 * STYLES, dtype=jnp.int32) % STYLES,
        key,
    )


def run_of(side: int, steps: int) -> tuple[Trainer, TrainState]:
    """The trainer of the task, and the state it starts from."""
    generator, discriminator, images, labels, key = task(side)
    players = {games.GENERATOR: generator, games.DISCRIMINATOR: discriminator}
    latents = data.Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))
    trainer = Trainer(
        games.can(games.relativistic_r1_r2(), weight=WEIGHT),
        data.Dataset(images, latents, BATCH, labels),
        optimisers=dict.fromkeys(players, Optimiser(optax.adam, learning_rate=RATE, b1=B1, b2=B2)),
        record=Every(steps),
    )
    return trainer, trainer.init(players, key=key)


def train(side: int, steps: int) -> Callable[[], None]:
    """`Trainer.train`, compiled."""
    trainer, state = run_of(side, steps)
    program = eqx.filter_jit(trainer.train).lower(state, steps).compile()
    return lambda: jax.block_until_ready(program(state, steps).state.step)


def operations(side: int) -> float:
    """Floating-point operations of a step's two gradients, by XLA's count."""
    trainer, state = run_of(side, 1)
    batch = trainer.source(state.key)

    def of(mover: str) -> float:
        gradient = eqx.filter_jit(trainer.game.gradient).lower(state.players, mover, batch)
        return gradient.compile().compiled.cost_analysis()["flops"]

    return sum(of(mover) for mover in trainer.game.movers)


def scan(side: int, steps: int) -> Callable[[], None]:
    """A bare `lax.scan`: data and fakes in one pass of the discriminator, both penalties in one
    backward pass, nothing checked and nothing recorded."""
    program, params = scan_program(side, steps)
    return lambda: jax.block_until_ready(program(params))


def scan_program(side: int, steps: int) -> tuple[jax.stages.Compiled, PyTree]:
    """The compiled scan, and what it starts from."""
    generator, discriminator, images, labels, key = task(side)
    adam = optax.adam(RATE, b1=B1, b2=B2)
    players = (generator, discriminator)
    states = tuple(adam.init(eqx.filter(player, eqx.is_array)) for player in players)
    params, static = eqx.partition((players, states, key), eqx.is_array)

    def draw(key: Array) -> tuple[Array, Array, Array]:
        index_key, latent_key = jax.random.split(key)
        chosen = jax.random.randint(index_key, (BATCH,), 0, len(images))
        return images[chosen], labels[chosen], jax.random.normal(latent_key, (BATCH, LATENTS))

    def discriminator_loss(discriminator: PyTree, both: Array, label: Array) -> Array:
        def summed(both: Array) -> tuple[Array, tuple[Array, Array]]:
            logits, style = jax.vmap(discriminator)(both)
            return jnp.sum(logits), (logits, style)

        slopes, (logits, style) = jax.grad(summed, has_aux=True)(both)
        penalty = jnp.sum(slopes**2) / (2 * BATCH)
        adversarial = losses.relativistic_discriminator_loss(logits[:BATCH], logits[BATCH:])
        return adversarial + penalty + deviations.style_cross_entropy(style[:BATCH], label)

    def generator_loss(generator: PyTree, discriminator: PyTree, batch: tuple) -> Array:
        real, _, latent = batch
        both = jnp.concatenate([real, jax.vmap(generator)(latent)])
        logits, style = jax.vmap(discriminator)(both)
        adversarial = losses.relativistic_generator_loss(logits[:BATCH], logits[BATCH:])
        return adversarial + WEIGHT * deviations.bce_deviation(style[BATCH:])

    def step(params: PyTree, _: None) -> tuple[PyTree, None]:
        (generator, discriminator), (own, others), key = eqx.combine(params, static)
        first_key, second_key, key = jax.random.split(key, 3)
        real, label, latent = draw(first_key)
        both = jnp.concatenate([real, jax.vmap(generator)(latent)])
        gradient = eqx.filter_grad(discriminator_loss)(discriminator, both, label)
        updates, others = adam.update(gradient, others)
        discriminator = eqx.apply_updates(discriminator, updates)
        gradient = eqx.filter_grad(generator_loss)(generator, discriminator, draw(second_key))
        updates, own = adam.update(gradient, own)
        generator = eqx.apply_updates(generator, updates)
        return eqx.filter(((generator, discriminator), (own, others), key), eqx.is_array), None

    program = jax.jit(lambda params: jax.lax.scan(step, params, length=steps)[0])
    return program.lower(params).compile(), params
