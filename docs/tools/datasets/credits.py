"""Who drew what, and on which terms: as the packages themselves say it."""

from collections.abc import Iterable
from dataclasses import dataclass

from tools.datasets.problems import DatasetError

CHANGES = "rasterised to 32 × 32 pixels on white, emoji after cropping to what is drawn"


@dataclass(frozen=True)
class Credit:
    """The credit that goes with one style."""

    style: str
    title: str
    creator: str
    source: str
    licence: str
    licence_url: str
    package: str

    def __post_init__(self) -> None:
        empty = [name for name, text in vars(self).items() if not text]
        if empty:
            raise DatasetError(
                f"the credit of style {self.style!r} lacks its {', '.join(empty)}: "
                f"{self.package or 'its package'} no longer says it where it did"
            )

    def among(self, licences: tuple[str, ...]) -> "Credit":
        """This credit; raises if its licence is none of those that let us show and change the
        drawings."""
        if self.licence not in licences:
            raise DatasetError(
                f"style {self.style!r} is under {self.licence!r}, expected one of "
                f"{licences}: leave it out"
            )
        return self


def credits_table(credits: Iterable[Credit]) -> str:
    """The credits as a Markdown table, and below it what was changed, as the licences ask."""
    rows = [
        f"| {one.style} | [{_plain(one.title)}]({one.source}) | {_plain(one.creator)} "
        f"| [{one.licence}]({one.licence_url}) |"
        for one in credits
    ]
    head = ["| style | design | by | licence |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, "", f"Changed by us: {CHANGES}."])


def _plain(text: str) -> str:
    """Text that means nothing to Markdown."""
    return "".join(f"\\{letter}" if letter in "\\|[]*_`<>" else letter for letter in text)
