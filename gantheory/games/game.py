r"""Differentiable games: players, the losses they minimise, and the order in which they move.

A GAN is a differentiable game. Each player owns parameters and has a loss that may depend on
everybody's parameters; a move is a gradient step of one player on its own loss. A player's gradient
is that of its own entry with respect to its own parameters, so no loss needs a stop-gradient.
"""

import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
from jaxtyping import PyTree

from gantheory._checks import described, require_count
from gantheory.shapes import Scalar

Players = dict[str, PyTree]
"""Name to pytree: everybody, with all that they own."""


@dataclass(frozen=True)
class Turn:
    """One batch, and the players who move on it.

    Players move one after another, each seeing the moves before its own; with `simultaneous` they all
    move from the same point. A turn may be repeated `times` over, each time on a fresh batch.

    Examples:
        >>> from gantheory import games
        >>> games.Turn(("discriminator",), times=5)
        Turn(players=('discriminator',), times=5, simultaneous=False)
    """

    players: tuple[str, ...]
    times: int = 1
    simultaneous: bool = False

    def __post_init__(self) -> None:
        require_count(times=self.times)
        if isinstance(self.players, str):
            raise TypeError(
                f"players of a turn must be a tuple of names, such as ({self.players!r},), "
                f"got {self.players!r}."
            )
        if not self.players or len(set(self.players)) < len(self.players):
            raise ValueError(f"players of a turn must be distinct names, got {self.players}.")


class Game(eqx.Module):
    """What a trainer, or an analysis, needs to know: who moves when, and what everybody minimises.

    Examples:
        >>> from gantheory import games
        >>> class Duel(games.Game):
        ...     turns = (games.Turn(("x", "y"), simultaneous=True),)
        ...     def losses(self, players, batch):
        ...         product = players["x"] * players["y"]
        ...         return {"x": product, "y": -product}
        >>> Duel().losses({"x": 2.0, "y": 3.0}, batch=None)
        {'x': 6.0, 'y': -6.0}
    """

    turns: eqx.AbstractVar[tuple[Turn, ...]]

    @abc.abstractmethod
    def losses(self, players: Players, batch: PyTree) -> dict[str, Scalar]:
        """Every player's loss under its name, and any further scalars worth recording.

        Args:
            players: Name to pytree of parameters.
            batch: All that is random in the turn; the result is deterministic in it.

        Returns:
            Scalars by name. The entry under a player's name is what that player minimises.
        """

    def project(self, mover: str, players: Players) -> Players:
        """Players after `mover` has moved: the place for projections. By default nothing changes."""
        del mover
        return players


def require_game(**games: object) -> None:
    """Raise unless every argument is a game; what builds games is none."""
    for name, game in games.items():
        if not isinstance(game, Game):
            if isinstance(game, str):
                hint = f": games.build({game!r}) builds a game by its name"
            else:
                hint = ": call it" if callable(game) else ""
            raise TypeError(
                f"{name} must be a game, such as games.nonsaturating(), got {described(game)}{hint}."
            )


def as_tree(function: Callable[..., Any]) -> Callable[..., Any]:
    """A callable as a pytree: as it is if it is one, else with the function as structure."""
    if issubclass(type(function), jax.tree_util.Partial | eqx.Module):
        return function
    return jax.tree_util.Partial(function)
