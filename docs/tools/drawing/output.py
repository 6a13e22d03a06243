"""Puts HTML onto the page from inside a helper."""

import sys


def emit(html: str) -> None:
    """Print `html` as if the page's block had printed it.

    markdown-exec captures only the `print` that it puts into a block's own namespace. The nearest caller that has such
    a `print` among its globals is the block; under pytest there is none, and the text goes to standard output.
    """
    frame = sys._getframe()
    while frame is not None and "print" not in frame.f_globals:
        frame = frame.f_back
    (frame.f_globals["print"] if frame else print)(html)
