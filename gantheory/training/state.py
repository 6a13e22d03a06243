"""What training carries from step to step, and what it returns."""

import csv
import html
import os
from pathlib import Path
from typing import Any, Generic, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, PyTree

from gantheory._checks import is_known
from gantheory.games import Players
from gantheory.games.game import P
from gantheory.shapes import Key
from gantheory.training.failure import Failure
from gantheory.training.record import H


class Status(eqx.Enumeration):
    """How a training run ended.

    Examples:
        >>> import gantheory as gt
        >>> status = gt.Status.completed  # as result.status is
        >>> print(status == gt.Status.completed, gt.Status[status])
        True all steps were taken
    """

    completed = "all steps were taken"
    interrupted = "stopped by the user before all steps were taken"
    stopped = "stopped by the callback before all steps were taken"
    nonfinite = "something became non-finite; the state is the last good one"


class TrainState(eqx.Module, Generic[P]):
    """All that the next step needs. A run continued from its state is the same run.

    `step` counts the good steps taken. Once something becomes non-finite, `failed` is set and the
    state stays as it was before the failing step.

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> trainer = gt.Trainer(gt.games.nonsaturating(), source, optimisers={"generator": sgd})
        >>> trainer.init(players, key=jax.random.key(1))
        TrainState(step 0; players: generator (moves), discriminator (frozen))
    """

    players: P
    optimiser_states: dict[str, PyTree]
    ema: Players
    key: Key
    step: Int[Array, ""]
    failed: Bool[Array, ""]

    def __repr__(self) -> str:
        players = ", ".join(
            f"{name} ({'moves' if name in self.optimiser_states else 'frozen'})"
            for name in self.players
        )
        if not is_known(self.step):
            return f"TrainState(being traced; players: {players})"
        if jnp.ndim(self.step) > 0:
            return f"TrainState({self.step.size} runs; players: {players})"
        failed = "; the next step failed" if bool(self.failed) else ""
        return f"TrainState(step {int(self.step):,}{failed}; players: {players})"


class Result(eqx.Module, Generic[P, H]):
    """The outcome of training: the final state, the recorded history and how it ended.

    Every leaf of `history` has a leading axis, one entry per record; `steps` holds the numbers of
    the steps, counted from 1, after which the records were taken. With several records by name,
    both are dicts by these names. `failure` says what went wrong first in a run of `fit` that
    became non-finite, and is None in any other.

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> trainer = gt.Trainer(gt.games.nonsaturating(), source, optimisers=both)
        >>> result = trainer.train(trainer.init(players, key=jax.random.key(1)), 4)
        >>> result
        Result(4 steps; all steps were taken; players: discriminator, generator)
        >>> print(result.steps, sorted(result.history))
        [1 2 3 4] ['discriminator', 'fake_logit', 'generator', 'real_logit']
    """

    state: TrainState[P]
    history: H
    status: Status
    steps: PyTree[Int[Array, " ..."]]
    failure: Failure | None = eqx.field(static=True, default=None)

    @property
    def players(self) -> P:
        """The players at the end, by name."""
        return self.state.players

    @property
    def ema(self) -> P:
        """The exponential moving averages of the players that have one, in their dtypes."""
        found = {name: _like(one, self.players[name]) for name, one in self.state.ema.items()}
        return cast(P, found)

    def table(self, cadence: str | None = None) -> dict[str, np.ndarray]:
        """The history as columns of equal length, one row per record, as data frames take them.

        The first column is `step`; of a result with a leading run axis, `run` and `step`. The
        others are those entries of the history that are one number per record, named by their path.

        Args:
            cadence: Which of the records, if there are several by name.

        Raises:
            ValueError: There are several records, and `cadence` does not name one of them.
        """
        parts = self._by_cadence()
        if cadence not in parts:
            names = ", ".join(map(repr, parts)) if None not in parts else "None: there is only one"
            raise ValueError(f"cadence must be one of {names}; got {cadence!r}.")
        steps, history = parts[cadence]
        steps = np.asarray(steps)
        columns = {"step": steps.ravel()}
        if steps.ndim > 1:
            runs = np.indices(steps.shape)[0]
            columns = {"run": runs.ravel(), **columns}
        for path, leaf in jax.tree_util.tree_leaves_with_path(history):
            if jnp.shape(leaf) == steps.shape:
                name = jax.tree_util.keystr(path, simple=True, separator=".") or "record"
                columns[name] = np.asarray(leaf).ravel()
        return columns

    def write_csv(self, path: str | os.PathLike[str], cadence: str | None = None) -> None:
        """Write a table to a file of comma-separated values; every number is written in full."""
        table = self.table(cadence)
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))

    def _repr_html_(self) -> str | None:
        """The losses against the step, for notebooks; None, for the text, without matplotlib."""
        try:
            from gantheory import plots  # the extra `plots`
        except ImportError:
            return None
        for cadence, (steps, _) in self._by_cadence().items():
            table = self.table(cadence)
            numbers = [name for name in table if name not in ("run", "step")]
            shown = [name for name in numbers if name in self.players] or numbers
            if shown and steps.size:
                break
        else:
            return None
        series = {name: table[name].reshape(steps.shape) for name in shown}
        figure = plots.losses(steps, series)
        alt = f"Curves against the step: {', '.join(shown)}. {self!r}"
        caption = html.escape(repr(self))
        return f"<figure>{plots.as_svg(figure, alt=alt)}<figcaption>{caption}</figcaption></figure>"

    def _by_cadence(self) -> dict[str | None, tuple[Array, PyTree]]:
        """Steps and history of each record; the only one of a plain history has no name."""
        if isinstance(self.steps, dict):
            history: Any = self.history
            return {name: (steps, history[name]) for name, steps in self.steps.items()}
        return {None: (self.steps, self.history)}

    def __repr__(self) -> str:
        if not is_known(self.state.step):
            return f"Result(being traced; players: {', '.join(self.players)})"
        if jnp.ndim(self.state.step) > 0:
            return f"Result({self.state.step.size} runs; players: {', '.join(self.players)})"
        return (
            f"Result({int(self.state.step):,} steps; {Status[self.status]}; "
            f"{f'{self.failure}; ' if self.failure else ''}"
            f"players: {', '.join(self.players)})"
        )


def _like(average: PyTree, player: PyTree) -> PyTree:
    """An average, kept in float32 or wider, in the dtypes of its player."""
    return jax.tree.map(
        lambda one, leaf: one.astype(leaf.dtype) if eqx.is_inexact_array(one) else one,
        average,
        player,
    )
