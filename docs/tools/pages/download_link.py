"""A hook of the MkDocs build: every page that runs code ends with a link to its program, which
`scripts.py` has made."""

import posixpath
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2]
if str(DOCS) not in sys.path:
    sys.path.insert(0, str(DOCS))

from tools.pages.scripts import download  # noqa: E402 (the path comes first)

KIND = {
    "py": "a script",
    "zip": "an archive: a script, and what it needs of the site's own `experiments` and `tools`",
}


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Append the link; the strict build fails if the program is not there."""
    place = page.file.src_uri
    name = download(DOCS / "site" / place)
    if name is None:
        return markdown
    target = posixpath.relpath(f"downloads/{name}", posixpath.dirname(place) or ".")
    kind = KIND[name.rpartition(".")[2]]
    return (
        f"{markdown.rstrip()}\n\n[Download this page's code]({target}){{ download }} ({kind}). "
        f"It runs by itself.\n{{ .gt-download }}\n"
    )
