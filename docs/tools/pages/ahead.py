"""Runs the pages beside each other before the build, which then finds what they print.

    python -m tools.pages.ahead

MkDocs makes one page after the other, and most of its time is that of their blocks. A page whose
block fails is left to the build, which tells where.
"""

import contextlib
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from markdown_exec import ExecutionError
from tqdm import tqdm

from tools.pages import blocks, kept
from tools.pages.fences import SITE, executed_blocks, pages


def main() -> None:
    """Run every page that has changed since it was run last."""
    lengths = {page: sum(len(one.source) for one in executed_blocks(page)) for page in pages()}
    waiting = [page for page in lengths if lengths[page] and not kept.read(page)]
    waiting.sort(key=lambda page: lengths[page], reverse=True)
    if not waiting:
        return
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(min(os.cpu_count() or 1, len(waiting)), mp_context=spawn) as pool,
        tqdm(total=len(waiting), desc="pages", unit="page") as bar,
    ):
        running = {pool.submit(run_page, page): page for page in waiting}
        for done in as_completed(running):
            done.result()
            bar.set_postfix_str(running[done].relative_to(SITE).as_posix())
            bar.update()


def run_page(page: Path) -> None:
    """Run the blocks of a page and keep what they print."""
    blocks.begin(page)
    with contextlib.suppress(ExecutionError):
        for block in executed_blocks(page):
            blocks.run(block.source, session=block.options["session"], id=block.options["id"])
    blocks.end()


if __name__ == "__main__":
    main()
