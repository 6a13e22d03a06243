"""What is promised, and what this build measures, in Markdown."""

from functools import cache

import jax.numpy as jnp
from jaxtyping import Array, Float
from tools.results.cache import cached

from experiments.accuracy.case import Accuracy, Case
from experiments.accuracy.cases import CASES, TYPES, bound
from experiments.accuracy.measure import measured
from gantheory._checks import is_known


@cached
def errors(module: str) -> Float[Array, "cases types 2"]:
    """The largest error of the value and of the gradient of every case of a module, by type."""
    cases = _cases(module).values()
    if not is_known(jnp.zeros(())):  # only the shape is asked for
        return jnp.zeros((len(cases), len(TYPES), 2))
    rows = [[measured(case, type_name) for type_name in TYPES] for case in cases]
    return jnp.asarray([[[one.value, one.gradient] for one in row] for row in rows])


@cache
def found(module: str) -> dict[tuple[str, str], Accuracy]:
    """The same by the name of the case and the type."""
    rows = errors(module).tolist()
    return {
        (name, type_name): Accuracy(*pair)
        for name, row in zip(_cases(module), rows, strict=True)
        for type_name, pair in zip(TYPES, row, strict=True)
    }


def beyond_their_bounds() -> list[str]:
    """What was measured to be less exact than promised."""
    return [
        f"{name} in {type_name}: {one.value:.2f} / {one.gradient:.2f}"
        for module in dict.fromkeys(map(module_of, CASES))
        for (name, type_name), one in found(module).items()
        if one.value > bound(name, type_name).value
        or one.gradient > bound(name, type_name).gradient
    ]


def table(module: str) -> str:
    """Measured errors of the functions of a module beside what is promised, value / gradient."""
    heads = "".join(f" at most | {type_name} |" for type_name in TYPES)
    lines = [f"| function |{heads} where |", f"| --- |{' ---: |' * 4} --- |"]
    for name, case in _cases(module).items():
        cells = [
            text
            for type_name in TYPES
            for text in (_promise(bound(name, type_name)), _cell(found(module)[name, type_name]))
        ]
        function = name.split(".", 1)[1]
        lines.append(f"| `{function}` | {' | '.join([*cells, case.why])} |")
    return "\n".join(lines)


def module_of(name: str) -> str:
    """The module of the function of a case."""
    return name.split(".", 1)[0]


def _cases(module: str) -> dict[str, Case]:
    return {name: case for name, case in CASES.items() if module_of(name) == module}


def _promise(most: Accuracy) -> str:
    return f"{most.value:g} / {most.gradient:g}"


def _cell(one: Accuracy) -> str:
    return f"{one.value:.1f} / {one.gradient:.1f}"
