"""One tidy table: a row for each run, kept on disk as the runs end."""

import csv
import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["Row", "Table"]

Value = str | float | int | bool
Row = Mapping[str, Value]
"""Column to value; a column that a run does not have is absent."""


class Table:
    """Rows in a file of comma-separated values, written anew as a whole each time rows are added.

    The new file replaces the old one in one step, so a process that is killed leaves one of the two. A cell is empty
    where a row has no such column; real numbers are written in full.

    Examples:
        >>> import tempfile
        >>> from gantheory import study
        >>> path = tempfile.mkdtemp() + "/runs.csv"
        >>> study.Table(path).add([{"model": "wgan", "score": 0.5}, {"model": "vae", "seed": 3}])
        >>> study.Table(path).rows
        [{'model': 'wgan', 'score': 0.5}, {'model': 'vae', 'seed': 3}]
    """

    def __init__(self, path: str | os.PathLike[str]):
        """Open the table; a file that does not exist yet is an empty one.

        Raises:
            ValueError: The file is not a table; the message says in which line.
        """
        self.path = Path(path)
        self.rows: list[Row] = _read(self.path) if self.path.is_file() else []
        self._writing = threading.Lock()

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows, on disk and in memory."""
        with self._writing:
            together = [*self.rows, *rows]
            columns = list(dict.fromkeys(name for row in together for name in row))
            part = self.path.with_suffix(self.path.suffix + ".part")
            part.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows([row.get(name, "") for name in columns] for row in together)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
            self.rows = together

    def __repr__(self) -> str:
        return f"Table({self.path.name}, {len(self.rows):,} rows)"


def _read(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    if not lines:
        raise ValueError(f"{path} must begin with a line of column names, but is empty.")
    columns, *cells = lines
    for number, line in enumerate(cells, start=2):
        if len(line) != len(columns):
            raise ValueError(
                f"{path}, line {number}: expected {len(columns)} cells, got {len(line)}."
            )
    return [
        {name: _value(cell) for name, cell in zip(columns, line, strict=True) if cell != ""}
        for line in cells
    ]


def _value(cell: str) -> Value:
    if cell in ("True", "False"):
        return cell == "True"
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell
