"""The profile of an earlier state of the library: commit COMMIT, before it was made faster.

    python profiled_earlier.py SIZE STEPS

where `gantheory` is that commit's; SIZE is the batch of the 1-D task, or the side of images. The
networks, data and optimisers are those of `one_dimensional.py` and `images.py`.
"""

import json
import sys
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from profiles import profile

from gantheory import Optimiser, data, games, networks

COMMIT = "eac3837"
SIDES = (16, 32)


def on_the_line(batch: int) -> dict:
    generator_key, discriminator_key, run_key = jax.random.split(jax.random.key(0), 3)
    perceptron = partial(networks.MLP, width=32, depth=2, activation=jnp.tanh)
    players = {
        games.GENERATOR: perceptron(1, 1, key=generator_key),
        games.DISCRIMINATOR: perceptron(1, "scalar", key=discriminator_key),
    }
    return {
        "game": games.build("nonsaturating"),
        "players": players,
        "source": data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(1), batch),
        "optimisers": dict.fromkeys(players, Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)),
        "key": run_key,
        "stride": 100,
    }


def on_images(side: int, steps: int) -> dict:
    batch, latents, styles, channels = 32, 64, 16, 3
    image_key, generator_key, trunk_key, heads_key, run_key = jax.random.split(jax.random.key(0), 5)
    relu, leaky = jax.nn.relu, partial(jax.nn.leaky_relu, negative_slope=0.2)
    trunk = networks.ConvolutionalTrunk(side, channels, width=64, activation=leaky, key=trunk_key)
    players = {
        games.GENERATOR: networks.ConvolutionalGenerator(
            latents, side, channels, width=32, activation=relu, key=generator_key
        ),
        games.DISCRIMINATOR: networks.TwoHeaded(
            trunk, trunk.features, styles, activation=leaky, key=heads_key
        ),
    }
    images = jax.random.uniform(image_key, (10 * styles, side, side, channels), minval=-1)
    labels = jnp.arange(10 * styles, dtype=jnp.int32) % styles
    noise = data.Normal(jnp.zeros(latents), jnp.ones(latents))
    adam = Optimiser(optax.adam, learning_rate=1e-3, b1=0.0, b2=0.99)
    return {
        "game": games.can(games.relativistic_r1_r2(), weight=0.1),
        "players": players,
        "source": data.Dataset(images, noise, batch, labels),
        "optimisers": dict.fromkeys(players, adam),
        "key": run_key,
        "stride": steps,
    }


def main(size: int, steps: int) -> None:
    from gantheory import train  # only that commit has it

    run = on_images(size, steps) if size in SIDES else on_the_line(size)
    program = eqx.filter_jit(train).lower(**run, steps=steps).compile()

    def once() -> None:
        jax.block_until_ready(program(**run, steps=steps).state.step)

    print(json.dumps(profile(once, program.compiled.as_text(), steps)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
