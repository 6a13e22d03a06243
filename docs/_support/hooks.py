"""Hooks of the MkDocs build.

MkDocs loads this file by its path, so it puts `docs` on the import path itself: pages import `_support` and
`experiments` from there.
"""

import sys
from pathlib import Path
from typing import Any

DOCS = str(Path(__file__).resolve().parents[1])
if DOCS not in sys.path:
    sys.path.insert(0, DOCS)


def on_page_markdown(markdown: str, **_: Any) -> None:
    """Start every page with an empty namespace.

    markdown-exec keeps its sessions in a module global and never clears it, so that a name of one page, or of the
    page's previous build under `mkdocs serve`, would still be known.
    """
    from markdown_exec._internal.formatters import python

    python._sessions_globals.clear()
