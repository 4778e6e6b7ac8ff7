"""Rows for tables that have none, made to fit their columns: what an empty schema cannot show."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

ROWS = 2
_SAMPLES = {
    "A": "'{{}}'", "B": "{n} % 2 = 0", "D": "timestamp '2026-01-02' + {n} * interval '1 h'",
    "I": "'10.0.0.{n}'", "N": "{n}", "R": "'empty'", "S": "'{name}-{n}'", "T": "interval '{n} h'",
    "V": "B'1'",
}  # fmt: skip
"""A value by the category of a type, as pg_type has it."""
_BY_NAME = {
    "uuid": "md5('{name}{n}')::uuid", "json": "'{{\"n\": {n}}}'", "jsonb": "'{{\"n\": {n}}}'",
    "bytea": "'\\x0{n}'", "char": "'{n}'", "bpchar": "'{n}'", "date": "date '2026-01-0{n}'",
    "tsvector": "'word'", "xml": "'<n/>'", "point": "'(1,{n})'", "money": "{n}",
}  # fmt: skip
_TABLES = """
SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT LIKE 'pg\\_%%'
  AND nspname <> 'information_schema' AND relname <> ALL(%s)
"""
_COLUMNS = """
SELECT a.attrelid, a.attname, t.typname, t.typcategory, t.typtype,
       (SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder LIMIT 1),
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = ANY(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
  AND attidentity = '' AND (attnotnull OR NOT atthasdef)
ORDER BY 1, attnum
"""
_KEYS = """
SELECT k.conrelid, k.confrelid,
       array(SELECT attname::text FROM unnest(k.conkey) WITH ORDINALITY u(num, pos)
             JOIN pg_attribute ON attrelid = k.conrelid AND attnum = num ORDER BY pos),
       array(SELECT attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, pos)
             JOIN pg_attribute ON attrelid = k.confrelid AND attnum = num ORDER BY pos)
FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """The OIDs of tables that had no row."""

    filled: frozenset[int]
    """Those that have some now."""
    refused: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Table:
    oid: int
    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class _Column:
    table: int
    name: str
    type: str
    category: str
    kind: str
    label: str | None
    shown: str
    length: int | None


@dataclass(frozen=True, slots=True)
class _Key:
    table: int
    other: int
    columns: tuple[str, ...]
    referred: tuple[str, ...]


def fill_empty_tables(
    connection: Connection, without: Collection[str] = (), of: Collection[int] | None = None
) -> Filled:
    """Insert a few rows into tables without any, as far as their constraints let us guess.

    All tables but those named `without`, or those of the OIDs `of`. The connection, which commits
    by itself, has its own search path again only for this.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "BEGIN; SET LOCAL search_path TO DEFAULT; SET LOCAL check_function_bodies = off"
        )
        cursor.execute(_TABLES, (list(without),))
        tables = [_Table(*row) for row in cursor.fetchall()]
        empty = [one for one in tables if (of is None or one.oid in of) and _is_empty(cursor, one)]
        filled = frozenset(_filled(cursor, tables, empty))
        cursor.execute("COMMIT")
    return Filled(filled, frozenset(one.oid for one in empty) - filled)


def _filled(cursor: Cursor, tables: Sequence[_Table], empty: Sequence[_Table]) -> Iterator[int]:
    """Fill table after table, those first that refer to none which is empty yet."""
    if not empty:
        return
    oids = [table.oid for table in empty]
    cursor.execute(_COLUMNS, (oids,))
    columns = [_Column(*row) for row in cursor.fetchall()]
    cursor.execute(_KEYS, (oids,))
    keys = [_Key(row[0], row[1], tuple(row[2]), tuple(row[3])) for row in cursor.fetchall()]
    known = {table.oid: table for table in tables}
    waiting = list(empty)
    while waiting:
        names = {table.oid for table in waiting}
        ready = [t for t in waiting if not _parents(t, keys) & (names - {t.oid})] or waiting
        for table in ready:
            own = [column for column in columns if column.table == table.oid]
            referring = [key for key in keys if key.table == table.oid]
            if _insert(cursor, table, own, referring, known):
                yield table.oid
        waiting = [table for table in waiting if table not in ready]


def _parents(table: _Table, keys: Sequence[_Key]) -> set[int]:
    return {key.other for key in keys if key.table == table.oid}


def _insert(
    cursor: Cursor,
    table: _Table,
    columns: Sequence[_Column],
    keys: Sequence[_Key],
    known: dict[int, _Table],
) -> bool:
    """Whether a row could be inserted; what the table refuses is left out."""
    import psycopg2
    from psycopg2 import sql

    inserted = False
    for number in range(1, ROWS + 1):
        values = [_value(column, number, keys, known) for column in columns]
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table.schema, table.name),
            sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            sql.SQL(", ").join(values),
        )
        if not columns:
            name = sql.Identifier(table.schema, table.name)
            statement = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(name)
        try:
            cursor.execute(sql.SQL("SAVEPOINT fidesdev_row; ") + statement)
            inserted = True
        except psycopg2.Error:
            cursor.execute("ROLLBACK TO SAVEPOINT fidesdev_row")
    return inserted


def _value(column: _Column, number: int, keys: Sequence[_Key], known: dict[int, _Table]) -> Any:
    """An expression for the column: a value that another table has, or one that its type takes."""
    from psycopg2 import sql

    for key in keys:
        if column.name in key.columns and (other := known.get(key.other)):
            referred = key.referred[key.columns.index(column.name)]
            return sql.SQL("(SELECT {} FROM {} LIMIT 1 OFFSET {})").format(
                sql.Identifier(referred),
                sql.Identifier(other.schema, other.name),
                sql.Literal(number - 1),
            )
    if column.label is not None:
        return sql.Literal(column.label)
    pattern = _BY_NAME.get(column.type) or _SAMPLES.get(column.category, "NULL")
    text = pattern.format(n=number, name=column.name.replace("'", "").replace("%", ""))
    if column.length and column.category == "S":
        text = f"right({text}, {column.length})"
    return sql.SQL(text)


def _is_empty(cursor: Cursor, table: _Table) -> bool:
    from psycopg2 import sql

    name = sql.Identifier(table.schema, table.name)
    cursor.execute(sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(name))
    row = cursor.fetchone()
    return bool(row and row[0])
