"""Makes the two notebooks of page 1.3: the exercise with blanks, and the solved one.

    python -m tools.pages.notebook

The marks in the page's blocks are described in README.md.
"""

import ast
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.pages.fences import SITE, fences
from tools.pages.notebook_code import code_cells
from tools.pages.notebook_prose import for_notebooks, plain_markdown
from tools.pages.preamble import drawing_names, preamble

PAGE = SITE / "answers" / "uniform-to-normal.md"
DOWNLOADS = SITE / "downloads"

CHECKS = Path(__file__).with_name("notebook_checks.py")

NEEDS = "# Needs gantheory, and matplotlib for its figures.\n"
FOLDED = "# The self-checks. Run this cell; reading it would tell you the answers.\n"

INTRODUCTION = {
    False: "In this notebook the key steps are blank. Fill each one in; the cell after it "
    "checks your work.",
    True: "This is the solved notebook: every step is filled in.",
}


def notebook(page: Path, *, solved: bool) -> NotebookNode:
    """The page as a Jupyter notebook; the cells that define how it draws and what it checks are
    folded."""
    text = for_notebooks(page.read_text(encoding="utf-8"))
    blocks = [fence for fence in fences(page, text) if fence.executed]
    drawing = new_code_cell(f"{NEEDS}{preamble(drawing_names(one.source for one in blocks))}")
    checking = new_code_cell(f"{FOLDED}{checks()}")
    for cell in (drawing, checking):
        cell.metadata["jupyter"] = {"source_hidden": True}
    cells = [new_markdown_cell(INTRODUCTION[solved]), drawing, checking]
    prose_from, lines = 0, text.splitlines(keepends=True)
    for fence in blocks:
        cells += _prose(lines[prose_from : fence.first - 1])
        cells += [new_code_cell(source.strip()) for source in code_cells(fence, solved=solved)]
        prose_from = fence.last
    cells += _prose(lines[prose_from:])
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03}"  # by place, so that the same page makes the same file
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    made = new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(made)
    return made


def checks() -> str:
    """The source of the self-checks, from the first import on."""
    source = CHECKS.read_text(encoding="utf-8")
    return "\n".join(source.splitlines()[ast.parse(source).body[0].end_lineno :]).strip()


def _prose(lines: list[str]) -> list[NotebookNode]:
    text = plain_markdown("".join(lines))
    return [new_markdown_cell(text)] if text else []


def main() -> None:
    """Write both notebooks where the page links to them."""
    DOWNLOADS.mkdir(exist_ok=True)
    for name, solved in ((PAGE.stem, False), (f"{PAGE.stem}-solved", True)):
        nbformat.write(notebook(PAGE, solved=solved), DOWNLOADS / f"{name}.ipynb")


if __name__ == "__main__":
    main()
