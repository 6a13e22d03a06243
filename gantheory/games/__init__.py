r"""Differentiable games: players, the losses they minimise, and the order in which they move.

A GAN is a differentiable game. Each player owns parameters and has a loss that may depend on
everybody's parameters; a move is a gradient step of one player on its own loss. A player's gradient
is that of its own entry with respect to its own parameters, so no loss needs a stop-gradient.
"""

from gantheory.games.adversarial import (
    ALTERNATING,
    DISCRIMINATOR,
    GENERATOR,
    AdversarialGame,
    WeightedPenalty,
)
from gantheory.games.game import Game, Players, Turn
from gantheory.games.objectives import (
    OBJECTIVES,
    build,
    minimax,
    nonsaturating,
    relativistic_r1_r2,
)

__all__ = [
    "ALTERNATING",
    "DISCRIMINATOR",
    "GENERATOR",
    "OBJECTIVES",
    "AdversarialGame",
    "Game",
    "Players",
    "Turn",
    "WeightedPenalty",
    "build",
    "minimax",
    "nonsaturating",
    "relativistic_r1_r2",
]
