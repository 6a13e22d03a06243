"""Which map a generator ends with, from one number to one number, with and without a transport
cost: sixteen seeds, each as it is drawn and turned so that it begins with a falling map.

Run by `nox -s experiments -- which_map`; the small table it writes is
`docs/results/which_map.json`.
"""

from dataclasses import asdict, dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from experiments.shared.one_dimensional import make_players, outputs
from experiments.which_map.transport import Transported
from gantheory import Every, Optimiser, Result, Trainer, data, games, metrics, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar, Values

SEEDS, STEPS, BATCH = 16, 4_000, 256
NOISE_LIMIT = 3**0.5  # uniform on ±√3 has mean 0 and variance 1
FIRST_LAYER_GAIN, PENALTY, DECAY = 3.0, 1.0, 0.995
LEARNING_RATE = 1e-3
POINTS, DRAWN = 2_000, 40
FREE_AFTER, NEVER = 1_000.0, 1e9


@dataclass(frozen=True)
class Row:
    """The transport cost of a run, and how it begins."""

    weight: float
    free_after: float = FREE_AFTER
    turned: bool = False


ROWS = {
    "drawn/0": Row(0.0),
    "drawn/0.3": Row(0.3),
    **{f"turned/{weight}": Row(weight, turned=True) for weight in (0, 0.003, 0.01, 0.03, 0.1)},
    **{f"turned/{weight}": Row(weight, turned=True) for weight in (0.3, 1)},
    **{f"kept/{weight}": Row(weight, free_after=NEVER, turned=True) for weight in (0.03, 0.3)},
}
FLOORS = {"distance": 0.02, "sorted": 0.02}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "rows": {name: asdict(row) for name, row in ROWS.items()},
    "seeds": SEEDS,
    "steps": STEPS,
    "batch": BATCH,
    "objective": f"relativistic, R1 and R2 of weight {PENALTY}",
    "optimiser": f"Adam, {LEARNING_RATE} along a cosine, b1 = 0, b2 = 0.99; average {DECAY}",
}


def exact_map(points: int) -> Values:
    """The increasing map from the noise to N(0, 1), at the midpoints of equal cells."""
    return norm.ppf(metrics.midpoints(points))


def run_row(name: str) -> dict[str, Array]:
    """Distances and maps at the end, one entry per seed."""
    keys = jax.random.split(jax.random.key(2026), SEEDS)
    return measured(eqx.filter_jit(eqx.filter_vmap(lambda key: one_run(ROWS[name], key)))(keys))


def measured(generators: networks.MLP) -> dict[str, Array]:
    """One entry per generator: the root of the mean squared distance of its map to the increasing
    one, and the same after sorting, which is W2 to the data; and all maps on a coarse grid."""
    exact = exact_map(POINTS)
    fine = eqx.filter_vmap(lambda one: values_of(one, POINTS))(generators)
    return {
        "distance": jax.vmap(lambda values: _gap(values, exact))(fine),
        "sorted": jax.vmap(lambda values: _gap(jnp.sort(values), exact))(fine),
        "maps": eqx.filter_vmap(lambda one: values_of(one, DRAWN))(generators)[None],
    }


def one_run(row: Row, key: Key) -> networks.MLP:
    """The averaged generator after one run."""
    player_key, run_key = jax.random.split(key)
    players = make_players(player_key, first_layer_gain=FIRST_LAYER_GAIN)
    if row.turned:
        players[GENERATOR] = falling(players[GENERATOR])
    return trained(players, row.weight, row.free_after, run_key).ema[GENERATOR]


def trained(players: games.Players, weight: float, free_after: float, key: Key) -> Result:
    """A run of the game from given players, with fresh optimisers."""
    game = Transported(
        games.relativistic_r1_r2(r1_weight=PENALTY, r2_weight=PENALTY),
        jnp.asarray(weight),
        jnp.asarray(free_after),
    )
    noise = data.Uniform(1, -NOISE_LIMIT, NOISE_LIMIT)
    adam = Optimiser(fading_adam, learning_rate=LEARNING_RATE, steps=STEPS)
    trainer = Trainer(
        game,
        data.Synthetic(data.Normal(0.0, 1.0), noise, BATCH),
        optimisers={GENERATOR: adam, DISCRIMINATOR: adam},
        ema={GENERATOR: DECAY},
        record=Every(STEPS),
    )
    return trainer.train(trainer.init(players, key=key), STEPS)


def falling(generator: networks.MLP) -> networks.MLP:
    """The generator, or its mirror image G(-z), whichever falls in the mean."""
    grid = NOISE_LIMIT * (2 * metrics.midpoints(POINTS) - 1)
    slope = jnp.mean(values_of(generator, POINTS) * grid)
    return eqx.tree_at(
        lambda one: one.layers[0].weight, generator, replace_fn=lambda w: -jnp.sign(slope) * w
    )


def values_of(generator: networks.MLP, points: int) -> Values:
    """The generator at the midpoints of equal cells of its noise."""
    return outputs(generator, -NOISE_LIMIT, NOISE_LIMIT, points)


def fading_adam(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    """Adam without momentum whose learning rate falls to zero along a cosine."""
    return optax.adam(optax.cosine_decay_schedule(learning_rate, steps), b1=0.0, b2=0.99)


def _gap(values: Float[Array, " points"], exact: Float[Array, " points"]) -> Scalar:
    return jnp.sqrt(jnp.mean((values - exact) ** 2))
