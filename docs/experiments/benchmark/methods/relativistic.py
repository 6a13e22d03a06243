"""Relativistic pairing with both zero-centred penalties, of weight 1 as it is built, untuned."""

from experiments.benchmark.playing import Sampler, plain
from experiments.benchmark.tasks import Task
from gantheory import games
from gantheory.shapes import Key


def enter(task: Task, moves: int, key: Key) -> Sampler:
    """Play so many moves of the generator."""
    return plain(games.relativistic_r1_r2(), task, moves, key)
