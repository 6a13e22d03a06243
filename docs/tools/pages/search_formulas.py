"""A hook of the MkDocs build: formulas in the search's results, which cannot be set there, read
σ(h) and not \\(\\sigma(h)\\)."""

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority

GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "kappa"),
    *("lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "varphi", "chi", "psi"),
    *("omega", "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega"),
)
SIGNS = dict(zip(GREEK, "αβγδεεζηθκλμνξπρστφφχψωΓΔΘΛΣΦΨΩ", strict=True)) | {
    **{"R": "ℝ", "ell": "ℓ", "infty": "∞", "nabla": "∇", "partial": "∂", "int": "∫", "sum": "∑"},
    **{"sqrt": "√", "pm": "±", "cdot": "·", "times": "×", "otimes": "⊗", "odot": "⊙", "circ": "∘"},
    **{"le": "≤", "ge": "≥", "ne": "≠", "ll": "≪", "gg": "≫", "approx": "≈", "sim": "∼"},
    **{
        "to": "→",
        "mapsto": "↦",
        "in": "∈",
        "dots": "…",
        "cdots": "…",
        "top": "T",
        "pdata": "p_data",
        "dd": "d",
    },
    **{"mid": "|", "lvert": "|", "rvert": "|", "lVert": "‖", "rVert": "‖", "Vert": "‖"},
    **dict.fromkeys(("quad", "qquad"), " "),
}
SILENT = (
    *(
        "bigl",
        "bigr",
        "Bigl",
        "Bigr",
        "biggl",
        "biggr",
        "left",
        "right",
        "displaystyle",
        "textstyle",
    ),
    *("mathrm", "mathbb", "mathcal", "mathbf", "mathsf", "operatorname", "text"),
    *("hat", "dot", "bar", "overline", "underbrace", "tag", "mathop", "limits"),
)
FORMULA = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
QUIET = re.compile(rf"\\(?:{'|'.join(SILENT)})(?![a-zA-Z])\s*(?:{{([^{{}}]*)}})?")
COMMAND = re.compile(r"\\(?![dt]?frac)([a-zA-Z]+)(?=([^\W_]|\\[a-zA-Z]|))")
GROUP = r"({[^{}]*}|\w)"
FRACTION = re.compile(r"\\[dt]?frac\s*" + GROUP + r"\s*" + GROUP)
RAISED = re.compile(r"(?<=[\^_√]){[^{}]*}")


def plain(text: str) -> str:
    """The text with its formulas in characters.

    >>> plain(r"the slope \\(-\\tfrac12\\sigma(h)\\)")
    'the slope -1/2σ(h)'
    """
    return FORMULA.sub(lambda found: _characters(found[1] or found[2]), text)


def _characters(formula: str) -> str:
    formula = formula.replace(r"\{", "\x01").replace(r"\}", "\x02").replace(r"\|", "‖")
    formula = re.sub(r"\\(?:begin|end){\w+\*?}", "", formula)
    formula = QUIET.sub(lambda it: it[1] or "", formula)
    formula = COMMAND.sub(_word, formula)
    before = ""
    while before != formula:
        before, formula = formula, RAISED.sub(lambda it: _part(it[0]), formula)
        formula = FRACTION.sub(lambda it: f"{_part(it[1])}/{_part(it[2])}", formula)
    formula = re.sub(r"[{}]", "", formula).replace("\x01", "{").replace("\x02", "}")
    return re.sub(r"\s+", " ", re.sub(r"\\[\\,;:! ]|&amp;", " ", formula)).strip()


def _word(found: re.Match[str]) -> str:
    name, follows = found.groups()
    if name in SIGNS:
        return SIGNS[name]
    touches = found.string[: found.start()][-1:].isalnum()
    return f"{' ' if touches else ''}{name}{' ' if follows else ''}"


def _part(group: str) -> str:
    """Of a fraction or an exponent: in parentheses, unless it is one term."""
    inside = group.strip("{} ")
    return f"({inside})" if re.search(r"[-+=,/ ]", inside) else inside


@event_priority(-50)  # behind the search's own, before the copy of its index for a site on disk
def on_post_build(*, config: Any, **_: Any) -> None:
    """Write the formulas of the index in characters."""
    path = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    for entry in index["docs"]:
        entry["text"] = plain(entry["text"])
    path.write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")
