"""What a game is: its turns, and the losses that its players minimise."""

import abc
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import equinox as eqx
import jax
from jaxtyping import Array, Int, PyTree

from gantheory._answers import asked_once
from gantheory._checks import described
from gantheory.games.turns import Turn
from gantheory.shapes import Scalar

B = TypeVar("B")
"""The type of a game's batches."""

Players = dict[str, PyTree]
"""Name to pytree: every player, with all that it owns."""

P = TypeVar("P", bound=Mapping[str, Any])
"""The type of the players that a run begins with, and so of those that it ends with."""

Entry = Scalar | tuple[Scalar, Mapping[str, Scalar]]
"""What a player minimises; with it, if there are any, the further scalars of its move by name."""


class _HasTurns:
    """Tells type checkers of `turns`, not as a field: a subclass may set it in any way it likes."""

    turns: tuple[Turn, ...]


class Game(_HasTurns, eqx.Module, Generic[B]):
    """What a trainer, or an analysis, needs to know: who moves when, and what each minimises.

    A subclass defines `turns` and `losses`. Everything else follows from them.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import games
        >>> class Duel(games.Game):
        ...     turns = (games.Turn(("x", "y"), simultaneous=True),)
        ...     def losses(self, players, batch):
        ...         product = players["x"] * players["y"]
        ...         return {"x": product, "y": (-product, {"product": product})}
        >>> entries = Duel().entries({"x": jnp.array(2.0), "y": jnp.array(3.0)}, batch=None)
        >>> {name: float(value) for name, value in entries.items()}
        {'x': 6.0, 'y': -6.0, 'product': 6.0}
    """

    if not TYPE_CHECKING:
        turns: eqx.AbstractVar[tuple[Turn, ...]]

    @abc.abstractmethod
    def losses(self, players: Players, batch: B) -> Mapping[str, Entry]:
        """What each player minimises, under its name; `batch` is all that is random in the turn.

        An entry is a scalar, or a pair of a scalar and a dict of further scalars, whose names must
        be unique in the game. These belong to the player: they are recorded as this player saw them
        at its own last move, and cost nothing in the moves of the others.
        """

    def project(self, mover: str, players: Players) -> Players:
        """The players after `mover` has moved; by default unchanged."""
        del mover
        return players

    def at(self, step: Int[Array, ""]) -> "Game":
        """The game, with the same turns, as it is played after `step` steps; by default unchanged.

        A trainer plays `game.at(state.step)`, so a number in a field of the game follows a schedule
        by `return eqx.tree_at(lambda game: game.noise, self, schedule(step))`. The functions of
        `dynamics` analyse a game as it is given: give them `game.at(step)`.
        """
        del step
        return self

    @property
    def movers(self) -> tuple[str, ...]:
        """The players who have a turn, in the order of their first."""
        return tuple(dict.fromkeys(name for turn in self.turns for name in turn.players))

    def entries(self, players: Players, batch: B) -> dict[str, Scalar]:
        """All losses and all further scalars by name, from one set of players.

        Raises:
            ValueError: Two players use one name for a scalar, or a scalar has a player's name.
        """
        with asked_once():
            return all_entries(self.losses(players, batch))

    def gradient(self, players: Players, name: str, batch: B) -> tuple[PyTree, dict[str, Scalar]]:
        """The gradient of a player's own loss in its own parameters, and that player's entries.

        The gradient is a tree like the player in which all but floating-point arrays are None; the
        entries are the loss and the further scalars by name.
        """
        params, static = eqx.partition(players[name], eqx.is_inexact_array)

        def own_loss(params: PyTree) -> tuple[Scalar, dict[str, Scalar]]:
            everyone = {**players, name: eqx.combine(params, static)}
            with asked_once():
                entries = entries_of(self.losses(everyone, batch), name)
            return entries[name], entries

        return jax.grad(own_loss, has_aux=True)(params)


def entries_of(losses: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """One player's loss under its name, and its further scalars under theirs."""
    entry = losses[owner]
    loss, further = entry if isinstance(entry, tuple) else (entry, {})
    return {owner: loss, **further}


def plus(losses: Mapping[str, Entry], owner: str, term: Scalar, **further: Scalar) -> Entry:
    """A player's entry with a term added to its loss, and further scalars beside it."""
    if owner not in losses:
        return term, further
    entries = entries_of(losses, owner)
    return entries.pop(owner) + term, {**entries, **further}


def all_entries(losses: Mapping[str, Any]) -> dict[str, Any]:
    """The losses and further scalars of all players by name."""
    found: dict[str, Any] = {}
    for owner in losses:
        for name, value in entries_of(losses, owner).items():
            if name in found or (name in losses and name != owner):
                raise ValueError(
                    f"game.losses must use a name once, but {name!r} is used twice, the second "
                    f"time by {owner!r}."
                )
            found[name] = value
    return found


def require_game(**games: object) -> None:
    """Raise unless every argument is a game (a function that builds games is not one)."""
    for name, game in games.items():
        if not isinstance(game, Game):
            if isinstance(game, str):
                hint = f": games.build({game!r}) builds a game by its name"
            else:
                hint = ": call it" if callable(game) else ""
            raise TypeError(
                f"{name} must be a game, such as games.nonsaturating(), "
                f"got {described(game)}{hint}."
            )


def as_tree(function: Callable[..., Any]) -> Callable[..., Any]:
    """A callable as a pytree: unchanged if it is one, else with the function as structure."""
    if issubclass(type(function), jax.tree_util.Partial | eqx.Module):
        return function
    return jax.tree_util.Partial(function)
