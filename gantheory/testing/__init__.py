"""The library's own tests of losses and games, to be called on a loss or a game of your own.

Each `check_` function makes its tests one by one and raises an `AssertionError` at the first that
fails.
"""

from gantheory.testing.games import check_game
from gantheory.testing.losses import check_loss, is_finite_far_out, steepest_fall

__all__ = ["check_game", "check_loss", "is_finite_far_out", "steepest_fall"]
