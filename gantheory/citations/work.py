"""What is known of a work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """A published work.

    Attributes:
        authors: Every author, as "Family, Given".
        title: The title as printed.
        year: The year by which the docstrings name it.
        venue: The proceedings, if it is cited by them.
        arxiv: The identifier of its preprint, if it has one.
        journal: The journal with volume, number and pages, if it is cited by one.
        url: The address of what is only on the web.

    Examples:
        >>> from gantheory import citations
        >>> work = citations.BIBLIOGRAPHY["lim2017"]
        >>> print(f"{work.title} ({work.year}), arXiv {work.arxiv}")
        Geometric GAN (2017), arXiv 1705.02894
    """

    authors: tuple[str, ...]
    title: str
    year: int
    venue: str | None = None
    arxiv: str | None = None
    journal: tuple[str, int, int, str] | None = None
    url: str | None = None
