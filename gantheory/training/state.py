"""What training carries from step to step, and what it hands back."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PyTree

from gantheory.games import Players
from gantheory.shapes import Key


class Status(eqx.Enumeration):
    """How a training run ended."""

    completed = "all steps were taken"
    interrupted = "stopped by the user before all steps were taken"
    nonfinite = "a loss or a parameter became non-finite; the state is the last good one"


class TrainState(eqx.Module):
    """All that the next step needs. A run continued from its state is the same run.

    `step` counts the good steps taken. Once something becomes non-finite, `failed` is set and the
    state stays as it was before the failing step.
    """

    players: Players
    optimiser_states: dict[str, PyTree]
    averaged: Players
    average: dict[str, Array]
    key: Key
    step: Int[Array, ""]
    failed: Bool[Array, ""]


class Result(eqx.Module):
    """The outcome of training: the final state, the recorded history and how it ended.

    Every leaf of `history` has a leading axis, one entry per record.
    """

    state: TrainState
    history: PyTree
    status: Status

    @property
    def players(self) -> Players:
        """The players at the end, by name."""
        return self.state.players

    @property
    def averaged(self) -> Players:
        """The exponential moving averages of those players for which one was kept."""
        return self.state.averaged

    def __repr__(self) -> str:
        if jnp.ndim(self.state.step) > 0:
            return f"Result({self.state.step.size} runs; players: {', '.join(self.players)})"
        return (
            f"Result({int(self.state.step):,} steps; {Status[self.status]}; "
            f"players: {', '.join(self.players)})"
        )
