"""Training of any game: one scan, and a host loop around it."""

from gantheory.training.checkpoint import load_player, load_state
from gantheory.training.devices import OnMesh
from gantheory.training.diagnosis import first_failure
from gantheory.training.ensemble import fit_ensemble
from gantheory.training.failure import Failure
from gantheory.training.host import fit, resume
from gantheory.training.optimiser import Optimiser
from gantheory.training.scan import advance, start, train
from gantheory.training.state import (
    Result,
    Status,
    TrainState,
)
from gantheory.data.stream import InOrder, Shuffled, Stream

__all__ = [
    "Failure",
    "InOrder",
    "OnMesh",
    "Optimiser",
    "Result",
    "Shuffled",
    "Status",
    "Stream",
    "TrainState",
    "advance",
    "first_failure",
    "fit",
    "fit_ensemble",
    "load_player",
    "load_state",
    "resume",
    "start",
    "train",
]
