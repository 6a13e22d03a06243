"""The moving parts of a panel of the plane, as text, and the paths that are drawn from it.

A cell of the heat map is one character, its level. A sample is nine: two for each of x, y and the
arrow's two components, in drawing units, and one that says whether the arrow was cut; nine dots
stand for a sample outside of the window. `docs/site/javascripts/player-plane.js` draws from the
same text by the same rules.
"""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
LEVELS = 16
UNITS = len(DIGITS) ** 2
"""The width and the height of the window in drawing units."""
RADIUS = 46
_OUTSIDE = "." * 9
_SHAFT_TO_BARB = (5, 3, 20)  # a barb goes 5/20 of the arrow back and 3/20 of it aside

Numbers = NDArray[np.float64]


def heat_text(heat: Numbers) -> str:
    """A square of numbers in [0, 1], its first row at the bottom, as levels from the top left
    on."""
    levels = np.rint(heat[::-1] * (LEVELS - 1)).astype(int)
    return "".join(DIGITS[level] for level in levels.ravel())


def samples_text(places: Numbers, arrows: Numbers, longest: float) -> str:
    """Samples at `places`, where the window is the unit square, with arrows of at most `longest` ≤
    ¼."""
    return "".join(
        _sample_text(place, arrow, longest) for place, arrow in zip(places, arrows, strict=True)
    )


def _sample_text(place: Numbers, arrow: Numbers, longest: float) -> str:
    if not np.all((place >= 0) & (place < 1) & np.isfinite(arrow)):
        return _OUTSIDE
    length = float(np.hypot(*arrow))
    cut = length > longest
    arrow = arrow * (longest / length) if cut else arrow
    x, y = np.floor(place * UNITS).astype(int)
    across, up = np.rint(arrow * UNITS).astype(int)
    half = UNITS // 2
    numbers = (x, UNITS - 1 - y, half + across, half - up)
    return "".join(_two_digits(int(number)) for number in numbers) + str(int(cut))


def _two_digits(number: int) -> str:
    high, low = divmod(number, len(DIGITS))
    return DIGITS[high] + DIGITS[low]


def read_samples(text: str) -> list[tuple[int, int, int, int, bool]]:
    """Place, arrow and whether the arrow was cut, of the samples inside the window."""
    found = []
    for start in range(0, len(text), 9):
        part = text[start : start + 9]
        if part != _OUTSIDE:
            x, y, across, down = (_number(part[at : at + 2]) for at in (0, 2, 4, 6))
            found.append((x, y, across - UNITS // 2, down - UNITS // 2, part[8] == "1"))
    return found


def _number(two: str) -> int:
    return len(DIGITS) * DIGITS.index(two[0]) + DIGITS.index(two[1])


def frame_paths(heat: str, samples: str) -> list[str]:
    """The values of the paths' `d`: the levels from 1 on, the arrows, the arrows that were cut, the
    samples."""
    found = read_samples(samples)
    return [
        *level_paths(heat)[1:],
        "".join(_arrow(*arrow) for *arrow, cut in found if not cut),
        "".join(_arrow(*arrow) for *arrow, cut in found if cut),
        "".join(dot(x, y) for x, y, *_ in found),
    ]


def level_paths(heat: str) -> list[str]:
    """One path for each level, in units of a cell; neighbours in a row are drawn as one."""
    side = round(len(heat) ** 0.5)
    paths = [""] * LEVELS
    for row in range(side):
        column = 0
        for digit, run in groupby(heat[row * side : (row + 1) * side]):
            length = len(list(run))
            paths[DIGITS.index(digit)] += f"M{column} {row}h{length}v1h-{length}z"
            column += length
    return paths


def dot(x: int, y: int, radius: int = RADIUS) -> str:
    """A disc."""
    half = f"a{radius} {radius} 0 1 0"
    return f"M{x - radius} {y}{half} {2 * radius} 0{half} -{2 * radius} 0z"


def _arrow(x: int, y: int, across: int, down: int) -> str:
    """A shaft, and a head in proportion: what is short looks short."""
    back, aside, whole = _SHAFT_TO_BARB
    left = (-back * across - aside * down) // whole, (-back * down + aside * across) // whole
    right = (-back * across + aside * down) // whole, (-back * down - aside * across) // whole
    return (
        f"M{x} {y}l{across} {down}m{left[0]} {left[1]}l{-left[0]} {-left[1]}l{right[0]} {right[1]}"
    )
