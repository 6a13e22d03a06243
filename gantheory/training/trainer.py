"""The trainer: everything a run is trained with."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, cast, overload

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from gantheory.data.stream import Chunk, Stream
from gantheory.games import Game
from gantheory.games.game import P
from gantheory.shapes import Key
from gantheory.training.checks import (
    check_length,
    check_reach,
    check_start,
    check_state,
    check_trainer,
)
from gantheory.training.diagnosis import first_failure
from gantheory.training.failure import Failure
from gantheory.training.fit import fit
from gantheory.training.loop import play
from gantheory.training.optimiser import Optimiser
from gantheory.training.record import Every, H, Record, map_record
from gantheory.training.state import Result, Status, TrainState

A = TypeVar("A")
B = TypeVar("B")


class Trainer(eqx.Module, Generic[B, H]):
    """A game, its data, its optimisers, and what is averaged and recorded.

    The numbers of a trainer (hyperparameters, penalty weights, decays) are arrays, so runs that
    differ in them share one compilation and can be vectorised: reach them by `eqx.tree_at`.

    Args:
        game: Who moves when, and what each player minimises.
        source: Makes all that is random in one turn from a key; or a `data.Stream` read on the
            host, for `fit` alone.
        optimisers: Name of a player to its optimiser; a player without one is frozen.
        ema: Name to decay in [0, 1): of these players the exponentially weighted mean of the
            parameters after each step is kept, in float32 or wider.
        record: What is kept of the steps, and how often. By default the entries of each step.

    Raises:
        TypeError: An argument is not what it should be; the message names it.
        ValueError: No player who has a turn has an optimiser, or a decay lies outside [0, 1).

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> trainer = gt.Trainer(
        ...     gt.games.nonsaturating(),
        ...     source,
        ...     optimisers={"generator": sgd, "discriminator": sgd},
        ... )
        >>> state = trainer.init({"generator": line, "discriminator": line}, key=jax.random.key(1))
        >>> state
        TrainState(step 0; players: generator (moves), discriminator (moves))
        >>> result = trainer.train(state, 4)
        >>> print(result.steps, result.history["generator"].shape)
        [1 2 3 4] (4,)
        >>> trainer.fit(result.state, 2, progress=False)
        Result(6 steps; all steps were taken; players: discriminator, generator)
        >>> print(trainer.first_failure(state))  # asked of a run that is sound
        step 1 was the first bad one, but was finite when played again
    """

    game: Game[B]
    source: Callable[[Key], B] | Stream | Chunk
    optimisers: dict[str, Optimiser]
    ema: dict[str, Array]
    record: Record

    @overload
    def __init__(
        self,
        game: Game[B],
        source: Callable[[Key], B] | Stream | Chunk,
        *,
        optimisers: Mapping[str, Optimiser],
        ema: Mapping[str, Array | float] = ...,
        record: Every[H] = Every(1),  # noqa: B008 (immutable)
    ): ...

    @overload
    def __init__(
        self: "Trainer[A, dict[str, Any]]",
        game: Game[A],
        source: Callable[[Key], A] | Stream | Chunk,
        *,
        optimisers: Mapping[str, Optimiser],
        ema: Mapping[str, Array | float] = ...,
        record: Mapping[str, Every[Any]],
    ): ...

    def __init__(
        self,
        game: Game[B],
        source: Callable[[Key], B] | Stream | Chunk,
        *,
        optimisers: Mapping[str, Optimiser],
        ema: Mapping[str, Array | float] = {},
        record: Any = Every(1),  # noqa: B008 (immutable)
    ):
        """Set the game, the source, the optimisers, and what is averaged and recorded."""
        self.game = game
        self.source = source
        self.optimisers = dict(optimisers) if isinstance(optimisers, Mapping) else optimisers
        self.ema = _as_arrays(ema)
        self.record = record
        check_trainer(self)

    def init(self, players: P, *, key: Key) -> TrainState[P]:
        """The state before the first step.

        Args:
            players: Name to pytree.
            key: Random key of the run. A step's key is folded from it and the step's number.

        Raises:
            TypeError: A player who moves owns no floating-point array.
            ValueError: The players are not those that the trainer names.
        """
        check_start(self, players, key)
        own = {name: jax.tree.map(_with_definite_type, one) for name, one in players.items()}
        return TrainState(
            players=cast(P, own),
            optimiser_states={
                name: optimiser.initial_state(eqx.filter(own[name], eqx.is_inexact_array))
                for name, optimiser in self.optimisers.items()
            },
            ema={name: jax.tree.map(_for_averaging, own[name]) for name in self.ema},
            key=key,
            step=jnp.zeros((), jnp.int32),
            failed=jnp.zeros((), bool),
        )

    def train(self, state: TrainState[P], steps: int) -> Result[P, H]:
        """Train `steps` steps on from a state, purely: one scan, no compilation of its own.

        It works under `eqx.filter_jit`, under `eqx.filter_vmap` over keys, hyperparameters or
        weights, and on arrays that are sharded over mesh axes of type `Auto`. Training in pieces
        gives the same bits as training at once. Once a run becomes non-finite its state stays at
        the last good step; the rows after that of the bad step are then of further steps that were
        tried from there and undone.

        Args:
            state: Where to start.
            steps: How often the game's turns are played; a multiple of every cadence of `record`.

        Raises:
            TypeError: The source is a stream, which only `fit` can read.
            ValueError: Something does not fit; the message names it.
        """
        check_state(state)
        check_length(self, steps)
        check_reach(state, steps)
        end, history = play(self, state, steps, room=steps)

        def numbers(every: Every) -> Array:
            return state.step + every.steps * jnp.arange(
                1, steps // every.steps + 1, dtype=jnp.int32
            )

        return Result(
            state=end,
            history=cast(H, history),
            status=Status.where(end.failed, Status.nonfinite, Status.completed),
            steps=map_record(numbers, self.record),
        )

    def fit(
        self,
        state: TrainState[P],
        steps: int,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        seconds_between_checkpoints: float | int = 30.0,
        callback: Callable[[Result[P, H]], bool | None] | Every[Any] | None = None,
        progress: bool = True,
    ) -> Result[P, H]:
        """Train `steps` steps on from a state, compiled, watched and interruptible.

        The numbers are those of `train`, but the history of a run that became non-finite ends at
        its bad step. The run is cut into pieces of at most about half a second, or of one step if
        that takes longer. Between them the progress bar moves, the checkpoint is written, Ctrl-C is
        obeyed (a second Ctrl-C stops at once) and a run that became non-finite ends, with the name
        of the player who broke it.

        Args:
            state: Where to start: a new state, or that of a result, to go on.
            steps: How many steps to take from `state`; a multiple of every cadence of `record`.
            checkpoint: A file. If it exists, the run goes on from it to the same end, bit for bit
                as if it had never stopped, so the same command run twice trains once; one that is
                further is returned as it is, and a file of another run is refused.
            seconds_between_checkpoints: A piece that ends this long after the last writing is
                followed by the next one. So is the end of the run, unless the process is killed.
            callback: Called after each piece with its result: the state, and the history since the
                last call. As `Every(n, function)` it is called after every n-th step instead, and
                at the end. If it returns True, the run stops.
            progress: Show a bar with the losses and the time left on standard error.

        Returns:
            Players, averages, history, status and state; also after an interruption.

        Raises:
            ValueError: An argument does not fit, or the checkpoint is damaged or belongs to another
                run; the message names it.
        """
        return fit(
            self,
            state,
            steps,
            checkpoint=checkpoint,
            seconds_between_checkpoints=seconds_between_checkpoints,
            callback=callback,
            progress=progress,
        )

    def first_failure(self, state: TrainState) -> Failure:
        """What becomes non-finite first in the step that follows a state.

        Training costs nothing for it: the state of a run that broke is the last good one, and a
        step is a function of the state, so the bad step can be played again.

        Args:
            state: The state of one run that failed; one run out of an ensemble is fine.
        """
        return first_failure(self, state)


def _as_arrays(ema: Mapping[str, Array | float]) -> dict[str, Array]:
    """The decays as arrays; anything but a mapping of numbers stays, and fails the check."""
    if not isinstance(ema, Mapping):
        return ema
    return {name: jnp.asarray(decay, float) for name, decay in ema.items()}


def _with_definite_type(leaf: PyTree) -> PyTree:
    """A player's leaf in the dtype it has: a weakly typed one would take on those it meets."""
    return jnp.asarray(leaf, jnp.result_type(leaf)) if eqx.is_inexact_array(leaf) else leaf


def _for_averaging(leaf: PyTree) -> PyTree:
    """The start of an average: a copy, of floating-point numbers in float32 or wider."""
    if eqx.is_inexact_array(leaf):
        dtype = leaf.dtype if jnp.finfo(leaf.dtype).bits >= 32 else jnp.float32
        return jnp.array(leaf, dtype, copy=True)
    return jnp.copy(leaf) if eqx.is_array(leaf) else leaf
