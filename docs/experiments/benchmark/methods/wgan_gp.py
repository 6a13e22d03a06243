"""The Wasserstein game with a gradient penalty of the gallery's weight, five critic moves to one of
the generator, untuned."""

from experiments.benchmark.playing import Sampler, plain
from experiments.benchmark.tasks import Task
from gantheory import games
from gantheory.shapes import Key


def enter(task: Task, moves: int, key: Key) -> Sampler:
    """Play so many moves of the generator."""
    return plain(games.wgan_gp(penalty_weight=1.0), task, moves, key)
