"""The non-saturating game as it is built, untuned."""

from experiments.benchmark.playing import Sampler, plain
from experiments.benchmark.tasks import Task
from gantheory import games
from gantheory.shapes import Key


def enter(task: Task, moves: int, key: Key) -> Sampler:
    """Play so many moves of the generator."""
    return plain(games.nonsaturating(), task, moves, key)
