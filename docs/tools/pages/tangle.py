"""Writes the executed blocks of every page to build/tangled/, each line at its own line number of
the page.

    python -m tools.pages.tangle

Ruff and Pyright then report positions that are valid in the Markdown file.
"""

import shutil
from collections.abc import Sequence

from tools.pages.fences import DOCS, SITE, Fence, executed_blocks, pages

TANGLED = DOCS.parent / "build" / "tangled"


def tangled(blocks: Sequence[Fence]) -> str:
    """The blocks' lines, and an empty line for each line of prose."""
    lines: list[str] = []
    for block in blocks:
        lines += [""] * (block.first - len(lines))
        lines += block.source.splitlines()
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write one file for each page that runs code."""
    shutil.rmtree(TANGLED, ignore_errors=True)
    for page in pages():
        blocks = executed_blocks(page)
        if blocks:
            target = TANGLED / page.relative_to(SITE).with_suffix(".py")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(tangled(blocks), encoding="utf-8")


if __name__ == "__main__":
    main()
