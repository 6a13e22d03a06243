"""What training carries from step to step, and what it hands back."""

import csv
import os
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, PyTree

from gantheory.games import Players
from gantheory.shapes import Key
from gantheory.training.failure import Failure


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

    Every leaf of `history` has a leading axis, one entry per record; `steps` holds the numbers of the
    steps, counted from 1, after which the records were taken. `failure` says what went wrong first in
    a run of `fit` or `resume` that became non-finite, and is None in any other.
    """

    state: TrainState
    history: PyTree
    status: Status
    steps: Int[Array, " records"]
    failure: Failure | None = eqx.field(static=True, default=None)

    @property
    def players(self) -> Players:
        """The players at the end, by name."""
        return self.state.players

    @property
    def averaged(self) -> Players:
        """The exponential moving averages of those players for which one was kept."""
        return self.state.averaged

    def table(self) -> dict[str, np.ndarray]:
        """The history as columns of equal length, one row per record, as data frames take them.

        The first column is `step`; of a result with a leading run axis, `run` and `step`. The others
        are those entries of the history that are one number per record, named by their path.
        """
        steps = np.asarray(self.steps)
        columns = {"step": steps.ravel()}
        if steps.ndim > 1:
            runs = np.indices(steps.shape)[0]
            columns = {"run": runs.ravel(), **columns}
        for path, leaf in jax.tree_util.tree_leaves_with_path(self.history):
            if jnp.shape(leaf) == steps.shape:
                name = jax.tree_util.keystr(path, simple=True, separator=".") or "record"
                columns[name] = np.asarray(leaf).ravel()
        return columns

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a file of comma-separated values; every number is written in full."""
        table = self.table()
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))

    def __repr__(self) -> str:
        if jnp.ndim(self.state.step) > 0:
            return f"Result({self.state.step.size} runs; players: {', '.join(self.players)})"
        return (
            f"Result({int(self.state.step):,} steps; {Status[self.status]}; "
            f"{f'{self.failure}; ' if self.failure else ''}"
            f"players: {', '.join(self.players)})"
        )
