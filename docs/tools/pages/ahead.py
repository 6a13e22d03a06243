"""Runs the pages beside each other before the build, which then finds what they print.

    python -m tools.pages.ahead [--touch]

MkDocs makes one page after the other, and most of its time is that of their blocks. A page whose
block fails is left to the build, which tells where. `mkdocs serve` starts this beside it (see
`hooks.py`): with `--touch`, the pages that have run count as changed, and the server makes them
again.
"""

import contextlib
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from markdown_exec import ExecutionError
from tqdm import tqdm

from tools.pages import blocks, kept
from tools.pages.bundle import needed_files
from tools.pages.fences import SITE, executed_blocks, pages
from tools.results import stored

SECONDS_BETWEEN_TOUCHES = 60


def main(*, touch: bool = False) -> None:
    """Run every page that has changed since it was run last."""
    codes = {page: "\n".join(one.source for one in executed_blocks(page)) for page in pages()}
    waiting = [page for page, code in codes.items() if code and not kept.read(page)]
    waiting.sort(key=lambda page: _length(codes[page]), reverse=True)
    if not waiting:
        return
    if not stored.is_current():
        print("what is stored is of another library: everything is computed (see `nox -s store`)")
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(min(os.cpu_count() or 1, len(waiting)), mp_context=spawn) as pool,
        tqdm(total=len(waiting), desc="pages", unit="page") as bar,
    ):
        running = {pool.submit(run_page, page): page for page in waiting}
        began = time.monotonic()
        for done in as_completed(running):
            done.result()
            page = running[done]
            bar.set_postfix_str(page.relative_to(SITE).as_posix())
            bar.update()
            if touch and time.monotonic() - began > SECONDS_BETWEEN_TOUCHES:
                page.touch()  # one is enough: the server makes all pages again
                began = time.monotonic()
    if touch:
        waiting[0].touch()


def _length(code: str) -> int:
    """Of a page's code with the modules it imports, which goes with the time that it takes."""
    modules = [path for path in needed_files(code) if path.suffix == ".py"]
    return len(code) + sum(path.stat().st_size for path in modules)


def run_page(page: Path) -> None:
    """Run the blocks of a page and keep what they print."""
    blocks.begin(page)
    with contextlib.suppress(ExecutionError):
        for block in executed_blocks(page):
            blocks.run(block.source, session=block.options["session"], id=block.options["id"])
    blocks.end()


if __name__ == "__main__":
    main(touch="--touch" in sys.argv[1:])
