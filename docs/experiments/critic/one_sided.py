"""The run of `critic` under the gradient penalty, with a penalty of slopes above 1 alone.

Run by `nox -s experiments -- one_sided`; the small table it writes is
`docs/results/one_sided.json`.
"""

from dataclasses import asdict

import equinox as eqx
import jax
from jaxtyping import Array

from experiments.critic.critic import EVERY, MOVES, SEEDS, Row, along_a_run

ROWS = {"run": Row("one-sided", 10.0)}
FLOORS = {"ratio": 0.1, "cosine": 0.1, "distance": 0.1}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "rows": {name: asdict(row) for name, row in ROWS.items()},
    "seeds": SEEDS,
    "generator's moves": MOVES,
    "recorded every": EVERY,
}


def run_row(name: str) -> dict[str, Array]:
    """One entry per seed."""
    keys = jax.random.split(jax.random.key(2028), SEEDS)
    return eqx.filter_jit(eqx.filter_vmap(lambda key: along_a_run(ROWS[name], key)))(keys)
