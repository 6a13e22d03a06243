"""One row for each run, in an SQLite file that several processes may write to."""

import math
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gantheory._checks import described

__all__ = ["Row", "Table"]

Value = str | float | int | bool
Row = Mapping[str, Value]
"""Column to value; a column that a run does not have is absent."""

KEY = ("subject", "phase", "number")
KINDS = {str: "TEXT", bool: "BOOLEAN", int: "INTEGER", float: "REAL"}  # bool before int
FORMAT, VERSION = 0x67616E74, 1  # "gant", in the header of the file
PATIENCE = 60.0
"""Seconds to wait for another process that is writing."""


class Table:
    """Rows in an SQLite file, one for each run, known by its `subject`, `phase` and `number`.

    Any number of processes may add to one table. What is added is on disk, as a whole or not at
    all, before `add` returns. A column holds values of one type: text, integers, real numbers or
    bools. Other programs find the rows in the table `runs`, where NaN is the text `nan`.
    `write_csv` exports rows; `add(Table(other).rows)` merges two tables, which is also the way for
    jobs on several machines: many network file systems do not lock files reliably.

    Examples:
        >>> import tempfile
        >>> from gantheory import study
        >>> path = tempfile.mkdtemp() + "/runs.sqlite"
        >>> table = study.Table(path)
        >>> table.add([{"subject": "wgan", "phase": "wide", "number": 0, "score": 0.5}])
        >>> study.Table(path).rows
        [{'subject': 'wgan', 'phase': 'wide', 'number': 0, 'score': 0.5}]
    """

    def __init__(self, path: str | os.PathLike[str]):
        """Open the table; a file that does not exist yet is an empty one.

        Raises:
            ValueError: The file is not such a table, or damaged.
        """
        self.path = Path(path).expanduser()
        if self.path.suffix.lower() == ".csv":
            raise ValueError(
                f"path must not name a CSV file, got {self.path}: a table is an SQLite file, such "
                "as runs.sqlite. study.read_csv and study.write_csv read and write CSV files."
            )
        self._unwritten: list[Row] = []
        if self.path.exists():
            with self._opened("rw") as connection:
                self._columns(connection)

    @property
    def rows(self) -> list[Row]:
        """All rows in the order in which they were added, read from the file now."""
        if not self.path.exists():
            return []
        with self._opened("rw") as connection:
            connection.execute("BEGIN")  # columns and rows of one moment
            columns = self._columns(connection)
            if not columns:
                return []
            found = connection.execute("SELECT * FROM runs ORDER BY rowid").fetchall()
        try:
            return [
                {
                    name: _decoded(value, kind)
                    for (name, kind), value in zip(columns.items(), cells, strict=True)
                    if value is not None
                }
                for cells in found
            ]
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is damaged: {error}.") from error

    def prepare(self, rows: Iterable[Row]) -> None:
        """Create the file, and the columns of such rows, so that a failure comes before the runs.

        Raises:
            OSError: The file cannot be written.
            ValueError: A column holds values of another type.
        """
        self._write([], checked_rows(rows), keep_first=True)

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows: all of them or, if one is refused, none.

        Raises:
            OSError: The file cannot be written, or has been locked for a minute. The rows are kept
                in memory, and the next call writes them too.
            ValueError: A run has a row already, or a column holds values of another type.
        """
        checked = checked_rows(rows)
        self._write(checked, checked, keep_first=False)

    def add_missing(self, rows: Iterable[Row]) -> int:
        """Add the rows of those runs that have none yet, as `add`; returns how many these are."""
        checked = checked_rows(rows)
        return self._write(checked, checked, keep_first=True)

    def __repr__(self) -> str:
        return f"Table({self.path.name}, {len(self.rows):,} rows)"

    def _write(self, rows: list[Row], columns_of: list[Row], *, keep_first: bool) -> int:
        try:
            self._make_folder()
            with self._opened("rwc") as connection:
                connection.execute("BEGIN IMMEDIATE")  # waits until no other process is writing
                self._make_room(connection, [*self._unwritten, *columns_of])
                for row in self._unwritten:
                    _insert(connection, row, keep_first=True)
                added = 0
                for row in rows:
                    try:
                        added += _insert(connection, row, keep_first=keep_first)
                    except sqlite3.IntegrityError as error:
                        raise ValueError(
                            f"{self.path} has a row of {row_name(row)} already, or is given two."
                        ) from error
                connection.execute("COMMIT")
        except OSError as error:
            self._unwritten += rows
            if self._unwritten:
                error.add_note(
                    f"{len(self._unwritten)} rows are kept in memory; table.add([]) writes them."
                )
            raise
        self._unwritten.clear()
        return added

    def _make_folder(self) -> None:
        try:
            self.path.resolve().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"{self.path} could not be written: {error}.") from error

    @contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        """A connection of its own for each use: for any thread, and after a fork."""
        uri = f"{self.path.resolve().as_uri()}?mode={mode}"
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
            try:
                yield connection
            finally:
                connection.close()  # takes back what was not committed
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> Exception:
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return TimeoutError(
                f"{self.path} has been locked by another process for {PATIENCE:.0f} seconds."
            )
        if primary in (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_PERM,
            sqlite3.SQLITE_READONLY,
        ):
            return OSError(f"{self.path} could not be opened or written: {error}.")
        return ValueError(
            f"{self.path} is not a table of runs (an SQLite file), or is damaged: {error}. "
            "A CSV file is read by study.read_csv."
        )

    def _columns(self, connection: sqlite3.Connection) -> dict[str, str]:
        """The columns and their types; none in an empty file. Raise for another program's file."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != FORMAT:
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if application or tables:
                raise ValueError(f"{self.path} is an SQLite file, but not a table of runs.")
        if version > VERSION:
            raise ValueError(f"{self.path} was written by a newer version of gantheory.")
        found = connection.execute("SELECT name, type FROM pragma_table_info('runs')").fetchall()
        return dict(found)

    def _make_room(self, connection: sqlite3.Connection, rows: list[Row]) -> None:
        """The table, and a column for every name in the rows."""
        columns = self._columns(connection)
        # always written, so that `prepare` fails where a later write would
        connection.execute(f"PRAGMA application_id = {FORMAT}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        if not columns:
            connection.execute(
                "CREATE TABLE runs (subject TEXT NOT NULL, phase TEXT NOT NULL, "
                "number INTEGER NOT NULL, PRIMARY KEY (subject, phase, number))"
            )
            columns = self._columns(connection)
        folded = {_folded(name): name for name in columns}
        for name, value in (cell for row in rows for cell in row.items()):
            kind = _kind(value)
            known = folded.setdefault(_folded(name), name)
            if known != name:
                raise ValueError(
                    f"{self.path} has a column {known!r}, which SQLite does not tell from {name!r}."
                )
            if columns.setdefault(name, kind) != kind:
                raise ValueError(
                    f"{self.path} holds {columns[name]} in the column {name!r}, got {value!r}."
                )
        there = self._columns(connection)
        for name, kind in columns.items():
            if name not in there:
                connection.execute(f"ALTER TABLE runs ADD COLUMN {_quoted(name)} {kind}")


def row_name(row: Row) -> str:
    """A run in words."""
    return f"{row['subject']}/{row['phase']} number {row['number']}"


def _insert(connection: sqlite3.Connection, row: Row, *, keep_first: bool) -> int:
    verb = "INSERT OR IGNORE" if keep_first else "INSERT"
    names, places = ", ".join(map(_quoted, row)), ", ".join("?" for _ in row)
    cells = [_encoded(value) for value in row.values()]
    return connection.execute(f"{verb} INTO runs ({names}) VALUES ({places})", cells).rowcount


def checked_rows(rows: Iterable[Row]) -> list[Row]:
    """The rows, after a check that each can be written."""
    checked: list[Row] = [dict(row) for row in rows]
    for row in checked:
        for name in KEY:
            expected = int if name == "number" else str
            value = row.get(name)
            if not isinstance(value, expected) or isinstance(value, bool):
                raise ValueError(
                    f"a row must hold its {name}, of type {expected.__name__}, got {value!r}."
                )
        for name, value in row.items():
            _require_storable(name, value)
    return checked


def _require_storable(name: str, value: object) -> None:
    if not isinstance(value, str | int | float):
        raise TypeError(
            f"row[{name!r}] must be a str, an int, a float or a bool, got {described(value)}."
        )
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"row[{name!r}] must fit into 64 bits, got {value}.")
    for text in (name, value):
        if isinstance(text, str):
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise ValueError(f"row[{name!r}] is not valid text: {error}.") from error
    if not name or "\0" in name:
        raise ValueError(f"a column must have a name, without a zero byte, got {name!r}.")


def _kind(value: Value) -> str:
    return next(kind for python, kind in KINDS.items() if isinstance(value, python))


def _encoded(value: Value) -> Value:
    return "nan" if isinstance(value, float) and math.isnan(value) else value  # SQLite has no NaN


def _decoded(value: Value, kind: str) -> Value:
    return bool(value) if kind == "BOOLEAN" else float(value) if kind == "REAL" else value


def _folded(name: str) -> bytes:
    return name.encode().lower()  # of ASCII letters alone, as SQLite compares names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
