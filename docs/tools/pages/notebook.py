"""Makes the two notebooks of page 1.3: the exercise with blanks, and the solved one.

    python -m tools.pages.notebook

The marks in the page's blocks are described in README.md.
"""

import json
from pathlib import Path
from typing import Any

from tools.pages.fences import SITE, fences
from tools.pages.notebook_code import code_cells
from tools.pages.notebook_prose import plain_markdown

PAGE = SITE / "answers" / "uniform-to-normal.md"
DOWNLOADS = SITE / "downloads"

PREAMBLE = '''\
# Needs gantheory, matplotlib and scipy.
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
    text = page.read_text(encoding="utf-8")
    cells: list[tuple[str, str]] = [("markdown", INTRODUCTION[solved]), ("code", PREAMBLE)]
    prose_from, lines = 0, text.splitlines(keepends=True)
    for fence in (fence for fence in fences(page, text) if fence.executed):
        cells.append(("markdown", plain_markdown("".join(lines[prose_from : fence.first - 1]))))
        cells += [("code", source) for source in code_cells(fence, solved=solved)]
        prose_from = fence.last
    cells.append(("markdown", plain_markdown("".join(lines[prose_from:]))))
    return _document([(kind, source.strip()) for kind, source in cells if source.strip()])


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
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def main() -> None:
    """Write both notebooks where the page links to them."""
    DOWNLOADS.mkdir(exist_ok=True)
    for name, solved in ((PAGE.stem, False), (f"{PAGE.stem}-solved", True)):
        text = json.dumps(notebook(PAGE, solved=solved), ensure_ascii=False, indent=1)
        (DOWNLOADS / f"{name}.ipynb").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
