"""What is promised, and what this build measures, in Markdown."""

from functools import cache

import jax.numpy as jnp
from jaxtyping import Array, Float
from tools.results.cache import cached

from experiments.accuracy.case import Accuracy
from experiments.accuracy.cases import CASES, TYPES, bound
from experiments.accuracy.measure import measured
from gantheory._checks import is_known


@cached
def errors() -> Float[Array, "cases types 2"]:
    """The largest error of the value and of the gradient of every case in every type."""
    if not is_known(jnp.zeros(())):  # only the shape is asked for
        return jnp.zeros((len(CASES), len(TYPES), 2))
    found = [[measured(case, type_name) for type_name in TYPES] for case in CASES.values()]
    return jnp.asarray([[[one.value, one.gradient] for one in row] for row in found])


def beyond_their_bounds() -> list[str]:
    """What was measured to be less exact than promised."""
    return [
        f"{name} in {type_name}: {value:.2f} / {gradient:.2f}"
        for (name, type_name), (value, gradient) in _by_name().items()
        if value > bound(name, type_name).value or gradient > bound(name, type_name).gradient
    ]


def table(module: str) -> str:
    """Measured errors of the functions of a module beside what is promised, value / gradient."""
    found = _by_name()
    heads = "".join(f" at most | {type_name} |" for type_name in TYPES)
    lines = [f"| function |{heads} where |", f"| --- |{' ---: |' * 4} --- |"]
    for name, case in CASES.items():
        room, function = name.split(".", 1)
        if room == module:
            cells = [
                text
                for type_name in TYPES
                for text in (_promise(bound(name, type_name)), _cell(*found[name, type_name]))
            ]
            lines.append(f"| `{function}` | {' | '.join([*cells, case.why])} |")
    return "\n".join(lines)


@cache
def _by_name() -> dict[tuple[str, str], tuple[float, float]]:
    rows = errors().tolist()
    return {
        (name, type_name): tuple(pair)
        for name, row in zip(CASES, rows, strict=True)
        for type_name, pair in zip(TYPES, row, strict=True)
    }


def _promise(most: Accuracy) -> str:
    return f"{most.value:g} / {most.gradient:g}"


def _cell(value: float, gradient: float) -> str:
    return f"{value:.1f} / {gradient:.1f}"
