"""The plain and the creative games on portraits of four times as many pixels, and how well a judge
tells the designs of emoji apart.

Run by `nox -s experiments -- can_larger`; the small table it writes is
`docs/results/can_larger.json`. All is as in `can.py` but for 4,000 steps, patches of eight pixels
a side and not four, and a discriminator that finds more. These eight designs are played by nobody:
the judge names their design too seldom to say whose samples are whose.
"""

from functools import partial
from pathlib import Path
from typing import Any

import jax.numpy as jnp
from tools.datasets.store import published

from experiments.can_portraits.can import FLOORS as OF_GAMES
from experiments.can_portraits.can import WEIGHT
from experiments.can_portraits.networks import Size
from experiments.can_portraits.playing import Row, Setting, play, real_drawings
from experiments.can_portraits.style_judge import (
    Collection,
    accuracy,
    require_accurate,
)

PORTRAITS = Collection("avatars", 32)
SETTING = Setting(PORTRAITS, Size(side=32, patch=8, patch_features=128, features=256), steps=4000)
EMOJI = {"emoji at 16": Collection("emoji", 16), "emoji at 32": Collection("emoji", 32)}

GAMES = {
    "plain/0": Row("mce", 0.0, 0),
    "mce/0": Row("mce", WEIGHT, 0),
    "bce/0": Row("bce", WEIGHT, 0),
    "sigmoid/0": Row("bce sigmoid", WEIGHT, 0),
    "plain/1": Row("mce", 0.0, 1),
}
"""What matters most first, so that an experiment cut short is still an experiment."""

ROWS = {"real": None} | dict.fromkeys(EMOJI) | GAMES

WITHIN_MINUTES = [name for name in ROWS if name not in GAMES]
"""What continuous integration may repeat: a game takes many minutes."""

FLOORS = OF_GAMES | {"frechet": 300.0, "nearest": 2.0}
"""Metric to the difference that a second run may show in any case. The features of this judge are
larger."""

CONFIGURATION = {
    "data": f"avatars, SHA-256 {published('avatars')}; emoji, SHA-256 {published('emoji')}",
    "setting": f"{SETTING.size}, {SETTING.steps} steps",
    "rows": list(ROWS),
}


check = partial(require_accurate, PORTRAITS)
"""What must hold before a row is worth its time."""


def run_row(name: str, checkpoint: Path | None = None) -> dict[str, Any]:
    """Train and judge one game; other rows judge real portraits and tell emoji apart."""
    if name == "real":
        return real_drawings(PORTRAITS)
    if name in EMOJI:
        return {"accuracy": jnp.asarray([accuracy(EMOJI[name])])}
    return play(SETTING, GAMES[name], checkpoint)
