"""What is promised and what was measured, in Markdown."""

from functools import cache
from typing import Any

from tools.results.tables import read

from experiments.accuracy.case import Accuracy
from experiments.accuracy.cases import CASES, TYPES, bound


def beyond_their_bounds() -> list[str]:
    """What was measured to be less exact than promised."""
    return [
        f"{name} in {type_name}: {one.value:.2f} / {one.gradient:.2f}"
        for name in CASES
        for type_name in TYPES
        if (one := kept(name, type_name)).value > bound(name, type_name).value
        or one.gradient > bound(name, type_name).gradient
    ]


def kept(name: str, type_name: str) -> Accuracy:
    """The errors of a function in a type, as the table of `accuracy.py` has them."""
    row = _rows()[name]
    return Accuracy(row[f"value, {type_name}"][0], row[f"gradient, {type_name}"][0])


def table(module: str) -> str:
    """Measured errors of the functions of a module beside what is promised, value / gradient."""
    heads = "".join(f" at most | {type_name} |" for type_name in TYPES)
    lines = [f"| function |{heads} where |", f"| --- |{' ---: |' * 4} --- |"]
    for name in (name for name in CASES if name.startswith(f"{module}.")):
        cells = [
            text
            for type_name in TYPES
            for text in (_promise(bound(name, type_name)), _cell(kept(name, type_name)))
        ]
        function = name.split(".", 1)[1]
        lines.append(f"| `{function}` | {' | '.join([*cells, CASES[name].why])} |")
    return "\n".join(lines)


@cache
def _rows() -> dict[str, Any]:
    return read("accuracy")["rows"]


def _promise(most: Accuracy) -> str:
    return f"{most.value:g} / {most.gradient:g}"


def _cell(one: Accuracy) -> str:
    return f"{one.value:.1f} / {one.gradient:.1f}"
