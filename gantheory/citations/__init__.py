r"""The works behind losses, penalties, divergences, games, metrics and more, as BibTeX.

`BIBLIOGRAPHY` holds every work that the docstrings and the site name, `SOURCES` says which public
object comes from which of them, and `cite` puts the two together. A work cited by its preprint has
no venue.
"""

from gantheory.citations.bibliography import BIBLIOGRAPHY
from gantheory.citations.entries import bibtex
from gantheory.citations.sources import SOURCES, cite
from gantheory.citations.work import Work

__all__ = ["BIBLIOGRAPHY", "SOURCES", "Work", "bibtex", "cite"]
