"""Runs the blocks of the pages in the build: one namespace for each page, and all that is printed
is shown.

markdown-exec finds the blocks and renders their output. How Python is run is decided here, through
its public table of formatters, because its own runner never forgets a session and catches the
block's own `print` but not a helper's.
"""

import contextlib
import io
import linecache
import sys
import traceback
from functools import partial
from types import ModuleType
from typing import Any

from markdown_exec import ExecutionError, base_format, code_block, formatters

_modules: dict[str, ModuleType] = {}


def register() -> None:
    """Let markdown-exec run Python with `run`."""
    formatters["python"] = partial(base_format, language="python", run=run)


def forget() -> None:
    """Drop the names of every page, at the start of the next one."""
    for module in _modules.values():
        sys.modules.pop(module.__name__, None)
    _modules.clear()


def run(code: str, *, session: str, id: str, **_: Any) -> str:
    """What a block prints; a failure becomes a warning of the build with the block's traceback."""
    place = f"<block {id}>"
    linecache.cache[place] = (len(code), None, code.splitlines(keepends=True), place)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, place, "exec", dont_inherit=True), vars(_module(session)))
    except Exception as error:
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
