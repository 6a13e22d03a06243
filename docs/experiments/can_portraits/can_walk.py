"""The random walk of creative walk networks as the deviation, at three weights.

Run by `nox -s experiments -- can_walk`; the small table it writes is `docs/results/can_walk.json`.
Data, networks, optimiser and steps are those of `can.py`, and for a seed the games start from the
same players as there. Feature vectors are scaled to the length 3, as in the code of CWAN (there the
centres, too), and a walk takes up to ten steps (there nine); the discount is the one of that code.
"""

from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float
from tools.datasets.store import published

from experiments.can_portraits.can import FLOORS as OF_GAMES
from experiments.can_portraits.can import SETTING
from experiments.can_portraits.playing import (
    PENALTY,
    dense_players,
    keys,
    play_game,
    real_drawings,
)
from experiments.can_portraits.style_judge import PORTRAITS, require_accurate
from gantheory import games
from gantheory.games import DISCRIMINATOR
from gantheory.networks import TwoHeaded
from gantheory.shapes import Scalar

WALK_STEPS, DISCOUNT, VISITS, LENGTH = 10, 0.7, 1.0, 3.0

GAMES = {
    f"walk/{weight}/{seed}": (weight, seed)
    for weight, seed in ((0.1, 0), (1.0, 0), (0.1, 1), (1.0, 1), (10.0, 0))
}
ROWS = {"real": None} | GAMES
FLOORS = OF_GAMES | {"walk": 3.0}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "data": f"avatars, SHA-256 {published('avatars')}",
    "walk": f"{WALK_STEPS} steps, discount {DISCOUNT}, weight of the visits {VISITS}, features of "
    f"length {LENGTH}",
    "steps": SETTING.steps,
    "rows": list(ROWS),
}


class ScaledFeatures(eqx.Module):
    """A discriminator with two heads, whose features have one length for the walk."""

    heads: TwoHeaded

    def __call__(self, image: Array) -> tuple[Scalar, Float[Array, " styles"]]:
        return self.heads(image)

    def with_features(
        self, image: Array
    ) -> tuple[Scalar, Float[Array, " styles"], Float[Array, " features"]]:
        """The two answers, and the features that the walk sees."""
        logit, styles, features = self.heads.with_features(image)
        return logit, styles, LENGTH * features / jnp.linalg.norm(features)


check = partial(require_accurate, PORTRAITS)
"""What must hold before a row is worth its time."""


def run_row(name: str, checkpoint: Path | None = None) -> dict[str, Any]:
    """Train and judge one game; the first row judges real portraits."""
    if name == "real":
        return real_drawings(PORTRAITS)
    weight, seed = GAMES[name]
    adversarial = games.relativistic_r1_r2(r1_weight=PENALTY, r2_weight=PENALTY)
    players = dense_players(SETTING, keys(seed).players)
    return play_game(
        SETTING,
        games.WalkGame(
            adversarial, weight=weight, steps=WALK_STEPS, discount=DISCOUNT, visit_weight=VISITS
        ),
        seed,
        players=players | {DISCRIMINATOR: ScaledFeatures(players[DISCRIMINATOR])},
        labels=None,
        checkpoint=checkpoint,
    )
