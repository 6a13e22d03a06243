"""What went wrong first, in a run that became non-finite."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """What was first not finite in a run.

    Attributes:
        step: The number of the step, counted from 1; the steps before it were good.
        player: Whose move it was; None if the step, played again, stayed finite.
        what: What was not finite: "loss", "gradient", "parameters", "optimiser state", or, if all
            of these were finite throughout the step, the name of a further scalar.

    Examples:
        >>> import gantheory as gt
        >>> print(gt.Failure(step=7, player="generator", what="gradient"))
        step 7: the gradient of 'generator' became non-finite first
    """

    step: int
    player: str | None
    what: str

    def __str__(self) -> str:
        if self.player is None:
            return f"step {self.step:,} was the first bad one, but was finite when played again"
        if self.what in ("loss", "gradient", "parameters", "optimiser state"):
            return f"step {self.step:,}: the {self.what} of {self.player!r} became non-finite first"
        return f"step {self.step:,}: the entry {self.what!r} became non-finite first"
