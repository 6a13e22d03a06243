"""Who moves when: the turns of a game, of which a step plays all in their order."""

from dataclasses import dataclass

from gantheory._checks import require_count


@dataclass(frozen=True)
class Turn:
    r"""One batch, and the players who move on it.

    Players move one after another, each seeing the moves before its own; in a `simultaneous` turn
    all move from the same point. A turn may be repeated `times` over, each time on a new batch.

    In a turn with `extrapolate` every move is evaluated twice, as in the extragradient method: all
    players look one move of their optimisers ahead, together; the gradients at that point, on the
    same batch, then move them from where they were. Of the look ahead nothing is kept: optimisers'
    states go on from the second gradients, and these are the moves whose entries are recorded. If
    all players of a game extrapolate together, by gradient descent of rate $\eta$, an eigenvalue
    $\lambda$ of the linearised gradients at an equilibrium becomes
    $1 - \eta\lambda + (\eta\lambda)^2$ in the step.

    Raises:
        ValueError: Players are missing or there twice, `times` is below 1, or several players are
            to extrapolate without `simultaneous`.

    Examples:
        >>> from gantheory import games
        >>> games.Turn(("discriminator",), times=5)
        Turn(players=('discriminator',), times=5, simultaneous=False, extrapolate=False)
    """

    players: tuple[str, ...]
    times: int = 1
    simultaneous: bool = False
    extrapolate: bool = False

    def __post_init__(self) -> None:
        require_count(times=self.times)
        if isinstance(self.players, str):
            raise TypeError(
                f"players of a turn must be a tuple of names, such as ({self.players!r},), "
                f"got {self.players!r}."
            )
        if not self.players or len(set(self.players)) < len(self.players):
            raise ValueError(f"players of a turn must be distinct names, got {self.players}.")
        if self.extrapolate and len(self.players) > 1 and not self.simultaneous:
            raise ValueError(
                "extrapolate of a turn with several players needs simultaneous=True: they look "
                f"ahead together, from the same point; got players {self.players} one by one."
            )
