"""Many runs compared fairly: search spaces as data, random search, one tidy table, the best score that a budget buys."""

from gantheory.study.budget import BestByBudget, expected_best
from gantheory.study.spaces import (
    DEFAULTS,
    NARROW,
    WIDE,
    Choice,
    Linear,
    Logarithmic,
    Range,
    Setting,
    Space,
    Spaces,
    draw_setting,
)
from gantheory.study.table import Row, Table
from gantheory.study.trials import (
    Program,
    Run,
    Trial,
    best_row,
    random_trials,
    repeated_trials,
    run_trials,
)

__all__ = [
    "DEFAULTS",
    "NARROW",
    "WIDE",
    "BestByBudget",
    "Choice",
    "Linear",
    "Logarithmic",
    "Program",
    "Range",
    "Row",
    "Run",
    "Setting",
    "Space",
    "Spaces",
    "Table",
    "Trial",
    "best_row",
    "draw_setting",
    "expected_best",
    "random_trials",
    "repeated_trials",
    "run_trials",
]
