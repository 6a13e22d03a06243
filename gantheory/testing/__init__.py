"""The library's own questions to losses and games, as calls: for a loss or a game of your own.

Each function asks all its questions and raises an `AssertionError` at the first wrong answer.
"""

from gantheory.testing.games import check_game
from gantheory.testing.losses import check_loss, is_finite_far_out, steepest_fall

__all__ = ["check_game", "check_loss", "is_finite_far_out", "steepest_fall"]
