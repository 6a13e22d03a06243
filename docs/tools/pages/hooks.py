"""Hooks of the MkDocs build: a namespace for each page, and links to theorems from anywhere.

MkDocs loads this file by its path, so it puts `docs` on the import path itself: pages import
`tools` and `experiments` from there.
"""

import atexit
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

DOCS = str(Path(__file__).resolve().parents[2])
if DOCS not in sys.path:
    sys.path.insert(0, DOCS)

from tools.pages import blocks  # noqa: E402 (the path comes first)

blocks.register()


def on_startup(*, command: str, **_: Any) -> None:
    """Beside a server, run the pages that have changed in another process: it serves at once."""
    if command == "serve":
        ahead = subprocess.Popen([sys.executable, "-m", "tools.pages.ahead", "--touch"], cwd=DOCS)
        atexit.register(ahead.terminate)
        blocks.wait_while(lambda: ahead.poll() is None)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> None:
    """Start every page with an empty namespace, also when `mkdocs serve` builds it again."""
    del markdown
    blocks.begin(Path(page.file.abs_src_path))


def on_page_content(html: str, *, page: Any, config: Any, **_: Any) -> str:
    """Keep what the page printed, keep its percentages in one line, and make known where its
    theorems are, so that a docstring can link to them: `[the page][thm-value]`.

    Docstrings are shown on pages that they do not know, so they cannot link by relative paths; and
    autorefs finds headings and anchors by itself, but not the ids of blocks.
    """
    blocks.end()
    for identifier in re.findall(r"^ +attrs: \{id: ([\w-]+)\}$", page.markdown, re.MULTILINE):
        config.plugins["autorefs"].register_anchor(page, identifier)
    return _with_percentages_in_one_line(html)


def on_post_page(output: str, **_: Any) -> str:
    """The header's link to the sources, without the theme's script, which would ask their host for
    the number of stars."""
    return output.replace(' data-md-component="source"', "")


def on_post_template(output: str, **_: Any) -> str:
    """The same on the page for missing addresses, which is none of the pages."""
    return on_post_page(output)


def _with_percentages_in_one_line(html: str) -> str:
    """A number and its percent sign are not parted by the end of a line; code stays as it is."""
    code_or_space = re.compile(r"<(pre|code|script|template)\b.*?</\1>|(?<=\d) (?=%)", re.DOTALL)
    return code_or_space.sub(
        lambda found: found.group() if found.group(1) else "\N{NO-BREAK SPACE}", html
    )
