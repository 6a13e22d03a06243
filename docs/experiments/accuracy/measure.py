"""The errors of a case, in units of the last place."""

import math
import threading
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from experiments.accuracy.case import Accuracy, Case

DIGITS = 50
UNDERFLOW = 2.0**10

_EXACTLY = threading.Lock()  # the number of digits is one for all threads, and rows run in several


def measured(case: Case, type_name: str) -> Accuracy:
    """The largest errors of a case over its points, in units of the last place of the type.

    A value below a thousand times the smallest normal number may come out as 0, as one of its
    factors may, and one beyond the largest number as infinity. The unit of a gradient is that of
    its largest entry. Where terms of both signs are added, the unit is that of the largest term, as
    no sum can do better.
    """
    with jax.enable_x64(type_name == "float64"):
        type_ = jnp.finfo(type_name)
        drawn = case.points(np.random.default_rng(0), type_)
        every = 1 if type_name == "float32" else 4  # the other types take a part of the points
        given = [jnp.asarray(one[::every]).astype(type_name) for one in drawn]
        slope = jax.value_and_grad(case.function, argnums=tuple(range(len(given))))
        # the value also by itself: a function with a derivative of its own has two ways to it
        both = jax.vmap(lambda *one: (case.function(*one), *slope(*one)))
        values, again, slopes = jax.jit(both)(*given)
        assert values.dtype == type_name, values.dtype
        values = np.stack([np.asarray(one, float) for one in (values, again)], axis=1)
        slopes = [np.asarray(one, float) for one in slopes]
    inputs = [np.asarray(one, float) for one in given]
    with _EXACTLY, mpmath.workdps(DIGITS):
        pairs = [
            _errors(case, type_, [one[i] for one in inputs], values[i], [one[i] for one in slopes])
            for i in range(len(values))
        ]
    return Accuracy(*map(max, zip(*pairs, strict=True)))


def _errors(
    case: Case, type_: Any, inputs: list[np.ndarray], values: np.ndarray, slopes: list[np.ndarray]
) -> tuple[float, float]:
    given = [_exactly(one) for one in inputs]
    exact = case.exact(*given)
    unit = max(abs(exact), abs(case.terms(*given)) if case.terms else 0)
    error = max(_in_units(float(value), exact, unit, type_) for value in values)
    if not math.isfinite(error) or abs(exact) > type_.max:
        return error, 0.0  # where the value is infinite, so may be the gradient
    worst = 0.0
    terms = case.slope_terms
    least_unit = terms(*given) if callable(terms) else terms
    for k, (array, slope) in enumerate(zip(inputs, slopes, strict=True)):
        places = list(np.ndindex(array.shape))
        exact_slopes = [0 if case.flat else _slope(case, given, k, index) for index in places]
        unit = max(least_unit, *map(abs, exact_slopes))
        for index, true in zip(places, exact_slopes, strict=True):
            worst = max(worst, _in_units(float(slope[index]), true, unit, type_))
    return error, worst


def _exactly(array: np.ndarray) -> Any:
    return [_exactly(one) if one.ndim else mpmath.mpf(float(one)) for one in array]


def _slope(case: Case, given: list[Any], argument: int, index: tuple[int, ...]) -> Any:
    """The exact partial derivative, by central differences with many more digits."""

    def moved(by: Any) -> Any:
        changed = _copied(given[argument])
        inner = changed
        for i in index[:-1]:
            inner = inner[i]
        inner[index[-1]] += by
        return case.exact(*given[:argument], changed, *given[argument + 1 :])

    with mpmath.workdps(5 * DIGITS):
        here = given[argument]
        for i in index:
            here = here[i]
        step = mpmath.mpf(10) ** -DIGITS * max(abs(here), mpmath.mpf(10) ** -DIGITS)
        return (moved(step) - moved(-step)) / (2 * step)


def _copied(nested: Any) -> Any:
    return [_copied(one) for one in nested] if isinstance(nested, list) else nested


def _in_units(found: float, exact: Any, unit: Any, type_: Any) -> float:
    """The error in units of the last place at `unit`, with what underflow and overflow may do."""
    smallest, largest = UNDERFLOW * float(type_.smallest_normal), float(type_.max)
    if abs(exact) >= largest * (1 - 8 * float(type_.eps)) and abs(found) >= largest:
        return 0.0
    if abs(exact) < smallest and abs(found) <= smallest:
        return 0.0
    if not math.isfinite(found):
        return math.inf
    exponent = mpmath.floor(mpmath.log(max(unit, smallest), 2))
    return float(abs(found - exact) / (mpmath.mpf(2) ** exponent * float(type_.eps)))
