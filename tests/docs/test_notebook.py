"""The two notebooks of page 1.3: the solved one runs, the exercise one stops at its first blank."""

import builtins
import re
import sys
import textwrap
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pytest
from tools.pages.notebook import FOLDED, PAGE, notebook
from tools.pages.notebook_prose import for_notebooks, macros, plain_markdown

HIDE = "# markdown-exec: hide"
BLOCK = f"""
from tools.drawing import show_figure  {HIDE}
def double(x):
    # exercise: twice x  {HIDE}
    return 2 * x
    # end exercise  {HIDE}
# check  {HIDE}
assert double(2) == 4  {HIDE}
# end check  {HIDE}
# notebook: run = double(3)  {HIDE}
run = train_one(seed=0)
hidden = run  {HIDE}
"""


def page(tmp_path: Path, block: str = BLOCK) -> Path:
    path = tmp_path / "page.md"
    path.write_text(
        f'# Title\n\nProse.\n\n```python exec="1" session="page" id="page-a"{block}```\n\nEnd.\n'
    )
    return path


def code(document: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "code"]


def prose(document: dict[str, Any]) -> str:
    return "\n".join(
        "".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "markdown"
    )


def run(cells: list[str]) -> int:
    """How many cells run before one raises for a blank."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        try:
            exec(cell, namespace)
        except NotImplementedError:
            return number
    return len(cells)


@pytest.mark.slow
def test_the_solved_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # figures are saved where no notebook shows them
    cells = code(notebook(PAGE, solved=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        start = time.process_time()
        assert run(cells) == len(cells)
        assert time.process_time() - start < 60


@pytest.mark.slow
def test_the_exercise_stops_at_its_first_blank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = code(notebook(PAGE, solved=False))
    assert any("NotImplementedError" in cell for cell in cells)
    assert run(cells) < len(cells)


@pytest.mark.slow
def test_what_is_filled_in_is_what_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the generator's loss turned round and the checks left out, the run goes elsewhere."""
    cells = code(notebook(PAGE, solved=True))
    wrong = [cell.replace("softplus(-fake_logits)", "softplus(fake_logits)") for cell in cells]
    last = next(place for place, cell in enumerate(cells) if "plain_samples = " in cell)
    ends = []
    for program in (cells, wrong):
        namespace: dict[str, Any] = {"__name__": "__main__"}
        for cell in program[: last + 1]:
            if not cell.startswith("check_"):
                exec(cell, namespace)
        ends.append(namespace["score"](namespace["plain_samples"])[0])
    assert ends[1] > 2 * ends[0]


@pytest.mark.parametrize("solved", [True, False])
def test_its_prose_is_complete_and_in_plain_tex(solved: bool) -> None:  # noqa: FBT001 (a parameter)
    document = notebook(PAGE, solved=solved)
    kinds = [cell["cell_type"] for cell in document["cells"]]
    texts = ["".join(cell["source"]) for cell in document["cells"]]
    for place, (kind, text) in enumerate(zip(kinds, texts, strict=True)):
        if kind != "markdown":
            continue
        assert not text.endswith(":") or kinds[place + 1] == "code", text[-200:]
        assert "<!--" not in text
        assert "{: " not in text
        assert not re.search(rf"\\\\({'|'.join(macros())})(?![a-zA-Z])", text), text


def test_the_self_checks_are_folded() -> None:
    drawing, folded = [
        cell
        for cell in notebook(PAGE, solved=False)["cells"]
        if cell["metadata"].get("jupyter") == {"source_hidden": True}
    ]
    assert "def show_figure" in drawing["source"]
    assert folded["source"].startswith(FOLDED)


def test_the_exercise_asks_and_the_solution_answers(tmp_path: Path) -> None:
    exercise = code(notebook(page(tmp_path), solved=False))
    solved = code(notebook(page(tmp_path), solved=True))
    expected = """\
        def double(x):
            # Your turn: twice x
            raise NotImplementedError('twice x')"""
    assert exercise[2] == textwrap.dedent(expected)
    assert solved[2].endswith("    # Your turn: twice x\n    return 2 * x")
    assert exercise[3:] == solved[3:] == ["assert double(2) == 4", "run = double(3)\nhidden = run"]
    assert run(solved) == len(solved)


def test_the_cell_that_draws_is_folded_and_shows_a_figure_in_a_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing = next(
        cell for cell in notebook(page(tmp_path), solved=True)["cells"] if "def " in cell["source"]
    )
    assert drawing["metadata"] == {"jupyter": {"source_hidden": True}}
    shown: list[Any] = []
    monkeypatch.setattr(builtins, "get_ipython", None, raising=False)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=shown.append))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(drawing["source"], namespace)
    figure = plt.figure()
    namespace["show_figure"](figure, alt="Nothing.", caption="Empty.")
    assert shown == [figure]
    assert capsys.readouterr().out == "Empty.\n"
    assert not plt.fignum_exists(figure.number)


def test_the_same_page_makes_the_same_notebook(tmp_path: Path) -> None:
    first, second = (notebook(page(tmp_path), solved=True) for _ in range(2))
    assert nbformat.writes(first) == nbformat.writes(second)


def test_a_page_only_import_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a notebook has no 'from experiments\.x import y'"):
        notebook(page(tmp_path, "\nfrom experiments.x import y\n"), solved=True)


def test_page_only_lines_are_left_out(tmp_path: Path) -> None:
    only_here = f"# page only  {HIDE}\nfrom experiments.x import y\n# end page only  {HIDE}\n"
    block = f"\na = 1\n{only_here}b = 2\n"
    for solved in (True, False):
        assert code(notebook(page(tmp_path, block), solved=solved))[2:] == ["a = 1\nb = 2"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (f"\n# exercise: a  {HIDE}\npass\n", "has no end in its block"),
        (f"\n# end exercise  {HIDE}\n", "'# end exercise' where one of"),
        (f"\n# check  {HIDE}\n# exercise: a  {HIDE}\n", "'# exercise:' where one of"),
    ],
)
def test_marks_out_of_order_are_refused(tmp_path: Path, block: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        notebook(page(tmp_path, block), solved=True)


def test_prose_for_the_page_only_is_left_out() -> None:
    text = (
        "One.\n\n<!-- notebook: Two, $\\N(0, 1)$. -->\n\n<!-- page only "
        "-->\n\nThree:\n\n<!-- end page only -->\n\nFour $\\KL(p)$, $\\Nope$.\n{: .reading }\n"
    )
    wanted = "One.\n\nTwo, $\\mathcal{N}(0, 1)$.\n\nFour $\\operatorname{KL}(p)$, $\\Nope$."
    assert plain_markdown(for_notebooks(text)) == wanted


def test_prose_is_plain_markdown() -> None:
    text = textwrap.dedent(
        """\
        ---
        description: words
        ---

        # Title {#title}

        /// answer | The answer in a word
        Half.
        ///

        /// theorem | The optimum
            attrs: {id: thm-optimum}

        See [page 1.1](vanishing.md#a), [(1)][eq-value] and [paper](https://example.org/x).

        [](){#eq-value}

        $$
        \\frac{a}{b}
        $$
        ///

        /// proof
        Clear.
        ///
        """
    )
    assert plain_markdown(text) == textwrap.dedent(
        """\
        # Title

        **The answer in a word**
        Half.

        **Theorem (The optimum).**

        See page 1.1, (1) and [paper](https://example.org/x).

        $$
        \\frac{a}{b}
        $$

        *Proof.*
        Clear."""
    )
