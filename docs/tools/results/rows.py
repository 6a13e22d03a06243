"""One row of a heavy experiment: run it, pick it, and compare it with the one that is kept."""

import hashlib
import inspect
import statistics
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np


class Comparison(NamedTuple):
    """One metric of a row that was run again."""

    metric: str
    median: float
    kept: float
    low: float
    high: float
    difference: float  # the largest of any seed

    @property
    def fits(self) -> bool:
        """Whether the median is one that the table allows."""
        return self.low <= self.median <= self.high

    def __str__(self) -> str:
        """One line for the terminal."""
        return (
            f"  {self.metric}: {self.median:.4g}, was {self.kept:.4g}, allowed "
            f"{self.low:.4g} to {self.high:.4g}; "
            f"the largest difference of a seed is {self.difference:.2g}"
        )


def run_row(module: ModuleType, row: str, checkpoint: Path | None = None) -> dict[str, Any]:
    """A row as rounded lists: the metrics of all seeds, and of anything else (samples to be drawn)
    the first seed's; texts stay. A run that is cut short goes on from the checkpoint, where the
    experiment takes one."""
    takes = "checkpoint" in inspect.signature(module.run_row).parameters
    kept = {}
    for name, value in module.run_row(row, **({"checkpoint": checkpoint} if takes else {})).items():
        if isinstance(value, str):
            kept[name] = value
        elif name in module.FLOORS:
            kept[name] = np.round(np.asarray(value, float), 5).tolist()
        else:
            kept[name] = np.round(np.asarray(value, float)[0], 2).tolist()
    return kept


def picked(module: ModuleType, text: str, *, within_minutes: bool = False) -> list[str]:
    """Rows that a second machine can be expected to repeat, all or those that take a few minutes
    at most, in an order that the text decides."""
    rows = getattr(module, "RECHECKED", module.ROWS)
    if within_minutes:
        rows = getattr(module, "WITHIN_MINUTES", rows)
    return sorted(rows, key=lambda row: hashlib.sha256(f"{text} {row}".encode()).digest())


def compared(
    module: ModuleType, kept: dict[str, Any], values: dict[str, Any]
) -> Iterator[Comparison]:
    """Every metric of a row beside the kept one."""
    for metric in module.FLOORS:
        if metric in kept or metric in values:
            old, new = kept[metric], values[metric]
            if len(old) != len(new):
                raise ValueError(
                    f"{metric}: expected {len(old)} seeds as in the table, got {len(new)}"
                )
            low, high = kept["allowed"][metric]
            difference = round(float(np.max(np.abs(np.subtract(old, new)))), 5)
            yield Comparison(
                metric, statistics.median(new), statistics.median(old), low, high, difference
            )
