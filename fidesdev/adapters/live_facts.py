"""How much there is of what a plan touches: counted where that is quick, else by statistics."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from fidesdev.core.impact import Lost
from fidesdev.core.impacts import Counted, LiveFacts, TableFacts
from fidesdev.core.url import DatabaseUrl

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own name is no class's

COUNTED = 200_000
"""A table with more rows, by the statistics, is not counted."""

_TABLES = """
SELECT lower(c.relname), n.nspname, c.relname, pg_table_size(c.oid),
       greatest(coalesce(s.n_live_tup, 0), c.reltuples::bigint)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'm') AND lower(c.relname) = ANY(%s) AND pg_table_is_visible(c.oid)
"""
_NULLS = """
SELECT lower(attname), null_frac FROM pg_stats WHERE schemaname = %s AND tablename = %s
"""
_COLUMNS = """
SELECT lower(attname), attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""
_INDEXES = """
SELECT lower(i.relname), lower(t.relname) FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE lower(i.relname) = ANY(%s)
"""
_LABELS = """
SELECT lower(typname), array_agg(enumlabel::text ORDER BY enumsortorder)
FROM pg_enum JOIN pg_type t ON t.oid = enumtypid WHERE lower(typname) = ANY(%s) GROUP BY 1
"""


def read_facts(url: DatabaseUrl, tables: Collection[str], lost: Collection[Lost]) -> LiveFacts:
    """The sizes of the tables, and how much of what would be lost there is.

    Names are in lower case and without a schema; what is not there is left out.
    """
    if url.backend == "sqlite":
        return _of_sqlite(url, tables, lost)
    from fidesdev.adapters.postgres import connect

    with closing(connect(url)) as connection:
        return _of_postgres(connection, tables, lost)


def _of_postgres(
    connection: Connection, tables: Collection[str], lost: Collection[Lost]
) -> LiveFacts:
    found: dict[str, TableFacts] = {}
    columns: dict[str, Counted] = {}
    for name, schema, table, size, live in _rows(connection, _TABLES, list(tables)):
        wanted = [one.name.partition(".")[2] for one in lost if one.name.startswith(f"{name}.")]
        if live > COUNTED:
            found[name] = TableFacts(live, size, estimated=True)
            fractions = dict(_rows(connection, _NULLS, schema, table))
            for column in wanted:
                values = round(live * (1 - fractions.get(column, 0.0)))
                columns[f"{name}.{column}"] = Counted(values, estimated=True)
        else:
            counts = _counts(connection, schema, table, wanted)
            found[name] = TableFacts(counts.pop(""), size)
            columns |= {f"{name}.{column}": Counted(count) for column, count in counts.items()}
    kinds = {kind: [one.name for one in lost if one.kind == kind] for kind in ("index", "type")}
    return LiveFacts(
        found,
        columns,
        dict(_rows(connection, _INDEXES, kinds["index"])) if kinds["index"] else {},
        {name: tuple(labels) for name, labels in _rows(connection, _LABELS, kinds["type"])}
        if kinds["type"]
        else {},
    )


def _counts(
    connection: Connection, schema: str, table: str, columns: Iterable[str]
) -> dict[str, int]:
    """Rows under the empty name, and the values of each column that the table has."""
    from psycopg2 import sql

    name = sql.Identifier(schema, table)
    known = dict(_rows(connection, _COLUMNS, name.as_string(connection)))
    wanted = [column for column in columns if column in known]
    counted = [sql.SQL("count({})").format(sql.Identifier(known[column])) for column in wanted]
    statement = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join([sql.SQL("count(*)"), *counted]), name
    )
    (row,) = _rows(connection, statement)
    return dict(zip(["", *wanted], row, strict=True))


def _rows(connection: Connection, statement: Any, *values: Any) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(statement, values or None)
    return cursor.fetchall()


def _of_sqlite(url: DatabaseUrl, tables: Collection[str], lost: Collection[Lost]) -> LiveFacts:
    found: dict[str, TableFacts] = {}
    columns: dict[str, Counted] = {}
    with closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        there = {name.lower(): name for (name,) in names}
        for name in tables & there.keys():
            quoted = there[name].replace('"', '""')
            (rows,) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - quoted
            found[name] = TableFacts(rows, 0)
        for one in lost:
            table, _, column = one.name.partition(".")
            if column and table in there:
                fields = [r[1] for r in connection.execute(f'PRAGMA table_info("{there[table]}")')]
                exact = next((f for f in fields if f.lower() == column), None)
                if exact:
                    quoted = exact.replace('"', '""')
                    statement = f'SELECT count("{quoted}") FROM "{there[table]}"'  # noqa: S608 - quoted
                    columns[one.name] = Counted(connection.execute(statement).fetchone()[0])
    return LiveFacts(found, columns)
