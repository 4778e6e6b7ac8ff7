"""Records in SQLite files, held to their declared types and foreign keys."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from fidesdev.adapters.records_sql import Piece, Reader
from fidesdev.core.field_values import Given, Json, invalid
from fidesdev.core.model_reports import Check, Index
from fidesdev.core.records import Column, Effect, Model, Reference, TableName
from fidesdev.core.selection import Condition
from fidesdev.core.sqlite_values import kind_of, read_value, sqlite_value, text_of
from fidesdev.errors import (
    BrokenReference,
    CheckFailed,
    DatabaseMissing,
    DatabaseUnavailable,
    DuplicateRecord,
    FidesdevError,
    MissingValue,
    RecordRefused,
)

_TABLES = (
    "SELECT name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view')"
    " AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
)
_INDEXES = (
    "SELECT name, coalesce(sql, 'by a constraint') FROM sqlite_master"
    " WHERE type = 'index' AND tbl_name = ? ORDER BY name"
)
_LENGTH = re.compile(r"CHAR[^(]*\((\d+)\)", re.IGNORECASE)
_FAILED = re.compile(
    r"(?P<what>NOT NULL|UNIQUE|CHECK|FOREIGN KEY) constraint failed(: (?P<on>.*))?"
)
_STRICT = re.compile(r"cannot store (\w+) value in (\w+) column (?P<on>\S+)")
_REFERENCES = """
SELECT m.name, k.id, k."from", k."table", k."to", k.on_delete
  FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
 WHERE m.type = 'table' ORDER BY m.name, k.id, k.seq
"""


@contextmanager
def opened_sqlite(path: str) -> Iterator[SqliteRecords]:
    """The records of a database file, in one transaction; raises `DatabaseMissing`."""
    if not Path(path).is_file():
        raise DatabaseMissing(path, path)
    location = f"{Path(path).absolute().as_uri()}?mode=rw"
    try:
        connection = sqlite3.connect(location, uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    with closing(connection):
        connection.text_factory = lambda content: content.decode(errors="replace")
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise _unusable(path, error) from error
        yield SqliteRecords(connection, path)


@dataclass(frozen=True, slots=True)
class SqliteRecords:
    """An open database; see `records_sql.Database`."""

    connection: sqlite3.Connection
    title: str
    mark: str = "?"

    def tables(self) -> tuple[TableName, ...]:
        rows = self.rows(Piece(_TABLES))
        return tuple(TableName("", name, is_view=bool(view)) for name, view in rows)

    def model(self, table: TableName) -> Model:
        info = self.rows(Piece(f"PRAGMA table_xinfo({self.name(table.name)})"))
        shown = [row for row in info if row[6] != 1]  # 1: hidden columns of virtual tables
        key = tuple(row[1] for row in sorted(shown, key=lambda row: row[5]) if row[5])
        alone = len(key) == 1
        columns = tuple(_column(row, is_rowid=alone and bool(row[5])) for row in shown)
        unique = self._unique(table)
        locator = "" if key or table.is_view else "rowid"
        return Model(
            table, columns, key, unique=tuple(filter(None, (key, *unique))), locator=locator
        )

    def references(self, table: TableName | None = None) -> tuple[Reference, ...]:
        found: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
        for name, number, *rest in self.rows(Piece(_REFERENCES)):
            if table is None or table.name in {name, rest[1]}:
                found.setdefault((name, number), []).append(tuple(rest))
        return tuple(self._reference(name, rows) for (name, _number), rows in found.items())

    @property
    def estimates(self) -> bool:
        return False

    def counted(self, table: TableName) -> int | None:
        query = f"SELECT count(*) FROM {self.name(table.name)}"  # noqa: S608 - quoted
        return int(self.rows(Piece(query))[0][0])

    def rules(self, table: TableName) -> tuple[tuple[Index, ...], tuple[Check, ...]]:
        # a check is part of the statement that made the table, and not listed by itself
        return tuple(Index(*row) for row in self.rows(Piece(_INDEXES, (table.name,)))), ()

    def name(self, text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    def place(self, name: str) -> str:
        return name

    def read(self, column: Column, *, as_text: bool) -> str:  # noqa: ARG002 - as the protocol has it
        return self.name(column.name)

    def reader(self, column: Column, *, as_text: bool) -> Reader | None:
        return text_of if as_text else partial(read_value, column)

    def write(self, model: Model, column: Column, given: Given) -> Piece:
        return Piece("?", (sqlite_value(model.name, column, given),))

    def equals(self, model: Model, condition: Condition) -> Piece:
        column = model.column(condition.field)
        assert column is not None, condition.field
        if condition.given == Json(None):
            return Piece(f"{self.name(column.name)} IS NULL")
        piece = self.write(model, column, condition.given)
        return Piece(f"{self.name(column.name)} = ?", piece.values)

    def rows(self, piece: Piece) -> list[tuple[Any, ...]]:
        return self.connection.execute(piece.text, piece.values).fetchall()

    def stream(self, piece: Piece) -> Iterator[tuple[Any, ...]]:
        yield from self.connection.execute(piece.text, piece.values)

    def change(self, piece: Piece) -> int:
        return self.connection.execute(piece.text, piece.values).rowcount

    def effects(self, model: Model, piece: Piece) -> tuple[int, tuple[Effect, ...]]:
        before = self._counted()
        deleted = self.change(piece)
        effects = []
        for name, (rows, referring) in self._counted().items():
            gone = before[name][0] - rows - (deleted if name == model.table.name else 0)
            lost = max(before[name][1] - referring - gone, 0)
            if gone > 0 or (lost and name != model.table.name):
                effects.append(Effect(name, gone, lost))
        return deleted, tuple(effects)

    def now(self) -> str:
        return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"

    def explain(
        self, error: Exception, model: Model | None, values: Mapping[str, Given]
    ) -> FidesdevError | None:
        if not isinstance(error, (sqlite3.Error, OverflowError)):
            return None
        if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:
            return _unusable(self.title, error)
        self.rollback()
        return _refused(str(error), model.name if model else "", model, values)

    def check(self) -> None:
        pass

    def commit(self) -> None:
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def _unique(self, table: TableName) -> list[tuple[str, ...]]:
        indexes = self.rows(Piece(f"PRAGMA index_list({self.name(table.name)})"))
        whole = [row[1] for row in indexes if row[2] and not row[4]]  # unique and not partial
        found = [self.rows(Piece(f"PRAGMA index_info({self.name(name)})")) for name in whole]
        return [tuple(row[2] for row in rows) for rows in found if all(row[2] for row in rows)]

    def _reference(self, name: str, rows: list[tuple[Any, ...]]) -> Reference:
        own, target, other = zip(*((row[0], row[1], row[2]) for row in rows), strict=True)
        others = tuple(filter(None, other))
        if not others:  # a reference to the primary key, whatever it is
            others = self.model(TableName("", target[0])).key
        return Reference("", name, tuple(own), target[0], others, rows[0][3].lower())

    def _counted(self) -> dict[str, tuple[int, int]]:
        """Of every table that refers to another: its rows, and how many references they hold."""
        held: dict[str, list[str]] = {}
        for reference in self.references():
            held.setdefault(reference.table, []).append(self.name(reference.columns[0]))
        counted = {}
        for name, columns in held.items():
            sums = " + ".join(f"count({column})" for column in columns)
            (row,) = self.rows(Piece(f"SELECT count(*), {sums} FROM {self.name(name)}"))  # noqa: S608
            counted[name] = (int(row[0]), int(row[1]))
        return counted


def _column(row: tuple[Any, ...], *, is_rowid: bool) -> Column:
    _cid, name, declared, not_null, default, _pk, hidden = row
    length = _LENGTH.search(declared or "")
    numbered = is_rowid and (declared or "").upper() == "INTEGER"
    return Column(
        name,
        declared or "",
        kind_of(declared or ""),
        nullable=not not_null and not is_rowid,
        default="rowid" if numbered else default,
        length=int(length[1]) if length else None,
        generated=hidden in {2, 3},
    )


def _refused(
    reason: str, name: str, model: Model | None, values: Mapping[str, Given]
) -> FidesdevError:
    if model and (strict := _STRICT.search(reason)):
        column = model.column(strict["on"].rpartition(".")[2])
        if column:
            return invalid(name, column, str(values.get(column.name, "")), reason=reason)
    found = _FAILED.search(reason)
    on = (found["on"] or "") if found else ""
    fields = [part.rpartition(".")[2] for part in on.split(", ")]
    match found["what"] if found else "":
        case "NOT NULL":
            return MissingValue(name, fields[0])
        case "UNIQUE":
            return DuplicateRecord(name, {field: _shown(values, field) for field in fields})
        case "CHECK":
            return CheckFailed(name, on, "")
        case "FOREIGN KEY":
            return BrokenReference(
                name,
                "a row that it refers to is not there, or other rows refer to it",
                hint=f"See its references with 'fidesdev models show {name}'.",
            )
    return RecordRefused(name, reason)


def _shown(values: Mapping[str, Given], field: str) -> str:
    given = values.get(field)
    return str(getattr(given, "text", getattr(given, "value", "")))


def _unusable(path: str, error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"cannot use the SQLite database {path}: {error}",
        hint="Correct the path; 'fidesdev db url' shows what is used.",
        address=path,
        reason=str(error),
    )
