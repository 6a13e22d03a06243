"""The plain and the creative games on emoji in three designs, of much the same subjects.

Run by `nox -s experiments -- can_emoji`; the small table it writes is
`docs/results/can_emoji.json`. A drawing's subject says little of its design, so that here, more
than with portraits, a deviation is from designs. All else is as in `can.py`; fewer samples are
judged, because there are fewer drawings.
"""

from functools import partial
from pathlib import Path
from typing import Any

from tools.datasets.store import published

from experiments.can_portraits.can import FLOORS as OF_PORTRAITS
from experiments.can_portraits.can import SETTING, WEIGHT
from experiments.can_portraits.playing import Row, play, real_drawings
from experiments.can_portraits.style_judge import Collection, require_accurate

EMOJI = Collection("distinct-emoji", 16)
SETTING_OF_EMOJI = SETTING._replace(collection=EMOJI)

GAMES = {
    f"{name}/{seed}": Row(deviation, weight, seed)
    for seed in range(3)
    for name, deviation, weight in (
        ("plain", "mce", 0.0),
        ("mce", "mce", WEIGHT),
        ("bce", "bce", WEIGHT),
        ("sigmoid", "bce sigmoid", WEIGHT),
    )
}
"""What matters most first, so that an experiment cut short is still an experiment."""

ROWS = {"real": None} | GAMES

WITHIN_MINUTES = ["real"]
"""What continuous integration may repeat: a game takes many minutes."""

FLOORS = OF_PORTRAITS
"""Metric to the difference that a second run may show in any case: as wide as for portraits, and
wider than what tells these games apart."""

CONFIGURATION = {
    "data": f"distinct emoji, SHA-256 {published('distinct-emoji')}",
    "setting": f"{SETTING_OF_EMOJI.size}, {SETTING_OF_EMOJI.steps} steps",
    "rows": list(ROWS),
}

check = partial(require_accurate, EMOJI)
"""What must hold before a row is worth its time."""


def run_row(name: str, checkpoint: Path | None = None) -> dict[str, Any]:
    """Train and judge one game; `real` judges real drawings."""
    if name == "real":
        return real_drawings(EMOJI)
    return play(SETTING_OF_EMOJI, GAMES[name], checkpoint)
