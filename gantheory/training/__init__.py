"""Training of any game: one scan, and a host loop around it."""

from gantheory.training.ensemble import fit_ensemble
from gantheory.training.failure import Failure
from gantheory.training.optimiser import Optimiser
from gantheory.training.record import Every
from gantheory.training.saved import load_player, load_state, save_player, save_state
from gantheory.training.state import Result, Status, TrainState
from gantheory.training.trainer import Trainer

__all__ = [
    "Every",
    "Failure",
    "Optimiser",
    "Result",
    "Status",
    "TrainState",
    "Trainer",
    "fit_ensemble",
    "load_player",
    "load_state",
    "save_player",
    "save_state",
]
