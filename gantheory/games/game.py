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

from gantheory.checks import require_count
from gantheory.shapes import Scalar

Players = dict[str, PyTree]


@dataclass(frozen=True)
class Turn:
    """One draw, and the players who move on it.

    Players move one after another, each seeing the moves before its own; with `together` they all
    move from the same point. A turn may be repeated `times` over, each time on a fresh draw.
    """

    players: tuple[str, ...]
    times: int = 1
    together: bool = False

    def __post_init__(self) -> None:
        require_count(times=self.times)
        if not self.players or len(set(self.players)) < len(self.players):
            raise ValueError(f"players of a turn must be distinct names, got {self.players}.")


class Game(eqx.Module):
    """What a trainer, or an analysis, needs to know: who moves when, and what everybody minimises."""

    turns: eqx.AbstractVar[tuple[Turn, ...]]

    @abc.abstractmethod
    def losses(self, players: Players, draw: PyTree) -> dict[str, Scalar]:
        """Every player's loss under its name, and any further scalars worth recording.

        Args:
            players: Name to pytree of parameters.
            draw: All that is random in the turn; the result is deterministic in it.

        Returns:
            Scalars by name. The entry under a player's name is what that player minimises.
        """

    def settle(self, mover: str, players: Players) -> Players:
        """Players after `mover` has moved: the place for projections. By default nothing changes."""
        del mover
        return players


def as_tree(function: Callable[..., Any]) -> Callable[..., Any]:
    """A callable as a pytree: as it is if it is one, else with the function as structure."""
    if issubclass(type(function), jax.tree_util.Partial | eqx.Module):
        return function
    return jax.tree_util.Partial(function)
