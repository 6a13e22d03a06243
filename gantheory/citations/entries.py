"""The works as BibTeX."""

from gantheory.citations.bibliography import BIBLIOGRAPHY

_LATEX = str.maketrans(
    {
        "á": r"{\'a}",
        "é": r"{\'e}",
        "ä": r"{\"a}",
        "ë": r"{\"e}",
        "ö": r"{\"o}",
        "ú": r"{\'u}",
        "ń": r"{\'n}",
        "ł": r"{\l}",
        "ø": r"{\o}",
        "“": "``",
        "”": "''",
    }
)


def bibtex(key: str) -> str:
    """The BibTeX entry of one work, in ASCII.

    Raises:
        ValueError: `key` is not in `BIBLIOGRAPHY`.

    Examples:
        >>> from gantheory import citations
        >>> print(citations.bibtex("lim2017").splitlines()[0])
        @misc{lim2017,
    """
    if key not in BIBLIOGRAPHY:
        raise ValueError(f"key must be one of {', '.join(BIBLIOGRAPHY)}; got {key!r}.")
    work = BIBLIOGRAPHY[key]
    journal, volume, number, pages = work.journal or (None, None, None, None)
    fields = {
        "author": " and ".join(work.authors),
        "title": f"{{{work.title}}}",  # the inner braces keep its capitals
        "booktitle": work.venue,
        "journal": journal,
        "volume": volume,
        "number": number,
        "pages": pages,
        "year": work.year,
        "eprint": work.arxiv,
        "archiveprefix": work.arxiv and "arXiv",
        "url": work.url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value is not None]
    kind = "article" if journal else "inproceedings" if work.venue else "misc"
    entry = ",\n".join([f"@{kind}{{{key}", *lines]) + "\n}"
    return entry.translate(_LATEX)
