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
    study,
)
from gantheory.citations import cite
from gantheory.training import (
    Every,
    Failure,
    Optimiser,
    Result,
    Status,
    Trainer,
    TrainState,
    fit_ensemble,
    load_player,
    load_state,
    save_player,
    save_state,
)

__version__ = "0.1.0"

__all__ = [
    "Every",
    "Failure",
    "Optimiser",
    "Result",
    "Status",
    "TrainState",
    "Trainer",
    "cite",
    "data",
    "deviations",
    "divergences",
    "dynamics",
    "fit_ensemble",
    "games",
    "load_player",
    "load_state",
    "losses",
    "metrics",
    "networks",
    "penalties",
    "save_player",
    "save_state",
    "shapes",
    "study",
]
