"""Creative adversarial networks on portraits in 16 styles: three deviations at four weights, what
each term does alone, a fourth deviation, and clusters in place of styles.

Run by `nox -s experiments -- can`; the small table it writes is `docs/results/can.json`. All games
have the same optimiser, data and number of steps and, but for one row with convolutions, the same
networks; they start from the same players for the same seed. What differs is the deviation and its
weight, for ambiguity alone that nobody tells real from fake, and for the clusters that the style
head is taught groups of similar portraits and not the styles.
"""

from functools import partial
from pathlib import Path
from typing import Any

import jax
from tools.datasets.store import published

from experiments.can_portraits.networks import LATENTS, Size
from experiments.can_portraits.playing import (
    AVERAGING,
    BATCH,
    LEARNING_RATE,
    PENALTY,
    Row,
    Setting,
    game,
    keys,
    play,
    play_game,
    real_drawings,
)
from experiments.can_portraits.style_judge import (
    CHANNELS,
    HE_GAIN,
    PORTRAITS,
    leaky_relu,
    require_accurate,
    styles_of,
)
from gantheory import games
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.networks import ConvolutionalGenerator, ConvolutionalTrunk, TwoHeaded
from gantheory.shapes import Key

SETTING = Setting(PORTRAITS, Size(side=16, patch=4, patch_features=64, features=192), steps=3000)
GENERATOR_WIDTH, DISCRIMINATOR_WIDTH = 32, 64
"""Of the one game with convolutional networks."""
WEIGHT = 0.1
WEIGHTS = (0.03, 0.1, 0.3, 1.0)


def _rows() -> dict[str, Row]:
    """What matters most first, so that an experiment cut short is still an experiment."""
    forms = ("bce", "bce sigmoid", "mce")
    plain = [Row("mce", 0.0, seed) for seed in range(5)]
    main = [Row(form, WEIGHT, seed) for seed in range(5) for form in forms]
    sweep = [
        Row(form, weight, seed)
        for seed in range(3)
        for weight in WEIGHTS
        if weight != WEIGHT
        for form in forms
    ]
    early = [row for row in (*main, *sweep) if row.seed < 2]
    alone = [Row("alone", 1.0, seed) for seed in range(2)]
    others = [Row(form, WEIGHT, seed) for form in ("entropy", "clusters") for seed in range(2)]
    others += [Row("convolutional", 0.0, 0)]
    late = [row for row in (*main, *sweep) if row.seed >= 2]
    games_played = [*plain, *early, *alone, *others, *late]
    return {"real": Row("real", 0.0, 0)} | {_name(row): row for row in games_played}


def _name(row: Row) -> str:
    if row.deviation in ("alone", "convolutional"):
        return f"{row.deviation}/{row.seed}"
    return f"{row.deviation}/{row.weight}/{row.seed}" if row.weight else f"plain/{row.seed}"


ROWS = _rows()

RECHECKED = [name for name, row in ROWS.items() if row.deviation != "alone"]
"""What continuous integration may repeat: which pattern ambiguity alone ends on is an accident of
the last digit."""

FLOORS = {
    "entropy": 0.3,
    "no_dominant_style": 0.15,
    "frechet": 80.0,
    "precision": 0.2,
    "recall": 0.2,
    "nearest": 1.0,
    "spread": 0.1,
    "deviation": 5.0,
    "discriminator_loss": 0.3,
    "accuracy": 0.02,
    "overconfidence": 0.02,
    "temperature": 0.5,
}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "data": f"avatars, SHA-256 {published('avatars')}",
    "networks": "residual generator and discriminator of patches, both dense; in one row "
    f"convolutional, generator width {GENERATOR_WIDTH}, discriminator width {DISCRIMINATOR_WIDTH}",
    "game": f"relativistic pairing, R1 and R2 with weight {PENALTY}, batch {BATCH}",
    "optimiser": f"Adam, b1 = 0, b2 = 0.99, learning rate {LEARNING_RATE} falling to a tenth "
    "along a cosine",
    "steps": SETTING.steps,
    "generator averaging": AVERAGING,
    "rows": {name: row._asdict() for name, row in ROWS.items()},
}


check = partial(require_accurate, PORTRAITS)
"""What must hold before a row is worth its time."""


def run_row(name: str, checkpoint: Path | None = None) -> dict[str, Any]:
    """Train and judge one game; the first row judges real portraits."""
    row = ROWS[name]
    if row.deviation == "real":
        return real_drawings(PORTRAITS)
    if row.deviation == "convolutional":
        return play_game(
            SETTING,
            game(row),
            row.seed,
            players=convolutional_players(keys(row.seed).players),
            labels=None,
            checkpoint=checkpoint,
        )
    return play(SETTING, row, checkpoint)


def convolutional_players(key: Key) -> games.Players:
    """Two players with the library's convolutions."""
    generator_key, trunk_key, heads_key = jax.random.split(key, 3)
    trunk = ConvolutionalTrunk(
        PORTRAITS.side,
        CHANNELS,
        width=DISCRIMINATOR_WIDTH,
        activation=leaky_relu,
        gain=HE_GAIN,
        key=trunk_key,
    )
    return {
        GENERATOR: ConvolutionalGenerator(
            LATENTS,
            PORTRAITS.side,
            CHANNELS,
            width=GENERATOR_WIDTH,
            activation=jax.nn.relu,
            gain=HE_GAIN,
            key=generator_key,
        ),
        DISCRIMINATOR: TwoHeaded(
            trunk, trunk.features, styles_of(PORTRAITS), activation=leaky_relu, key=heads_key
        ),
    }
