"""The rows of every table as numbers that are equal for equal rows, whatever their order."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from fidesdev.adapters.catalog import VersionTable, reading
from fidesdev.adapters.sqlite_catalog import open_for_reading
from fidesdev.core.schema import TableRows
from fidesdev.core.url import DatabaseUrl

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class
    from psycopg2.sql import Composable

_SIZE = 1 << 64
_TABLES = """
SELECT n.nspname, c.relname, c.relkind, array(
    SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
        AND NOT attisdropped AND NOT (relkind = 'S' AND attname = 'log_cnt') ORDER BY attname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'S') AND relpersistence <> 't' AND nspname NOT LIKE 'pg\\_%%'
    AND nspname NOT IN ('information_schema', 'fidesdev')
    AND (%(of)s IS NULL OR c.oid = ANY (%(of)s::oid[])) ORDER BY 1, 2
"""
_AT_ONCE = 25
"""Tables in one statement: the time to plan it grows faster than their number."""
_LARGE_OBJECTS = """
SELECT 'large objects', count(*),
    sum(hashtextextended(oid::text || encode(lo_get(oid), 'base64'), 0))
FROM pg_largeobject_metadata HAVING count(*) > 0
"""
_SQLITE_TABLES = """
SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0  -- no virtual tables
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
ORDER BY name
"""


def row_checksums(url: DatabaseUrl, without: Collection[VersionTable] = ()) -> dict[str, TableRows]:
    """For each table its number of rows and their checksum; for each sequence its value.

    Large objects are counted together under that name.

    Neither the order of rows nor that of columns counts. The keys are the names of the catalog.
    """
    return _read(url, without, checked=True)


def checksums_of(
    connection: Connection,
    without: Collection[VersionTable] = (),
    of: Collection[int] | None = None,
) -> dict[str, TableRows]:
    """The same of tables alone, all or those of the OIDs; the connection commits by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, {"of": None if of is None else list(of)})
        rows = [row for row in cursor.fetchall() if row[2] == "r" and not _is_out(row, without)]
        return _checksums(
            cursor, [_statement(row[0], row[1], row[3], checked=True) for row in rows]
        )


def row_counts(url: DatabaseUrl, without: Collection[VersionTable] = ()) -> dict[str, int]:
    """For each table how many rows it has, counted and not estimated."""
    return {name: found.rows for name, found in _read(url, without, checked=False).items()}


def _read(
    url: DatabaseUrl, without: Collection[VersionTable], *, checked: bool
) -> dict[str, TableRows]:
    if url.backend == "sqlite":
        with open_for_reading(url.database) as file:
            return _of_file(file, without, checked=checked)
    from fidesdev.adapters.postgres import connect

    with reading(url), closing(connect(url)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        return _of_database(connection, without, checked=checked)


def _of_database(
    connection: Connection, without: Collection[VersionTable], *, checked: bool
) -> dict[str, TableRows]:
    from psycopg2 import sql

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
        cursor.execute(_TABLES, {"of": None})
        parts: list[Composable] = [
            _statement(row[0], row[1], row[3], checked=checked)
            for row in cursor.fetchall()
            if not _is_out(row, without) and (row[2] == "r" or checked)
        ]
        if checked:
            parts.append(sql.SQL(_LARGE_OBJECTS))
        return _checksums(cursor, parts)


def _is_out(row: Sequence[str], without: Collection[VersionTable]) -> bool:
    return bool({(row[1], row[0]), (row[1], "")} & set(without))


def _checksums(cursor: Cursor, parts: Sequence[Composable]) -> dict[str, TableRows]:
    from psycopg2 import sql

    found: dict[str, TableRows] = {}
    for start in range(0, len(parts), _AT_ONCE):
        cursor.execute(sql.SQL(" UNION ALL ").join(parts[start : start + _AT_ONCE]))
        found |= {name: TableRows(rows, int(total) % _SIZE) for name, rows, total in cursor}
    return found


def _statement(schema: str, table: str, columns: Sequence[str], *, checked: bool) -> Composable:
    from psycopg2 import sql

    row = sql.SQL(", ").join(sql.Identifier("t", column) for column in columns)
    hashed = sql.SQL("hashtextextended(ROW({})::text, 0)").format(row)
    return sql.SQL("SELECT format('%I.%I', {}, {}), count(*), {} FROM ONLY {} t").format(
        sql.Literal(schema),
        sql.Literal(table),
        sql.SQL("coalesce(sum({}), 0)").format(hashed) if checked else sql.SQL("0"),
        sql.Identifier(schema, table),
    )


def _of_file(
    file: sqlite3.Connection, without: Collection[VersionTable], *, checked: bool
) -> dict[str, TableRows]:
    file.text_factory = _readable
    left_out = {name for name, _schema in without}
    names = [name for (name,) in file.execute(_SQLITE_TABLES) if name not in left_out]
    return {name: _of_table(file, name, checked=checked) for name in names}


def _of_table(file: sqlite3.Connection, name: str, *, checked: bool) -> TableRows:
    quoted = '"' + name.replace('"', '""') + '"'
    if not checked:
        return TableRows(file.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0], 0)  # noqa: S608
    found = file.execute(f"SELECT * FROM {quoted}")  # noqa: S608
    order = sorted(range(len(found.description)), key=lambda i: found.description[i][0])
    rows = total = 0
    for row in found:
        rows += 1
        text = repr([row[i] for i in order])
        total += int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return TableRows(rows, total % _SIZE)


def _readable(text: bytes) -> str:
    """Any text that a file holds; SQLite does not insist that it is UTF-8."""
    return text.decode("utf-8", "surrogateescape")
