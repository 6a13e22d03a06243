"""Runs the blocks of the pages in the build: one namespace for each page, and all that is printed
is shown.

markdown-exec finds the blocks and renders their output. How Python is run is decided here, through
its public table of formatters, because its own runner never forgets a session and catches the
block's own `print` but not a helper's. What a page printed is kept (`kept.py`): if nothing has
changed, its blocks are not run again.
"""

import contextlib
import io
import linecache
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from markdown_exec import ExecutionError, base_format, code_block, formatters

from tools.pages import kept
from tools.pages.kept import Printed

_modules: dict[str, ModuleType] = {}


class _Page:
    """The page whose blocks are run."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known = kept.read(path) if path else {}
        self.read: list[tuple[str, str, str]] = []  # blocks that were not run
        self.printed: dict[str, Printed] = {}
        self.incomplete = False


WAITING = "This block has not run yet. The pages run beside the server; reload in a minute."

_page = _Page(None)
_running: Callable[[], bool] = bool  # without an argument it is False: no other process runs them


def register() -> None:
    """Let markdown-exec run Python with `run`."""
    formatters["python"] = partial(base_format, language="python", run=run)


def wait_while(running: Callable[[], bool]) -> None:
    """Show that a block waits, as long as another process runs the pages and is not done with its
    page."""
    global _running
    _running = running


def begin(path: Path | None = None) -> None:
    """Drop the names of every page, and learn what the next one printed the last time."""
    global _page
    for module in _modules.values():
        sys.modules.pop(module.__name__, None)
    _modules.clear()
    _page = _Page(path)


def end() -> None:
    """Keep what the page printed, if all of its blocks ran."""
    if _page.path and _page.printed and not _page.incomplete and not _page.known:
        kept.write(_page.path, _page.printed)


def run(code: str, *, session: str, id: str, **_: Any) -> str:
    """What a block prints; a failure becomes a warning of the build with the block's traceback."""
    code = code.strip("\n")
    known = _page.known.get(id)
    if known is not None and known.code == code and not _page.printed:
        _page.read.append((code, session, id))
        return known.output
    if not _page.known and not _page.printed and _running():
        _page.incomplete = True
        return WAITING
    while _page.read:  # a block is new, and wants the names of those before it
        _execute(*_page.read.pop(0))
    _page.printed[id] = Printed(code, _execute(code, session, id))
    return _page.printed[id].output


def _execute(code: str, session: str, id: str) -> str:
    place = f"<block {id}>"
    linecache.cache[place] = (len(code), None, code.splitlines(keepends=True), place)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, place, "exec", dont_inherit=True), vars(_module(session)))
    except Exception as error:
        _page.incomplete = True
        outside = error.__traceback__.tb_next if error.__traceback__ else None
        trace = "".join(traceback.format_exception(error.with_traceback(outside)))
        raise ExecutionError(code_block("python", trace)) from error
    return printed.getvalue()


def _module(session: str) -> ModuleType:
    """The page's module; it can be found by its name, because dataclasses look up where they are
    defined."""
    if session not in _modules:
        name = f"page_{session.replace('-', '_')}"
        _modules[session] = sys.modules[name] = ModuleType(name)
    return _modules[session]
