"""Records in PostgreSQL: values go there as text, and become there what their columns are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2.extensions import quote_ident

from fidesdev.adapters import records_catalog, records_refusals
from fidesdev.adapters.postgres import connect
from fidesdev.adapters.records_sql import Piece, Reader
from fidesdev.core.field_values import Given, Json, Structure, postgres_value
from fidesdev.core.json_text import parse_json
from fidesdev.core.model_reports import Check, Index
from fidesdev.core.records import Column, Effect, Kind, Model, Reference, TableName
from fidesdev.core.selection import Condition
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import FidesdevError, RecordRefused

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

_SESSION = "SET TIME ZONE 'UTC'; SET DateStyle TO ISO; SET bytea_output TO hex"
_FETCHED_AT_ONCE = 1000
_NATIVE = {Kind.INTEGER, Kind.FLOAT, Kind.BOOLEAN}
_CHANGED = """
SELECT c.oid, c.oid::regclass::text, pg_stat_get_xact_tuples_deleted(c.oid),
       pg_stat_get_xact_tuples_updated(c.oid)
  FROM pg_class c WHERE c.relkind = 'r'
   AND (pg_stat_get_xact_tuples_deleted(c.oid) > 0 OR pg_stat_get_xact_tuples_updated(c.oid) > 0)
"""


@contextmanager
def opened_postgres(url: DatabaseUrl, *, reading: bool) -> Iterator[PostgresRecords]:
    """The records of a database, in one transaction; raises `Unavailable` and its kinds.

    Whoever only reads sees one moment throughout, and can change nothing.
    """
    connection = connect(url)
    try:
        connection.cursor().execute(_SESSION)
        connection.commit()
        if reading:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield PostgresRecords(connection, url)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class PostgresRecords:
    """An open database; see `records_sql.Database`."""

    connection: Connection
    url: DatabaseUrl
    mark: str = "%s"

    @property
    def title(self) -> str:
        return str(self.connection.info.dbname)

    def tables(self) -> tuple[TableName, ...]:
        return records_catalog.read_tables(self.connection)

    def model(self, table: TableName) -> Model:
        return records_catalog.read_model(self.connection, table)

    def references(self, table: TableName | None = None) -> tuple[Reference, ...]:
        return records_catalog.read_references(self.connection, table)

    @property
    def estimates(self) -> bool:
        return True

    def counted(self, table: TableName) -> int | None:
        return table.rows

    def rules(self, table: TableName) -> tuple[tuple[Index, ...], tuple[Check, ...]]:
        return records_catalog.read_rules(self.connection, table)

    def name(self, text: str) -> str:
        return quote_ident(text, self.connection).replace("%", "%%")

    def place(self, name: str) -> str:
        return f"{name}::text"

    def read(self, column: Column, *, as_text: bool) -> str:
        name = self.name(column.name)
        if column.kind is Kind.TIME:
            return f"to_json({name}) #>> '{{}}'"
        if column.kind is Kind.STRUCTURE and not as_text:
            return f"to_json({name})::text"
        return name if column.kind in _NATIVE and not as_text else f"{name}::text"

    def reader(self, column: Column, *, as_text: bool) -> Reader | None:
        if column.kind is Kind.TIME:
            return _utc
        return None if as_text else _READERS.get(column.kind)

    def write(self, model: Model, column: Column, given: Given) -> Piece:
        value = postgres_value(model.name, column, given)
        if isinstance(value, Structure):
            return Piece(f"({records_catalog.converted(column)})", (value.text,))
        return Piece("%s", (value,))

    def equals(self, model: Model, condition: Condition) -> Piece:
        column = model.column(condition.field)
        assert column is not None, condition.field
        name = self.name(column.name)
        if condition.given == Json(None):
            return Piece(f"{name} IS NULL")
        piece = self.write(model, column, condition.given)
        if column.kind is Kind.JSON:
            return Piece(f"{name}::jsonb = {piece.text}::jsonb", piece.values)
        return Piece(f"{name} = {piece.text}", piece.values)

    def rows(self, piece: Piece) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(piece.text, piece.values)
        return cursor.fetchall()

    def stream(self, piece: Piece) -> Iterator[tuple[Any, ...]]:
        with self.connection.cursor(name="fidesdev_records") as cursor:
            cursor.itersize = _FETCHED_AT_ONCE
            cursor.execute(piece.text, piece.values)
            yield from cursor

    def change(self, piece: Piece) -> int:
        cursor = self.connection.cursor()
        cursor.execute(piece.text, piece.values)
        return cursor.rowcount

    def effects(self, model: Model, piece: Piece) -> tuple[int, tuple[Effect, ...]]:
        before = self._changed()
        deleted = self.change(piece)
        effects = []
        for oid, (name, gone, touched) in self._changed().items():
            _name, gone_before, touched_before = before.get(oid, ("", 0, 0))
            own = deleted if oid == model.table.id else 0
            effect = Effect(name, gone - gone_before - own, touched - touched_before)
            if effect.deleted > 0 or effect.updated > 0:
                effects.append(effect)
        return deleted, tuple(sorted(effects, key=lambda effect: effect.table))

    def now(self) -> str:
        return "now"

    def explain(
        self, error: Exception, model: Model | None, values: Mapping[str, Given]
    ) -> FidesdevError | None:
        if isinstance(error, UnicodeDecodeError):
            return RecordRefused(model.name if model else "", "it holds text that is no UTF-8")
        if not isinstance(error, psycopg2.Error):
            return None
        return records_refusals.explained(self, error, model, values)

    def check(self) -> None:
        self.connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        if not self.connection.closed:
            self.connection.rollback()

    def _changed(self) -> dict[int, tuple[str, int, int]]:
        """What this connection did to every table, which its next look is to be compared with."""
        return {oid: (name, gone, new) for oid, name, gone, new in self.rows(Piece(_CHANGED))}


def _utc(text: str) -> str:
    """A time as everywhere else here: `Z` for a zone that is UTC's."""
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _float(number: float) -> float | str:
    """The number, or the text that PostgreSQL has for what JSON has no number for."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else f"{'-' if number < 0 else ''}Infinity"


_READERS: dict[Kind, Reader] = {
    Kind.FLOAT: _float,
    Kind.JSON: parse_json,
    Kind.STRUCTURE: parse_json,
}
