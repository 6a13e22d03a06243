"""Runs the executed blocks of the pages as tests: one item for each block, one namespace for each
page.

JAX is as strict with them as with the library's tests, whichever of the two is collected. What a
page printed is kept for the build, which then need not run it again.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import jax
import pytest
from support.compiled import forget_between_files
from sybil import Document, Example, Region, Sybil

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
os.environ.setdefault("GANTHEORY_ANEW", "1")  # the tests compute what they see

DOCS = Path(__file__).resolve().parent
if str(DOCS) not in sys.path:
    sys.path.insert(0, str(DOCS))

from tools.pages import kept  # noqa: E402 (the path comes first)
from tools.pages.fences import Fence, executed_blocks, fences  # noqa: E402
from tools.pages.printed import WIDEST, too_wide  # noqa: E402


def parse(document: Document) -> Iterable[Region]:
    """Find the executed blocks of a page."""
    starts = [0]
    for line in document.text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for fence in fences(Path(document.path), document.text):
        if fence.executed:
            yield Region(starts[fence.first - 1], starts[fence.last], parsed=fence, evaluator=run)


def run(example: Example) -> None:
    """Run one block in its page's namespace; a failure names the page and the line."""
    fence: Fence = example.parsed
    name = "page_" + fence.options.get("session", "").replace("-", "_")
    example.namespace["__name__"] = sys.modules.setdefault(name, ModuleType(name)).__name__
    code = compile("\n" * fence.first + fence.source, example.path, "exec", dont_inherit=True)
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(code, example.namespace)
    finally:
        print(output.getvalue(), end="")
    wide = too_wide(fence, output.getvalue())
    assert not wide, f"a phone shows {WIDEST} columns, and not all of {wide}"
    keep(fence, output.getvalue(), example.namespace.setdefault("__printed__", {}))


def keep(fence: Fence, output: str, printed: dict[str, kept.Printed]) -> None:
    """Keep what the page printed once all of its blocks have run."""
    page = fence.page.resolve()
    printed[fence.options["id"]] = kept.Printed(fence.source.strip("\n"), output)
    if list(printed) == [block.options["id"] for block in executed_blocks(page)]:
        kept.write(page, printed)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Keep the number of a long process's memory maps within the system's limit."""
    forget_between_files(item, nextitem)


PATTERNS = ("site/*.md", "site/*/*.md", "site/*/*/*.md")
pytest_collect_file = Sybil(parsers=[parse], patterns=PATTERNS).pytest()
