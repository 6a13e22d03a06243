"""What the search shows of a formula says the same, without its TeX."""

import json
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from tools.pages.fences import DOCS
from tools.pages.search_formulas import plain


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\tfrac12\sigma(h)", "1/2σ(h)"),
        (r"\frac{q}{p+q_{\mathrm{data}}}", "q/(p+q_data)"),
        (r"e^{-h}\log 2 - q\log\sigma", "e^(-h)log 2 - q log σ"),
        (r"\E_z[\operatorname{mean} x] \le \sqrt{8/n}", "E_z[mean x] ≤ √(8/n)"),
        (r"\{0, 1\}\,\lVert x\rVert_2", "{0, 1} ‖ x‖_2"),
    ],
)
def test_formulas_are_written_in_characters(written: str, read: str) -> None:
    assert plain(f"so \\({written}\\) is") == f"so {read} is"


def test_what_is_no_formula_stays() -> None:
    assert plain(r"the text \lambda, and (a) $x$") == r"the text \lambda, and (a) $x$"


def test_both_copies_of_the_index_have_them(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A\n\nThe slope $\\sigma(h)$.\n")
    hook = DOCS / "tools" / "pages" / "search_formulas.py"
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: s\ntheme: {name: material, font: false}\nplugins: [search, offline]\n"
        f"markdown_extensions: [{{pymdownx.arithmatex: {{generic: true}}}}]\nhooks: ['{hook}']\n"
    )
    build(load_config(str(tmp_path / "mkdocs.yml")))
    text = (tmp_path / "site" / "search" / "search_index.json").read_text(encoding="utf-8")
    assert json.loads(text)["docs"][0]["text"] == "<p>The slope σ(h).</p>"
    copy = (tmp_path / "site" / "search" / "search_index.js").read_text(encoding="utf-8")
    assert copy == f"var __index = {text}"
