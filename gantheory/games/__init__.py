r"""Differentiable games: players, the losses they minimise, and the order in which they move.

A GAN is a differentiable game. Each player owns parameters and has a loss that may depend on all
players' parameters; a move is a gradient step of one player on its own loss. A player's gradient is
that of its own entry with respect to its own parameters, so no loss needs a stop-gradient.
"""

from gantheory.games._batches import DISCRIMINATOR, GENERATOR, SAMPLE_AXIS, Context
from gantheory.games.adversarial import (
    ALTERNATING,
    CRITIC_FIVE_TIMES,
    AdversarialGame,
    WeightedPenalty,
)
from gantheory.games.boundary_equilibrium import (
    BALANCE,
    SIMULTANEOUS,
    Balance,
    BoundaryEquilibriumGame,
    began,
)
from gantheory.games.creative import STYLE, CreativeGame, can, can_holistic
from gantheory.games.game import Game, Players
from gantheory.games.objectives import (
    OBJECTIVES,
    build,
    dragan,
    f_gan,
    hinge,
    least_squares,
    minimax,
    nonsaturating,
    relativistic_r1_r2,
    wgan,
    wgan_gp,
)
from gantheory.games.regression import RegressionGame
from gantheory.games.turns import Turn
from gantheory.games.variational import (
    AUTOENCODER,
    Bernoulli,
    Gaussian,
    VariationalGame,
    importance_log_weights,
    importance_weighted_bound,
)
from gantheory.games.walk import WalkGame

__all__ = [
    "ALTERNATING",
    "AUTOENCODER",
    "BALANCE",
    "CRITIC_FIVE_TIMES",
    "DISCRIMINATOR",
    "GENERATOR",
    "OBJECTIVES",
    "SAMPLE_AXIS",
    "SIMULTANEOUS",
    "STYLE",
    "AdversarialGame",
    "Balance",
    "Bernoulli",
    "BoundaryEquilibriumGame",
    "Context",
    "CreativeGame",
    "Game",
    "Gaussian",
    "Players",
    "RegressionGame",
    "Turn",
    "VariationalGame",
    "WalkGame",
    "WeightedPenalty",
    "began",
    "build",
    "can",
    "can_holistic",
    "dragan",
    "f_gan",
    "hinge",
    "importance_log_weights",
    "importance_weighted_bound",
    "least_squares",
    "minimax",
    "nonsaturating",
    "relativistic_r1_r2",
    "wgan",
    "wgan_gp",
]
