"""How long the memory of a moving average should be: two moons and a ring of normal distributions
in the plane, at two budgets.

Run by `nox -s experiments -- averaging`; the small table it writes is
`docs/results/averaging.json`. The averages play no part in the training, so all decays of a row
are those of the same eight runs.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from gantheory import Every, Optimiser, Trainer, data, games, metrics, networks
from gantheory.games import DISCRIMINATOR, GENERATOR, Players
from gantheory.shapes import Key, Samples

DECAYS = (0.9, 0.99, 0.999, 0.9999)
BUDGETS = (1_000, 10_000)
SEEDS = 8
WIDTH, DEPTH, BATCH_SIZE = 32, 2, 64
LEARNING_RATE, B1 = 1e-3, 0.5
SAMPLES, DIRECTIONS = 4_096, 16
LATENT = data.Normal(jnp.zeros(2), jnp.ones(2))


def moons(key: Key, count: int) -> Samples:
    """Two half circles of radius 1 that reach into each other, with noise of 0.05."""
    angle_key, side_key, noise_key = jax.random.split(key, 3)
    angle = jax.random.uniform(angle_key, (count,), maxval=math.pi)
    upper = jax.random.bernoulli(side_key, shape=(count,))
    across, along = jnp.cos(angle), jnp.sin(angle)
    x = jnp.where(upper, across, 1 - across)
    y = jnp.where(upper, along, 0.5 - along)
    return jnp.stack([x, y], axis=1) + 0.05 * jax.random.normal(noise_key, (count, 2))


TARGETS = {"moons": moons, "ring": data.ring_of_normals(8, 1.0, 0.1)}
ROWS = {f"{target}/{steps}": (target, steps) for target in TARGETS for steps in BUDGETS}
MEASURED = ("floor", "last", *(f"decay {decay}" for decay in DECAYS))
FLOORS = dict.fromkeys(MEASURED, 0.05)
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "decays": DECAYS,
    "budgets": BUDGETS,
    "seeds": SEEDS,
    "width": WIDTH,
    "depth": DEPTH,
    "batch size": BATCH_SIZE,
    "objective": "nonsaturating",
    "optimiser": f"Adam, learning rate {LEARNING_RATE}, b1 = {B1}",
    "samples": SAMPLES,
    "directions": DIRECTIONS,
}


def run_row(name: str) -> dict[str, Array]:
    """Sliced distance of the last generator, of its averages and of the data from the data; one
    entry per seed."""
    target, steps = ROWS[name]
    keys = jax.random.split(jax.random.key(2024), SEEDS)
    return jax.jit(lambda: jax.lax.map(lambda key: one_run(target, steps, key), keys))()


def one_run(target: str, steps: int, key: Key) -> dict[str, Array]:
    """One run, and its averages for every decay."""
    player_key, run_key, latent_key, real_key, reference_key = jax.random.split(key, 5)
    sampler = TARGETS[target]
    adam = Optimiser(optax.adam, learning_rate=LEARNING_RATE, b1=B1)
    trainer = Trainer(
        games.nonsaturating(),
        data.Synthetic(sampler, LATENT, BATCH_SIZE),
        optimisers={GENERATOR: adam, DISCRIMINATOR: adam},
        ema={GENERATOR: DECAYS[0]},
        record=Every(steps),
    )
    start = trainer.init(make_players(player_key), key=run_key)

    def trained(decay: Array) -> tuple[networks.MLP, networks.MLP]:
        other = eqx.tree_at(lambda one: one.ema[GENERATOR], trainer, decay)
        result = other.train(start, steps)
        return result.players[GENERATOR], result.ema[GENERATOR]

    # only the averages depend on the decay, so mapping over it trains once
    last, averages = eqx.filter_vmap(trained, out_axes=(None, eqx.if_array(0)))(jnp.asarray(DECAYS))
    reference = sampler(reference_key, SAMPLES)
    latents = LATENT(latent_key, SAMPLES)
    angles = math.pi * metrics.midpoints(DIRECTIONS)
    directions = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)

    def distance(generator: networks.MLP) -> Array:
        return metrics.sliced_wasserstein(jax.vmap(generator)(latents), reference, directions)

    of_averages = eqx.filter_vmap(distance)(averages)
    floor = metrics.sliced_wasserstein(sampler(real_key, SAMPLES), reference, directions)
    return dict(zip(MEASURED, (floor, distance(last), *of_averages), strict=True))


def make_players(key: Key) -> Players:
    """Fresh networks."""
    generator_key, discriminator_key = jax.random.split(key)
    sizes = {"width": WIDTH, "depth": DEPTH, "activation": jax.nn.relu}
    return {
        GENERATOR: networks.MLP(2, 2, **sizes, key=generator_key),
        DISCRIMINATOR: networks.MLP(2, "scalar", **sizes, key=discriminator_key),
    }
