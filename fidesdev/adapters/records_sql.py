"""The statements about records, in what PostgreSQL and SQLite have in common.

A value never becomes part of a statement, and a name only through the dialect that quotes it:
hence `noqa: S608`. A page begins where a key says, never at an OFFSET, so that the last one costs
what the first did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fidesdev.core.field_values import Given
from fidesdev.core.model_reports import Check, Index
from fidesdev.core.records import Column, Effect, Model, Record, Reference, TableName
from fidesdev.core.selection import Condition, Selection
from fidesdev.errors import FidesdevError

_ROW = "r."
"""Tells a column from the text of it that is selected under the same name."""


Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """SQL with the values for its placeholders, in order."""

    text: str
    values: tuple[Any, ...] = ()


class Dialect(Protocol):
    """What the two databases write differently."""

    @property
    def mark(self) -> str:
        """The placeholder of a value."""

    def name(self, text: str) -> str:
        """The identifier, quoted."""

    def read(self, column: Column, *, as_text: bool) -> str:
        """The expression that reads a column."""

    def place(self, name: str) -> str:
        """The expression that reads a quoted column so that a cursor can hold it."""

    def write(self, model: Model, column: Column, given: Given) -> Piece:
        """The expression that a column is set to."""

    def equals(self, model: Model, condition: Condition) -> Piece:
        """The condition as SQL."""


class Database(Dialect, Protocol):
    """An open database with records: one transaction, which the caller commits."""

    @property
    def title(self) -> str:
        """What messages call the database."""

    def tables(self) -> tuple[TableName, ...]:
        """Every table and view, in the order of their names."""

    def model(self, table: TableName) -> Model:
        """What one table is made of."""

    def references(self, table: TableName | None = None) -> tuple[Reference, ...]:
        """Every foreign key, or those of and to one table."""

    @property
    def estimates(self) -> bool:
        """Whether the numbers of rows that `tables` gives are estimates."""

    def counted(self, table: TableName) -> int | None:
        """How many rows a table has, where that is cheap to know."""

    def rules(self, table: TableName) -> tuple[tuple[Index, ...], tuple[Check, ...]]:
        """The indexes and checks of one table."""

    def rows(self, piece: Piece) -> list[tuple[Any, ...]]:
        """The rows of a statement."""

    def stream(self, piece: Piece) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement, in memory that does not grow with their number."""

    def change(self, piece: Piece) -> int:
        """How many rows a statement changed."""

    def reader(self, column: Column, *, as_text: bool) -> Reader | None:
        """What makes of `read`'s value (unless null) that of a record; None: it is that already."""

    def effects(self, model: Model, piece: Piece) -> tuple[int, tuple[Effect, ...]]:
        """How many rows a deletion deletes, and what it does elsewhere."""

    def now(self) -> str:
        """The present, as text that a column of times takes."""

    def explain(
        self, error: Exception, model: Model | None, values: Mapping[str, Given]
    ) -> FidesdevError | None:
        """What the database refused, as one of our errors; None for what is a mistake of ours."""

    def check(self) -> None:
        """Raise what a commit would raise."""

    def commit(self) -> None:
        """Keep everything."""

    def rollback(self) -> None:
        """Forget everything."""


def select_record(dialect: Dialect, model: Model, conditions: Sequence[Condition]) -> Piece:
    """At most two rows that fulfil the conditions."""
    where = _where(_equal(dialect, model, conditions))
    reads = _reads(dialect, model, as_text=False)
    return _joined(f"SELECT {reads} FROM {table_name(dialect, model)}", where, Piece(" LIMIT 2"))  # noqa: S608


def select_page(
    dialect: Dialect, model: Model, selection: Selection, *, limit: int | None, as_text: bool
) -> Iterator[Piece]:
    """The statements whose rows, one after the other, are the list.

    Each row ends in its place: the value in the sorted column (if any), then the key. Rows with
    and without a value in the sorted column are two statements: each then has one plain order.
    """
    keys, order, after = key_names(dialect, model), selection.order, selection.after
    column = model.column(order.field) if order else None
    places = [dialect.place(name) for name in [*(_sorted(dialect, selection)), *keys]]
    reads = _reads(dialect, model, as_text=as_text)
    start = f"SELECT {', '.join([reads, *places])} FROM {table_name(dialect, model)} AS r"  # noqa: S608
    equal = _equal(dialect, model, selection.conditions)
    end = Piece(f" LIMIT {int(limit)}" if limit is not None else "")
    if column is None:
        behind = [_behind_key(dialect, keys, after.key)] if after else []
        yield _joined(start, _where([*equal, *behind]), _ordered(keys), end)
        return
    name = _ROW + dialect.name(column.name)
    if after is None or after.value is not None:
        some = [Piece(f"{name} IS NOT NULL"), *_behind(dialect, selection, keys)]
        direction = " DESC" if order and order.descending else ""
        first = f"{name}{direction}"
        yield _joined(start, _where([*equal, *some]), _ordered([first, *keys]), end)
    if column.nullable:
        none = [Piece(f"{name} IS NULL")]
        if after is not None and after.value is None:
            none.append(_behind_key(dialect, keys, after.key))
        yield _joined(start, _where([*equal, *none]), _ordered(keys), end)


def insert(
    dialect: Dialect,
    model: Model,
    values: Mapping[str, Given],
    *,
    conflict: Sequence[str] = (),
    changed: Sequence[str] = (),
) -> Piece:
    """A new row; where one has the same values in `conflict`, that one with those of `changed`."""
    pieces = [dialect.write(model, _column(model, name), given) for name, given in values.items()]
    names = [dialect.name(name) for name in values]
    start = f"INSERT INTO {table_name(dialect, model)} "
    if not names:
        return Piece(f"{start}DEFAULT VALUES{_returning(dialect, model)}")
    row = _listed(pieces)
    end = ""
    if conflict:
        new = [name for name in changed if name not in conflict] or list(conflict[:1])
        sets = ", ".join(f"{dialect.name(n)} = excluded.{dialect.name(n)}" for n in new)
        end = f" ON CONFLICT ({', '.join(map(dialect.name, conflict))}) DO UPDATE SET {sets}"
    text = f"{start}({', '.join(names)}) VALUES ({row.text}){end}{_returning(dialect, model)}"
    return Piece(text, row.values)


def update(
    dialect: Dialect, model: Model, values: Mapping[str, Given], conditions: Sequence[Condition]
) -> Piece:
    """The rows that fulfil the conditions, changed."""
    sets = []
    for name, given in values.items():
        piece = dialect.write(model, _column(model, name), given)
        sets.append(Piece(f"{dialect.name(name)} = {piece.text}", piece.values))
    start = f"UPDATE {table_name(dialect, model)} SET "  # noqa: S608
    where = _where(_equal(dialect, model, conditions))
    return _joined(start, _listed(sets), where, Piece(_returning(dialect, model)))


def delete(dialect: Dialect, model: Model, conditions: Sequence[Condition]) -> Piece:
    """The rows that fulfil the conditions, deleted."""
    where = _where(_equal(dialect, model, conditions))
    return _joined(f"DELETE FROM {table_name(dialect, model)}", where)  # noqa: S608


def count(dialect: Dialect, model: Model, conditions: Sequence[Condition]) -> Piece:
    """How many rows fulfil the conditions."""
    where = _where(_equal(dialect, model, conditions))
    return _joined(f"SELECT count(*) FROM {table_name(dialect, model)}", where)  # noqa: S608


def reader_of(
    database: Database, model: Model, *, as_text: bool = False
) -> Callable[[Sequence[Any]], Record]:
    """What makes records of the rows of a statement."""
    names = model.fields
    readers = ((column.name, database.reader(column, as_text=as_text)) for column in model.columns)
    needed = [(name, reader) for name, reader in readers if reader is not None]

    def read(row: Sequence[Any]) -> Record:
        record = dict(zip(names, row, strict=False))  # a row of a list also has its place
        for name, reader in needed:
            if (stored := record[name]) is not None:
                record[name] = reader(stored)
        return record

    return read


def record_of(database: Database, model: Model, row: Sequence[Any]) -> Record:
    """The record that one row of a statement holds."""
    return reader_of(database, model)(row)


def table_name(dialect: Dialect, model: Model) -> str:
    """The table, quoted, with its schema where it has one."""
    parts = filter(None, (model.table.schema, model.table.name))
    return ".".join(map(dialect.name, parts))


def key_names(dialect: Dialect, model: Model) -> list[str]:
    """The expressions that order the rows; none for a view."""
    names = [dialect.name(name) for name in model.key] or list(filter(None, [model.locator]))
    return [_ROW + name for name in names]


def _column(model: Model, name: str) -> Column:
    column = model.column(name)
    assert column is not None, name
    return column


def _reads(dialect: Dialect, model: Model, *, as_text: bool) -> str:
    return ", ".join(dialect.read(column, as_text=as_text) for column in model.columns)


def _returning(dialect: Dialect, model: Model) -> str:
    return f" RETURNING {_reads(dialect, model, as_text=False)}"


def _sorted(dialect: Dialect, selection: Selection) -> list[str]:
    return [_ROW + dialect.name(selection.order.field)] if selection.order else []


def _equal(dialect: Dialect, model: Model, conditions: Iterable[Condition]) -> list[Piece]:
    return [dialect.equals(model, condition) for condition in conditions]


def _behind(dialect: Dialect, selection: Selection, keys: Sequence[str]) -> list[Piece]:
    """What the rows behind the cursor fulfil; the first condition is the bound for an index."""
    after, order = selection.after, selection.order
    if after is None or order is None:
        return []
    beyond = "<" if order.descending else ">"
    name, mark = _ROW + dialect.name(order.field), dialect.mark
    key = _behind_key(dialect, keys, after.key)
    return [
        Piece(f"{name} {beyond}= {mark}", (after.value,)),
        Piece(f"({name} {beyond} {mark} OR {key.text})", (after.value, *key.values)),
    ]


def _behind_key(dialect: Dialect, keys: Sequence[str], values: Sequence[Any]) -> Piece:
    marks = ", ".join(dialect.mark for _ in keys)
    row = f"({', '.join(keys)}) > ({marks})" if len(keys) > 1 else f"{keys[0]} > {marks}"
    return Piece(row, tuple(values))


def _ordered(names: Sequence[str]) -> Piece:
    return Piece(f" ORDER BY {', '.join(names)}" if names else "")


def _where(pieces: Sequence[Piece]) -> Piece:
    if not pieces:
        return Piece("")
    text = " AND ".join(piece.text for piece in pieces)
    return Piece(f" WHERE {text}", tuple(value for piece in pieces for value in piece.values))


def _listed(pieces: Sequence[Piece]) -> Piece:
    text = ", ".join(piece.text for piece in pieces)
    return Piece(text, tuple(value for piece in pieces for value in piece.values))


def _joined(start: str, *pieces: Piece) -> Piece:
    text = start + "".join(piece.text for piece in pieces)
    return Piece(text, tuple(value for piece in pieces for value in piece.values))
