"""What a step of the creative game on images costs: ms per step, images per second, and the share
of the machine's own speed.

Run by `nox -s bench -- creative`. The networks are those of
`docs/experiments/can_portraits/can.py`, with R1 and R2. The roof is the rate of a matrix product of
the generator's largest layer, alone in the same process. Times are of this machine and this hour.
"""

import time
from functools import partial

import jax
import jax.numpy as jnp
import optax
import pytest

from gantheory import Every, Optimiser, Trainer, data, games, networks

STEPS, BATCH, LATENTS, STYLES, CHANNELS = 20, 32, 64, 16, 3
GENERATOR_WIDTH, DISCRIMINATOR_WIDTH = 32, 64


def run(side: int, key: jax.Array):
    """A few steps on images of noise; what they show costs nothing."""
    image_key, generator_key, trunk_key, heads_key, run_key = jax.random.split(key, 5)
    activation = partial(jax.nn.leaky_relu, negative_slope=0.2)
    trunk = networks.ConvolutionalTrunk(
        side, CHANNELS, width=DISCRIMINATOR_WIDTH, activation=activation, key=trunk_key
    )
    players = {
        games.GENERATOR: networks.ConvolutionalGenerator(
            LATENTS,
            side,
            CHANNELS,
            width=GENERATOR_WIDTH,
            activation=jax.nn.relu,
            key=generator_key,
        ),
        games.DISCRIMINATOR: networks.TwoHeaded(
            trunk, trunk.features, STYLES, activation=activation, key=heads_key
        ),
    }
    with jax.ensure_compile_time_eval():
        labels = jnp.arange(10 * STYLES, dtype=jnp.int32) % STYLES
    images = jax.random.uniform(image_key, (labels.size, side, side, CHANNELS), minval=-1)
    latents = data.Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))
    adam = Optimiser(optax.adam, learning_rate=1e-3, b1=0.0, b2=0.99)
    trainer = Trainer(
        games.can(games.relativistic_r1_r2(), weight=0.1),
        data.Dataset(images, latents, BATCH, labels),
        optimisers=dict.fromkeys(players, adam),
        record=Every(STEPS),
    )
    state = trainer.init(players, key=run_key)
    result = trainer.train(state, STEPS)
    return result.state.step


def compiled(function, *arguments):
    """The program, and how many floating-point operations it says it has (a loop's body counts
    once)."""
    program = jax.jit(function).lower(*arguments).compile()
    return program, program.cost_analysis()["flops"]


def roof(rounds: int = 20) -> float:
    """Operations per second of the product at the heart of the generator: patches of 8 by 8 maps
    times a weight."""
    patches = jnp.ones((BATCH * 64, 9 * GENERATOR_WIDTH))
    weight = jnp.ones((9 * GENERATOR_WIDTH, 4 * GENERATOR_WIDTH))
    product, operations = compiled(jnp.matmul, patches, weight)
    return operations / min(_seconds(product, patches, weight) for _ in range(rounds))


def _seconds(program, *arguments) -> float:
    start = time.perf_counter()
    jax.block_until_ready(program(*arguments))
    return time.perf_counter() - start


@pytest.mark.parametrize("side", [16, 32])
def bench_creative_step(side, benchmark):
    """Milliseconds a step, images a second, and the step's operations as a share of the roof."""
    key = jax.random.key(0)
    program, operations = compiled(partial(run, side), key)
    steps = benchmark.pedantic(lambda: jax.block_until_ready(program(key)), rounds=5)
    assert int(steps) == STEPS
    seconds = benchmark.stats.stats.median / STEPS
    share = operations / seconds / roof()
    print(
        f"\n{side} x {side}: {1e3 * seconds:6.1f} ms a step, {BATCH / seconds:6.0f} images/s, "
        f"{share:.0%} of the rate of a bare matrix product"
    )
