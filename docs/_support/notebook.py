"""Makes the two notebooks of page 1.3: the exercise with blanks, and the solved one.

    python docs/_support/notebook.py

The marks in the page's blocks are described in README.md.
"""

import ast
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _support.notebook_code import code_cells
from _support.notebook_prose import for_notebooks, plain_markdown
from _support.pages import DOCS, fences

PAGE = DOCS / "answers" / "uniform-to-normal.md"
DOWNLOADS = DOCS / "downloads"

CHECKS = DOCS / "_support" / "notebook_checks.py"
FOLDED = "# The self-checks. Run this cell; reading it would tell you the answers."

PREAMBLE = '''\
# Needs gantheory, and matplotlib for its figures.
import matplotlib.pyplot as plt

try:
    from IPython.display import display
except ImportError:
    display = print


def show_figure(figure, *, alt, caption):
    """Show a figure under its caption."""
    print(caption)
    display(figure)
    plt.close(figure)


def show_player(*, panels, steps, alt, caption):
    """The page has a slider here."""
    print("On the web page a slider runs through this training:", caption)


def Panel(**description):
    """Axes of the page's slider."""


def Series(*description, **options):
    """A curve of the page's slider."""
'''

INTRODUCTION = {
    False: "In this notebook the key steps are blank. Fill each one in; the cell after it checks your work.",
    True: "This is the solved notebook: every step is filled in.",
}


def notebook(page: Path, *, solved: bool) -> dict[str, Any]:
    """The page as a Jupyter notebook."""
    text = for_notebooks(page.read_text(encoding="utf-8"))
    cells: list[tuple[str, str]] = [
        ("markdown", INTRODUCTION[solved]),
        ("code", PREAMBLE),
        ("code", f"{FOLDED}\n{without_docstring(CHECKS)}"),
    ]
    prose_from, lines = 0, text.splitlines(keepends=True)
    for fence in (fence for fence in fences(page, text) if fence.executed):
        cells.append(("markdown", plain_markdown("".join(lines[prose_from : fence.first - 1]))))
        cells += [("code", source) for source in code_cells(fence, solved=solved)]
        prose_from = fence.last
    cells.append(("markdown", plain_markdown("".join(lines[prose_from:]))))
    return _document(_joined([(kind, source.strip()) for kind, source in cells if source.strip()]))


def _joined(cells: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Prose on both sides of a block that a notebook lacks is one cell."""
    joined: list[tuple[str, str]] = []
    for kind, source in cells:
        if kind == "markdown" and joined and joined[-1][0] == "markdown":
            source = f"{joined.pop()[1]}\n\n{source}"
        joined.append((kind, source))
    return joined


def without_docstring(path: Path) -> str:
    """A module's source from its first import on."""
    source = path.read_text(encoding="utf-8")
    docstring = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[docstring.end_lineno :]).strip() + "\n"


def _document(cells: list[tuple[str, str]]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [_cell(number, kind, source) for number, (kind, source) in enumerate(cells)],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(number: int, kind: str, source: str) -> dict[str, Any]:
    cell = {
        "cell_type": kind,
        "id": f"cell-{number:03}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        hidden = {"jupyter": {"source_hidden": True}} if source.startswith(FOLDED) else {}
        cell |= {"execution_count": None, "outputs": [], "metadata": hidden}
    return cell


def main() -> None:
    """Write both notebooks where the page links to them."""
    DOWNLOADS.mkdir(exist_ok=True)
    for name, solved in ((PAGE.stem, False), (f"{PAGE.stem}-solved", True)):
        text = json.dumps(notebook(PAGE, solved=solved), ensure_ascii=False, indent=1)
        (DOWNLOADS / f"{name}.ipynb").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
