"""Training of any game: one scan, and a host loop around it."""

from gantheory.training.host import fit, resume
from gantheory.training.optimiser import Optimiser
from gantheory.training.scan import advance, start, train
from gantheory.training.state import (
    Result,
    Status,
    TrainState,
)

__all__ = [
    "Optimiser",
    "Result",
    "Status",
    "TrainState",
    "advance",
    "fit",
    "resume",
    "start",
    "train",
]
