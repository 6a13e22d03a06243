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
from gantheory.games.creative import STYLE, CreativeGame, can, can_holistic
from gantheory.games.game import Game, Players, Turn
from gantheory.games.objectives import (
    OBJECTIVES,
    build,
    minimax,
    nonsaturating,
    relativistic_r1_r2,
)
from gantheory.games.variational import (
    AUTOENCODER,
    Bernoulli,
    Gaussian,
    VariationalGame,
    importance_log_weights,
    importance_weighted_bound,
)

__all__ = [
    "ALTERNATING",
    "AUTOENCODER",
    "DISCRIMINATOR",
    "GENERATOR",
    "OBJECTIVES",
    "STYLE",
    "AdversarialGame",
    "Bernoulli",
    "CreativeGame",
    "Game",
    "Gaussian",
    "Players",
    "Turn",
    "VariationalGame",
    "WeightedPenalty",
    "build",
    "can",
    "can_holistic",
    "importance_log_weights",
    "importance_weighted_bound",
    "minimax",
    "nonsaturating",
    "relativistic_r1_r2",
]
