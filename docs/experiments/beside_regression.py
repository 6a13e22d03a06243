"""Trainings of a regression with an adversarial term, at several weights, on a task in which the
conditional distribution is known: x uniform on [-16, 16], y normal around sin(πx/16).

The range of x is wide against that of y: along x nothing can be moved at a low cost, so that it
changes little whether a critic must be Lipschitz in the pair or only in y at each x. The networks
see x/16.

Run by `nox -s experiments -- beside_regression`; the small table it writes is
`docs/results/beside_regression.json`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from gantheory import Every, Optimiser, Trainer, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR, Context, Game, Players, RegressionGame, Turn
from gantheory.shapes import Key, Sample, Samples, Scalar

Critic = Callable[[Sample, Any], Scalar]

WEIGHTS = {
    "minimax": (0.3, 1.0, 10.0, 100.0),
    "nonsaturating": (0.0, 0.03, 0.3, 1.0, 10.0, 100.0),
    "wasserstein": (1.0, 2.0, 4.0),
    "wgan_gp": (2.0,),
}
SEEDS, STEPS, EVERY, POINTS = 4, 4_000, 10, 50
BATCH_SIZE, WIDTH, DEPTH = 256, 32, 2
RATES = {GENERATOR: 5e-4, DISCRIMINATOR: 2e-3}
TURNS = (Turn((DISCRIMINATOR,), times=2), Turn((GENERATOR,)))
CRITIC_FIRST = (Turn((DISCRIMINATOR,), times=5), Turn((GENERATOR,)))
SAMPLES, WIDE = 20_000, 16.0

ROWS = {f"{name}/{weight:g}": (name, weight) for name in WEIGHTS for weight in WEIGHTS[name]}
RECHECKED = [name for name in ROWS if not name.startswith("wasserstein")]  # five times as long
FLOORS = {"spread": 0.05, "bias": 0.1, "error": 0.1, "judged": 0.05}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "seeds": SEEDS,
    "steps": STEPS,
    "turns": "two moves of the discriminator (five with wasserstein), then one of the generator",
    "batch size": BATCH_SIZE,
    "width": WIDTH,
    "depth": DEPTH,
    "optimiser": f"Adam, b1 = 0.5, b2 = 0.9, learning rates {RATES}",
    "averages": "over the last quarter of the run; the generator's average has the decay 0.999",
}


def centre(x: Array) -> Array:
    """The mean answer to an input."""
    return jnp.sin(jnp.pi * x / WIDE)


def joined(name: str, player: Callable[..., Any], sample: Sample, context: Context) -> Sample:
    """The critic judges pairs: a generated answer is joined to its input."""
    del context
    made = player(sample.at[0].divide(WIDE))
    return jnp.hstack([sample[:1], made]) if name == GENERATOR else made


def squared_error(made: Sample, wanted: Sample) -> Scalar:
    """The inputs of both are the same, so this is the error of the answer."""
    return jnp.sum((made - wanted) ** 2)


def pairs(key: Key) -> data.Batch:
    """Inputs with their answers, and each input with noise as the latent."""
    x_key, y_key, z_key, key = jax.random.split(key, 4)
    x = jax.random.uniform(x_key, (BATCH_SIZE, 1), minval=-WIDE, maxval=WIDE)
    y = centre(x) + jax.random.normal(y_key, x.shape)
    z = jax.random.normal(z_key, x.shape)
    return data.Batch(real=jnp.hstack([x, y]), latent=jnp.hstack([x, z]), key=key)


def too_steep(
    critic: Critic, real: Samples, fake: Samples, key: Key, *, condition: Context | None = None
) -> Scalar:
    """The square of what a slope in y exceeds 1 by, between an answer and a generated one."""
    between = jax.random.uniform(key, (len(real), 1))
    slope = jax.vmap(lambda pair, context: jax.grad(critic)(pair, context)[1])
    steep = jnp.abs(slope(real + between * (fake - real), condition))
    return jnp.mean(jax.nn.relu(steep - 1.0) ** 2)


def wasserstein() -> games.AdversarialGame:
    """A critic that may be flat: `wgan_gp` with a penalty of slopes above 1 alone."""
    return replace(
        games.wgan_gp(turns=CRITIC_FIRST),
        penalties=(games.WeightedPenalty("too_steep", too_steep, 10.0),),
    )


def game_of(name: str, weight: float) -> Game:
    """The squared error beside an objective of the library, or the one above."""
    plain = wasserstein() if name == "wasserstein" else games.build(name, turns=TURNS)
    judged = replace(plain, apply=joined)
    return RegressionGame(judged, squared_error, adversarial_weight=weight)


def make_players(key: Key) -> Players:
    """Fresh networks."""
    generator_key, discriminator_key = jax.random.split(key)
    sizes = {"width": WIDTH, "depth": DEPTH, "activation": jnp.tanh}
    return {
        GENERATOR: networks.MLP(2, 1, **sizes, key=generator_key),
        DISCRIMINATOR: networks.MLP(2, "scalar", **sizes, key=discriminator_key),
    }


def one_run(name: str, weight: float, key: Key) -> dict[str, Array]:
    """Spread and bias of the averaged generator; both losses at the end, and on the way."""
    player_key, run_key, sample_key = jax.random.split(key, 3)
    trainer = Trainer(
        game_of(name, weight),
        pairs,
        optimisers={
            player: Optimiser(optax.adam, learning_rate=rate, b1=0.5, b2=0.9)
            for player, rate in RATES.items()
        },
        ema={GENERATOR: 0.999},
        record=Every(EVERY),
    )
    result = trainer.train(trainer.init(make_players(player_key), key=run_key), STEPS)
    error, judged = result.history["regression"], result.history[DISCRIMINATOR]
    last = error.shape[0] // 4
    off = _off(result.ema[GENERATOR], sample_key)
    curves = [jnp.mean(curve.reshape(POINTS, -1), axis=1) for curve in (error, judged)]
    return {
        "spread": jnp.sqrt(jnp.mean(off**2)),
        "bias": jnp.mean(off),
        "error": jnp.mean(error[-last:]),
        "judged": jnp.mean(judged[-last:]),
        "curves": jnp.stack(curves),
        "levels": jnp.quantile(off, jnp.linspace(0.0, 1.0, 201)[1:-1]),
    }


def _off(generator: Callable[[Sample], Sample], key: Key) -> Samples:
    """How far answers lie from the mean answer to their input."""
    x_key, z_key = jax.random.split(key)
    x = jax.random.uniform(x_key, (SAMPLES, 1), minval=-WIDE, maxval=WIDE)
    latent = jnp.hstack([x / WIDE, jax.random.normal(z_key, x.shape)])
    return (jax.vmap(generator)(latent) - centre(x))[:, 0]


def run_row(name: str) -> dict[str, Array]:
    """One entry per seed."""
    keys = jax.random.split(jax.random.key(2026), SEEDS)
    objective, weight = ROWS[name]
    return eqx.filter_jit(jax.vmap(lambda key: one_run(objective, weight, key)))(keys)
