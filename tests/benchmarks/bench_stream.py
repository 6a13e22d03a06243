"""A stream against the same data in memory: a step that costs more than the reading of its batches.
Run by `nox -s bench -- stream`.

Arms are interleaved; the ratio of the medians is printed. The aim is at most 1.10.
"""

import statistics
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gantheory import Optimiser, Trainer, data, games, networks
from gantheory.data import Shuffled, Stream

SIZE, BATCH, STEPS, ROUNDS = 256, 64, 600, 5
SAMPLES = np.random.default_rng(0).normal(size=(20_000, SIZE)).astype(np.float32)


def run(source):
    """Seconds of one run; the reading is one copy per sample, the step two networks of width
    256."""
    keys = jax.random.split(jax.random.key(0), 3)
    mlp = partial(networks.MLP, width=256, depth=2, activation=jnp.tanh)
    players = {
        games.GENERATOR: mlp(8, SIZE, key=keys[0]),
        games.DISCRIMINATOR: mlp(SIZE, "scalar", key=keys[1]),
    }
    began = time.perf_counter()
    trainer = Trainer(
        games.nonsaturating(),
        source,
        optimisers={name: Optimiser(optax.adam, learning_rate=1e-4) for name in players},
    )
    state = trainer.init(players, key=keys[2])
    trainer.fit(state, STEPS, progress=False)
    return time.perf_counter() - began


def bench_stream_against_memory(benchmark):
    latent = data.Normal(jnp.zeros(8), jnp.ones(8))
    arms = {
        "memory": data.Dataset(jnp.asarray(SAMPLES), latent, BATCH),
        "stream": Stream(Shuffled(SAMPLES, BATCH, jax.random.key(1)), latent),
    }
    for source in arms.values():
        run(source)  # compiles
    began = time.perf_counter()
    batches = Shuffled(SAMPLES, BATCH, jax.random.key(1))
    for number in range(2 * STEPS):
        batches(number)
    reading = time.perf_counter() - began
    seconds = {name: [] for name in arms}
    for _ in range(ROUNDS):
        for name, source in arms.items():
            seconds[name].append(run(source))
    benchmark.pedantic(lambda: None, rounds=1)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    micro = {name: 1e6 * value / STEPS for name, value in medians.items()}
    print(
        f"\nmemory {micro['memory']:.0f} µs a step, stream {micro['stream']:.0f} µs "
        f"(reading alone {1e6 * reading / STEPS:.0f} µs): ratio "
        f"{medians['stream'] / medians['memory']:.3f}"
    )
