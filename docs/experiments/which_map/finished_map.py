"""Whether a transport cost turns the map of a generator that is trained already: sixteen plain runs
are played to their end, turned so that the map falls, and played once more with the cost.

Run by `nox -s experiments -- finished_map`; the small table it writes is
`docs/results/finished_map.json`.
"""

import equinox as eqx
import jax
from jaxtyping import Array

from experiments.shared.one_dimensional import make_players
from experiments.which_map.which_map import (
    FIRST_LAYER_GAIN,
    FREE_AFTER,
    NEVER,
    SEEDS,
    STEPS,
    falling,
    measured,
    trained,
)
from gantheory import networks
from gantheory.games import GENERATOR
from gantheory.shapes import Key

ROWS = {"0": 0.0, "0.03": 0.03, "0.3": 0.3}
FLOORS = {"distance": 0.02, "sorted": 0.02}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "weights": ROWS,
    "weight is zero after": FREE_AFTER,
    "seeds": SEEDS,
    "steps": f"{STEPS} plain, then {STEPS} with the cost and fresh optimisers",
}


def run_row(name: str) -> dict[str, Array]:
    """Distances and maps at the end, one entry per seed."""
    keys = jax.random.split(jax.random.key(2027), SEEDS)
    return measured(eqx.filter_jit(eqx.filter_vmap(lambda key: one_run(ROWS[name], key)))(keys))


def one_run(weight: float, key: Key) -> networks.MLP:
    """The averaged generator after both runs."""
    player_key, plain_key, run_key = jax.random.split(key, 3)
    players = make_players(player_key, first_layer_gain=FIRST_LAYER_GAIN)
    ended = trained(players, 0.0, NEVER, plain_key).players
    players = {**ended, GENERATOR: falling(ended[GENERATOR])}
    return trained(players, weight, FREE_AFTER, run_key).ema[GENERATOR]
