"""The 1-D task of the benchmark, apart from PyTorch, so that a process of its own can import it alone."""

from collections.abc import Callable
from functools import cache, partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from gantheory import Optimiser, data, games, networks, train

WIDTH, FAST_STEPS = 32, 5_000


def arguments(batch: int, key: jax.Array) -> dict:
    generator_key, discriminator_key, run_key = jax.random.split(key, 3)
    mlp = partial(networks.MLP, width=WIDTH, depth=2, activation=jnp.tanh)
    players = {
        games.GENERATOR: mlp(1, 1, key=generator_key),
        games.DISCRIMINATOR: mlp(1, "scalar", key=discriminator_key),
    }
    return {
        "game": games.build("nonsaturating"),
        "players": players,
        "source": data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(1), batch),
        "optimisers": {name: Optimiser(optax.adam, learning_rate=1e-3, b1=0.5) for name in players},
        "key": run_key,
    }


@cache
def scan_arm(batch: int) -> Callable[[], None]:
    """One run of `train`, compiled."""
    run = arguments(batch, jax.random.key(0))
    program = eqx.filter_jit(train).lower(**run, steps=FAST_STEPS, stride=100).compile()

    def arm() -> None:
        jax.block_until_ready(
            eqx.filter(program(**run, steps=FAST_STEPS, stride=100), eqx.is_array)
        )

    return arm


def run_scan(batch: int) -> None:
    """The same, for a process that is sent the batch size."""
    scan_arm(batch)()
