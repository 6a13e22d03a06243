"""Runs every page and stores what its experiments return, for the first build of a fresh checkout.

    python -m tools.pages.store

What the cache has of the present library is read, so this is short where the tests have just run.
"""

import os
import shutil
import tempfile
from pathlib import Path

from tools.pages import ahead, kept
from tools.pages.fences import executed_blocks, pages
from tools.results import stored
from tools.results.cache import results_folder


def main() -> None:
    """Run every page, although it has not changed."""
    shutil.rmtree(results_folder() / "pages", ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {stored.GATHERING: folder, "GANTHEORY_ANEW": "1"}
        ahead.main()
        failed = [page.stem for page in pages() if executed_blocks(page) and not kept.read(page)]
        if failed:
            raise SystemExit(f"nothing is stored, for these pages failed: {', '.join(failed)}")
        stored.store(Path(folder))


if __name__ == "__main__":
    main()
