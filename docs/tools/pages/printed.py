"""How wide the text may be that a page prints."""

import re

from tools.pages.fences import Fence

WIDEST = 47
"""The columns of a box of printed text that a phone of 390 pixels shows."""
SECTIONS = ("answers", "theory")
_PROGRAM = re.compile(r"^\s*(?:class|def) \w", re.MULTILINE)


def too_wide(fence: Fence, printed: str) -> list[str]:
    """The lines that a phone does not show whole, of an argument; a program may scroll, and the
    messages that a guide shows wrap."""
    if fence.page.parent.name not in SECTIONS or fence.options.get("result") != "text":
        return []
    lines = [] if _PROGRAM.search(printed) else printed.splitlines()
    return [line for line in lines if len(line) > WIDEST]
