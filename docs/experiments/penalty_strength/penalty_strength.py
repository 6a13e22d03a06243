"""Which penalty weights serve five small tasks: four decades of weights in units of the data's
scale, in three objectives, and on two tasks with penalties that are computed rarely or roughly.

Run by `nox -s experiments -- penalty_strength`; the small table it writes is
`docs/results/penalty_strength.json`.
"""

import math
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from experiments.penalty_strength.lazy import FiniteR1, Lazy
from gantheory import Every, Optimiser, Trainer, data, games, metrics, networks, penalties
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Samples, Scalar

SEEDS, STEPS, BATCH, SAMPLES = 4, 1_500, 64, 2_000
MULTIPLES = (1 / 256, 1 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 64)
"""The weights of a row, in units of the squared scale, and of the scale itself for WGAN-GP."""


class Segments(eqx.Module):
    """Two parallel segments of length 1 at distance 1, in the middle of the plane."""

    def __call__(self, key: Key, count: int) -> Samples:
        side_key, height_key = jax.random.split(key)
        side = jax.random.rademacher(side_key, (count,), float) / 2
        return jnp.stack([side, jax.random.uniform(height_key, (count,)) - 0.5], axis=1)


TASKS = {
    "normal": data.Normal(0.0, 1.0),
    "wide normal": data.Normal(0.0, 4.0),
    "ring": data.ring_of_normals(8, 2.0, 0.05),
    "grid": data.grid_of_normals(5, 2.0, 0.05),
    "segments": Segments(),
}
SCALES = {
    "normal": 1.0,
    "wide normal": 4.0,
    "ring": math.sqrt(2.0 + 0.05**2),
    "grid": math.sqrt(8.0 + 0.05**2),
    "segments": 0.5,
}
"""The standard deviation along the widest direction."""


def r1_only(weight: Scalar) -> games.AdversarialGame:
    """The non-saturating game with R1."""
    return replace(
        games.nonsaturating(),
        penalties=(
            games.WeightedPenalty(
                "r1", lambda critic, real, fake, key: penalties.r1(critic, real), weight
            ),
        ),
    )


def both(weight: Scalar) -> games.AdversarialGame:
    """The relativistic game with R1 and R2."""
    return games.relativistic_r1_r2(r1_weight=weight, r2_weight=weight)


def one_centred(weight: Scalar) -> games.AdversarialGame:
    """The Wasserstein game with its penalty, and one critic move."""
    return games.wgan_gp(penalty_weight=weight, turns=games.ALTERNATING)


def lazily(weight: Scalar) -> games.Game:
    """R1 and R2 in every sixteenth step."""
    return Lazy(both(weight), 16)


def by_differences(weight: Scalar, scale: float) -> games.AdversarialGame:
    """R1 and R2 by difference quotients, over a hundredth of the data's scale."""
    step = jnp.asarray(scale / 100)
    terms = (
        games.WeightedPenalty("r1", FiniteR1(step, 0), weight),
        games.WeightedPenalty("r2", FiniteR1(step, 1), weight),
    )
    return replace(both(weight), penalties=terms)


def unit(objective: str, scale: float) -> float:
    """The weight that grows as it must when the data are stretched."""
    return scale if objective == "WGAN-GP" else scale**2


OBJECTIVES = ("R1", "R1 + R2", "WGAN-GP")
ROWS = {f"{task}/{objective}": (task, objective) for task in TASKS for objective in OBJECTIVES} | {
    f"{task}/{objective}": (task, objective)
    for task in ("normal", "ring")
    for objective in ("lazy", "differences")
}
FLOORS = {f"{multiple:g}": 0.1 for multiple in MULTIPLES}
"""Metric, here the multiple of the unit, to the difference that a second run may show."""
CONFIGURATION = {
    "weights in their units": MULTIPLES,
    "scales": SCALES,
    "seeds": SEEDS,
    "steps": STEPS,
    "batch": BATCH,
    "measured": "sliced W1 of 2,000 samples to as many data, over the scale",
    "optimiser": "Adam, b1 = 0, b2 = 0.99, 2e-3 along a cosine; averaged with decay 0.99",
}


def run_row(name: str) -> dict[str, Array]:
    """The distance at the end for every weight, one entry per seed."""
    task, objective = ROWS[name]
    weights = unit(objective, SCALES[task]) * jnp.asarray(MULTIPLES)
    keys = jax.random.split(jax.random.key(2018), SEEDS)

    def over_seeds(weight: Scalar) -> Float[Array, " seed"]:
        return eqx.filter_vmap(lambda key: one_run(task, objective, weight, key))(keys)

    found = eqx.filter_jit(eqx.filter_vmap(over_seeds))(weights)
    return {f"{multiple:g}": found[index] for index, multiple in enumerate(MULTIPLES)}


def make_game(objective: str, weight: Scalar, scale: float) -> games.Game:
    """The game of a row."""
    if objective == "differences":
        return by_differences(weight, scale)
    makers = {"R1": r1_only, "R1 + R2": both, "WGAN-GP": one_centred, "lazy": lazily}
    return makers[objective](weight)


def one_run(task: str, objective: str, weight: Scalar, key: Key) -> Scalar:
    """Sliced W1 to the data at the end of one run, in units of the data's scale."""
    target, scale = TASKS[task], SCALES[task]
    size = 1 if "normal" in task else 2
    generator_key, critic_key, run_key, latent_key, data_key = jax.random.split(key, 5)
    wide = {"width": 32, "depth": 2, "activation": jnp.tanh if size == 1 else jax.nn.relu}
    players = {
        GENERATOR: networks.MLP(size, size, **wide, first_layer_gain=3.0, key=generator_key),
        DISCRIMINATOR: networks.MLP(size, "scalar", **wide, first_layer_gain=3.0, key=critic_key),
    }
    latent = data.Uniform(size, -(3**0.5), 3**0.5)
    adam = Optimiser(fading_adam, learning_rate=2e-3)
    trainer = Trainer(
        make_game(objective, weight, scale),
        data.Synthetic(target, latent, BATCH),
        optimisers={GENERATOR: adam, DISCRIMINATOR: adam},
        ema={GENERATOR: 0.99},
        record=Every(STEPS),
    )
    result = trainer.train(trainer.init(players, key=run_key), STEPS)
    samples = jax.vmap(result.ema[GENERATOR])(latent(latent_key, SAMPLES))
    angles = math.pi * metrics.midpoints(32)
    directions = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)[:, :size]
    if size == 1:
        directions = jnp.ones((1, 1))
    reference = target(data_key, SAMPLES)
    return metrics.sliced_wasserstein(samples, reference, directions) / scale


def fading_adam(learning_rate: Array) -> optax.GradientTransformation:
    """Adam without momentum whose learning rate falls to zero along a cosine."""
    return optax.adam(optax.cosine_decay_schedule(learning_rate, STEPS), b1=0.0, b2=0.99)
