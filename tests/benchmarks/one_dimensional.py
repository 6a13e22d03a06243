"""The 1-D task of the benchmark, apart from PyTorch, so that a process of its own can import it
alone."""

from collections.abc import Callable
from functools import cache, partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from gantheory import Every, Optimiser, Trainer, TrainState, data, games, networks

WIDTH, FAST_STEPS = 32, 5_000


def run_of(batch: int, key: jax.Array, cadence: int = 100) -> tuple[Trainer, TrainState]:
    """The trainer of the task, and the state it starts from."""
    generator_key, discriminator_key, run_key = jax.random.split(key, 3)
    mlp = partial(networks.MLP, width=WIDTH, depth=2, activation=jnp.tanh)
    players = {
        games.GENERATOR: mlp(1, 1, key=generator_key),
        games.DISCRIMINATOR: mlp(1, "scalar", key=discriminator_key),
    }
    trainer = Trainer(
        games.nonsaturating(),
        data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(1), batch),
        optimisers={name: Optimiser(optax.adam, learning_rate=1e-3, b1=0.5) for name in players},
        record=Every(cadence),
    )
    return trainer, trainer.init(players, key=run_key)


@cache
def scan_arm(batch: int) -> Callable[[], None]:
    """One run of `Trainer.train`, compiled."""
    trainer, state = run_of(batch, jax.random.key(0))
    program = eqx.filter_jit(trainer.train).lower(state, FAST_STEPS).compile()

    def arm() -> None:
        jax.block_until_ready(eqx.filter(program(state, FAST_STEPS), eqx.is_array))

    return arm


def run_scan(batch: int) -> None:
    """The same, for a process that is sent the batch size."""
    scan_arm(batch)()
