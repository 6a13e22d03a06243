"""Files that a page shows as they stand."""

from pathlib import Path

DOCS = Path(__file__).resolve().parents[2]


def file_text(name: str) -> str:
    """The text of a file of `docs/`; give the name as a literal, so that the page's download takes
    the file along."""
    return (DOCS / name).read_text(encoding="utf-8")
