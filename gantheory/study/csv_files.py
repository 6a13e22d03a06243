"""Rows as comma-separated values, for publishing them and for other programs."""

import csv
import io
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gantheory.study.table import KEY, Row, Value, checked_rows

__all__ = ["read_csv", "write_csv"]

TEXT = ("subject", "phase", "status")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?|-?inf|nan", re.ASCII | re.IGNORECASE)
INTEGER = re.compile(r"-?(0|[1-9]\d{0,18})", re.ASCII)

_LIMIT = threading.Lock()


def read_csv(path: str | os.PathLike[str]) -> list[Row]:
    """The rows in a CSV file, as `write_csv` writes it.

    `subject`, `phase` and `status` are text. In any other column a cell that reads as a number, or
    as True or False, is one; an empty cell is absent.

    Raises:
        ValueError: The file is not such a table, or is cut short; of a bad row it says which line.

    Examples:
        >>> import tempfile
        >>> from gantheory import study
        >>> path = tempfile.mkdtemp() + "/runs.csv"
        >>> study.write_csv(path, [{"subject": "007", "phase": "wide", "number": 0, "score": 0.5}])
        >>> study.read_csv(path)
        [{'subject': '007', 'phase': 'wide', 'number': 0, 'score': 0.5}]
    """
    try:
        text = Path(path).expanduser().read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a CSV file in UTF-8: {error}.") from error
    if not text.endswith("\n"):
        raise ValueError(f"{path} must end with the end of a line: it is empty or cut short.")
    with _any_length():
        try:
            columns, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        except csv.Error as error:
            raise ValueError(f"{path} is not a CSV file: {error}.") from error
    if len(set(columns)) < len(columns) or not set(KEY) <= set(columns):
        raise ValueError(
            f"{path} must begin with distinct column names, among them {', '.join(KEY)}, "
            f"got {', '.join(columns)}."
        )
    rows = []
    for count, line in enumerate(lines, start=2):
        if len(line) != len(columns):
            raise ValueError(
                f"{path}, line {count}: expected {len(columns)} cells, got {len(line)}."
            )
        row = {
            name: _value(name, cell)
            for name, cell in zip(columns, line, strict=True)
            if cell != "" or name in KEY
        }
        if type(row["number"]) is not int:
            raise ValueError(f"{path}, line {count}: number must be an integer.")
        rows.append(row)
    return rows


def write_csv(path: str | os.PathLike[str], rows: Iterable[Row]) -> None:
    """Write rows to a CSV file, one line for each, in place of what it held.

    A cell is empty where a row has no such column; real numbers are written in full.

    Raises:
        ValueError: A text would be read back as a number, a bool or nothing.

    Examples:
        >>> import pathlib, tempfile
        >>> from gantheory import study
        >>> path = pathlib.Path(tempfile.mkdtemp(), "runs.csv")
        >>> study.write_csv(path, [{"subject": "wgan", "phase": "wide", "number": 0, "b1": 0.5}])
        >>> print(path.read_text().strip())
        subject,phase,number,b1
        wgan,wide,0,0.5
    """
    rows = checked_rows(rows)
    columns = [*KEY, *dict.fromkeys(name for row in rows for name in row if name not in KEY)]
    lines = [columns, *([row.get(name, "") for name in columns] for row in rows)]
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str) and name not in KEY and _value(name, value) != value:
                raise ValueError(f"row[{name!r}] is text that a CSV file cannot keep: {value!r}.")
            if value == "" and name not in KEY:
                raise ValueError(
                    f"row[{name!r}] is empty, which a CSV file cannot tell from absent."
                )
    _replace(Path(path).expanduser().resolve(), "".join(map(_line, lines)))


def _value(name: str, cell: str) -> Value:
    if name in TEXT:
        return cell
    if cell in ("True", "False"):
        return cell == "True"
    if INTEGER.fullmatch(cell):
        return int(cell)
    return float(cell) if NUMBER.fullmatch(cell) else cell


def _line(cells: list[Value]) -> str:
    """One line; the csv module quotes a carriage return only if its own line ends have one."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def _replace(path: Path, text: str) -> None:
    """Write a file in one step, under the permissions of the one that it replaces."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.write_bytes(text.encode("utf-8"))
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _any_length() -> Iterator[None]:
    """Cells of any length, which the csv module limits for the whole process."""
    with _LIMIT:
        before = csv.field_size_limit(2**31 - 1)
        try:
            yield
        finally:
            csv.field_size_limit(before)
