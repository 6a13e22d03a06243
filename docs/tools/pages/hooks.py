"""Hooks of the MkDocs build: a namespace for each page, and links to theorems from anywhere.

MkDocs loads this file by its path, so it puts `docs` on the import path itself: pages import `tools` and
`experiments` from there.
"""

import re
import sys
from pathlib import Path
from typing import Any

DOCS = str(Path(__file__).resolve().parents[2])
if DOCS not in sys.path:
    sys.path.insert(0, DOCS)


def on_page_markdown(markdown: str, **_: Any) -> None:
    """Start every page with an empty namespace.

    markdown-exec keeps its sessions in a module global and never clears it, so that a name of one page, or of the
    page's previous build under `mkdocs serve`, would still be known.
    """
    from markdown_exec._internal.formatters import python

    python._sessions_globals.clear()


def on_page_content(html: str, *, page: Any, config: Any, **_: Any) -> None:
    """Make known where the page's theorems are, so that a docstring can link to them: `[the page][thm-value]`.

    Docstrings are shown on pages that they do not know, so they cannot link by relative paths; and autorefs finds
    headings and anchors by itself, but not the ids of blocks.
    """
    del html
    for identifier in re.findall(r"^ +attrs: \{id: ([\w-]+)\}$", page.markdown, re.MULTILINE):
        config.plugins["autorefs"].register_anchor(page, identifier)
