"""The largest errors of every function of arrays and of its gradient, in units of the last place.

The page shows the table of these rows. The suite measures all of them again, on the library as it
is (`tests/package/test_accuracy.py`).
"""

from experiments.accuracy.cases import CASES, LIMITS, TYPES, bound
from experiments.accuracy.measure import DIGITS, measured

ROWS = CASES
CONFIGURATION = {"types": TYPES, "digits of the exact values": DIGITS}
RECHECKED = [name for name in ROWS if name not in LIMITS and name.split(",")[0] not in LIMITS]
# Another machine's exponential may differ in its last digit: by half of what is promised of most.
FLOORS = {
    f"{part}, {type_name}": getattr(bound(RECHECKED[0], type_name), part) / 2
    for type_name in TYPES
    for part in ("value", "gradient")
}


def run_row(name: str) -> dict[str, list[float]]:
    """The largest error of a function and of its gradient, by type."""
    found = {type_name: measured(CASES[name], type_name) for type_name in TYPES}
    return {
        f"{part}, {type_name}": [getattr(one, part)]
        for type_name, one in found.items()
        for part in ("value", "gradient")
    }
