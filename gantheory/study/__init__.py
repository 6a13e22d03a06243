"""Many runs compared fairly: search spaces, random search, a table, the best score by budget."""

from gantheory.study.budget import BestByBudget, expected_best
from gantheory.study.csv_files import read_csv, write_csv
from gantheory.study.running import Program, Run, run_trials
from gantheory.study.spaces import (
    DEFAULTS,
    NARROW,
    WIDE,
    Choice,
    LogUniform,
    Range,
    Setting,
    Space,
    Spaces,
    Uniform,
    sample_setting,
)
from gantheory.study.table import Row, Table
from gantheory.study.trials import Trial, best_row, random_trials, repeated_trials

__all__ = [
    "DEFAULTS",
    "NARROW",
    "WIDE",
    "BestByBudget",
    "Choice",
    "LogUniform",
    "Program",
    "Range",
    "Row",
    "Run",
    "Setting",
    "Space",
    "Spaces",
    "Table",
    "Trial",
    "Uniform",
    "best_row",
    "expected_best",
    "random_trials",
    "read_csv",
    "repeated_trials",
    "run_trials",
    "sample_setting",
    "write_csv",
]
