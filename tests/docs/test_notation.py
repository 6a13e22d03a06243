"""The notation table has every macro, and every letter and named operator that stands in a formula
of a page."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.pages.fences import SITE, fences, pages

TABLE = SITE / "notation.md"
MACROS = re.findall(
    r'^ +"\\\\(\w+)"',
    (SITE / "javascripts" / "macros.js").read_text(encoding="utf-8"),
    re.MULTILINE,
)
GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "varsigma",
    "tau",
    "phi",
    "varphi",
    "chi",
    "psi",
    "omega",
    "iota",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Sigma",
    "Phi",
    "Psi",
    "Omega",
]
LABELS = {"minimax", "ns", "fix", "sep", "all", "real", "kl"}  # indices that say which, in words
SYMBOL = re.compile(
    rf"\\(?:{'|'.join(sorted([*MACROS, *GREEK], key=len, reverse=True))})(?![A-Za-z])"
    r"|\\(?:operatorname|mathrm|mathcal)\*?\{[A-Za-z]+\}|\\(?:mathsf|mathcal) [A-Za-z]"
)


def formulas(text: str) -> Iterator[str]:
    """What stands between dollars outside of code."""
    lines = text.splitlines()
    for fence in fences(Path("page.md"), text):
        lines[fence.first - 1 : fence.last] = [""] * (fence.last - fence.first + 1)
    prose = re.sub(r"`[^`\n]+`", "", "\n".join(lines))
    for displayed, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$]+?)\$", prose, re.DOTALL):
        yield displayed or inline


def symbols(text: str) -> set[str]:
    """The letters, macros and named operators of a page's formulas, each in one spelling."""
    found = (symbol for formula in formulas(text) for symbol in SYMBOL.findall(formula))
    macro = re.compile(rf"operatorname\{{({'|'.join(MACROS)})\}}")
    names = {
        macro.sub(r"\1", re.sub(r"\{(\w)\}", r" \1", symbol).replace("*", "")) for symbol in found
    }
    return {name for name in names if name[name.find("{") + 1 : -1] not in LABELS}


def test_every_macro_is_in_the_table() -> None:
    assert len(MACROS) >= 12
    assert {f"\\{name}" for name in MACROS} <= symbols(TABLE.read_text(encoding="utf-8"))


def test_every_symbol_of_a_page_is_in_the_table() -> None:
    known = symbols(TABLE.read_text(encoding="utf-8"))
    missing = {
        page.relative_to(SITE).as_posix(): sorted(symbols(page.read_text(encoding="utf-8")) - known)
        for page in pages()
        if page != TABLE
    }
    assert not {place: names for place, names in missing.items() if names}


def test_symbols_are_found_in_formulas_and_only_there() -> None:
    listing = "```text\n$\\nu$\n```"
    formula = "$$\n\\operatorname*{dist}(x) \\mathcal{L}_{\\mathrm{ns}}\n$$"
    text = f"$\\theta$ and `$\\mu$`\n\n{listing}\n\n{formula}\n"
    assert symbols(text) == {"\\theta", "\\operatorname{dist}", "\\mathcal L"}
