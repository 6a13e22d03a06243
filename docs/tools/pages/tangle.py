"""Writes the executed blocks of every page to build/tangled/, each line at its own line number of
the page.

    python -m tools.pages.tangle

Ruff and Pyright then report positions that are valid in the Markdown file. The cookbook is checked
in Pyright's strict mode.
"""

import shutil
from collections.abc import Sequence

from tools.pages.fences import DOCS, SITE, Fence, executed_blocks, pages

TANGLED = DOCS.parent / "build" / "tangled"
COOKBOOK = SITE / "guides" / "cookbook"
_OPEN = ("Argument", "Lambda", "Member", "Parameter", "Variable")
STRICT = ", ".join(
    [
        "# pyright: strict",
        "reportMissingTypeStubs=false",  # optax has types, and no mark that it has
        "reportDuplicateImport=false, reportRedeclaration=false",  # a page has several programs
        *(f"reportUnknown{kind}Type=false" for kind in _OPEN),  # jnp.zeros is partly, a PyTree all
    ]
)
"""The first line of a page that is checked strictly, but for what others leave unknown."""


def tangled(blocks: Sequence[Fence], first: str = "") -> str:
    """The blocks' lines, and an empty line for each line of prose but the first."""
    lines = [first]
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
            first = STRICT if COOKBOOK in page.parents else ""
            target.write_text(tangled(blocks, first), encoding="utf-8")


if __name__ == "__main__":
    main()
