"""What is measured: a function, what it should return, and where it is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Random = np.random.Generator
Exact = Callable[..., Any]
Points = Callable[[Random, Any], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Case:
    """A function, what it should return, and where it is asked.

    Attributes:
        function: Of the arrays of one point, to a number.
        exact: The same of nested lists of mpmath's numbers.
        points: Arrays for a type, drawn; their first axis counts the points.
        terms: Size of the largest term of the value, if terms of both signs are added.
        slope_terms: The same for the entries of the gradient, as a number or a function.
        flat: Whether the value depends on counts of points alone, so that its gradient is 0.
        why: A word on the range, if it is not that of the type.
    """

    function: Callable[..., Any]
    exact: Exact
    points: Points
    terms: Exact | None = None
    slope_terms: float | Exact = 0.0
    flat: bool = False
    why: str = ""


@dataclass(frozen=True)
class Accuracy:
    """The largest errors of one function in one type, in units of the last place."""

    value: float
    gradient: float
