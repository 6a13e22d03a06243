"""Ways of playing a game: the order of its moves, and the players' optimisers."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import optax
from jaxtyping import Array, Float, PyTree

import gantheory as gt
from experiments.dynamics.dirac import IN_TURN, TOGETHER
from gantheory import dynamics, games
from gantheory.games import DISCRIMINATOR, GENERATOR, Players, Turn
from gantheory.shapes import Scalar
from gantheory.training import Every, Optimiser, TrainState

LOOKING_AHEAD = (Turn((DISCRIMINATOR, GENERATOR), simultaneous=True, extrapolate=True),)
MOMENTUM = -0.5


class Way(NamedTuple):
    """Who moves when, and what makes of a learning rate an optimiser of either player."""

    turns: tuple[Turn, ...]
    optimiser: Callable[[Scalar], Optimiser]


def descent(rate: Scalar) -> Optimiser:
    return Optimiser(optax.sgd, learning_rate=rate)


def heavy_ball(rate: Scalar) -> Optimiser:
    return Optimiser(optax.sgd, learning_rate=rate, momentum=MOMENTUM)


def optimistic(rate: Scalar) -> Optimiser:
    return Optimiser(optax.optimistic_gradient_descent, learning_rate=rate)


WAYS = {
    "together": Way(TOGETHER, descent),
    "in turn": Way(IN_TURN, descent),
    "extragradient": Way(LOOKING_AHEAD, descent),
    "optimistic": Way(TOGETHER, optimistic),
    "momentum, together": Way(TOGETHER, heavy_ball),
    "momentum, in turn": Way(IN_TURN, heavy_ball),
}


def positions(
    game: games.Game,
    players: Players,
    batch: PyTree,
    optimisers: Mapping[str, Optimiser],
    steps: int,
) -> Float[Array, " step size"]:
    """The position after each step of training."""

    def record(state: TrainState, batch: PyTree, entries: dict[str, Scalar]) -> Array:
        del batch, entries
        return dynamics.position(game, state.players)[0]

    trainer = gt.Trainer(game, lambda key: batch, optimisers=optimisers, record=Every(1, record))
    return trainer.train(trainer.init(players, key=jax.random.key(0)), steps).history
