"""Generative-adversarial theory in JAX: typed losses, penalties and games, trained in one scan."""

from gantheory import (
    data,
    deviations,
    divergences,
    dynamics,
    games,
    losses,
    metrics,
    networks,
    penalties,
    shapes,
)
from gantheory.citations import cite
from gantheory.training import (
    Optimiser,
    Result,
    Status,
    TrainState,
    advance,
    fit,
    resume,
    start,
    train,
)

__version__ = "0.1.0"

__all__ = [
    "Optimiser",
    "Result",
    "Status",
    "TrainState",
    "advance",
    "cite",
    "data",
    "deviations",
    "divergences",
    "dynamics",
    "fit",
    "games",
    "losses",
    "metrics",
    "networks",
    "penalties",
    "resume",
    "shapes",
    "start",
    "train",
]
