"""What a database's own catalog says: tables, the width of the version column, sick indexes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from fidesdev.adapters.sqlite import open_existing
from fidesdev.core.doctor import InvalidIndex, LiveSchema
from fidesdev.core.journal import SCHEMA
from fidesdev.core.table_changes import Tables
from fidesdev.core.url import DatabaseUrl

_TABLES = """
SELECT lower(c.relname), coalesce(array_agg(lower(a.attname)) FILTER (WHERE a.attnum > 0), '{}')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', %s)
  AND n.nspname NOT LIKE 'pg\\_t%%'
GROUP BY c.oid
"""
_WIDTH = """
SELECT CASE WHEN a.atttypid = 'varchar'::regtype AND a.atttypmod > 4 THEN a.atttypmod - 4 END
FROM pg_attribute a WHERE a.attrelid = to_regclass(%s) AND a.attname = 'version_num'
"""
_INDEXES = """
SELECT n.nspname, c.relname, i.indrelid::regclass::text,
       EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname NOT LIKE 'pg\\_t%%'
ORDER BY 1, 2
"""
_DEFAULT_WIDTH = 32
"""Of the column that Alembic creates where there is no version table yet."""
_SQLITE_TABLES = """
SELECT lower(m.name), lower(c.name) FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""


def inspect(url: DatabaseUrl, table: str, schema: str) -> LiveSchema:
    """What the database has, but for the journal and the version table (`table` of `schema`)."""
    live = _inspect_sqlite(url) if url.backend == "sqlite" else _inspect(url, table, schema)
    live.tables.pop(table.lower(), None)
    return live


def _inspect(url: DatabaseUrl, table: str, schema: str) -> LiveSchema:
    from fidesdev.adapters.postgres import connect

    name = ".".join(f'"{part}"' for part in (schema, table) if part)
    with closing(connect(url, autocommit=True)) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES, (SCHEMA,))
        tables = {found: frozenset(columns) for found, columns in cursor.fetchall()}
        cursor.execute(_WIDTH, (name,))
        width = cursor.fetchone()
        cursor.execute(_INDEXES)
        invalid = tuple(InvalidIndex(*row) for row in cursor.fetchall())
    return LiveSchema(tables, _DEFAULT_WIDTH if width is None else width[0], invalid)


def _inspect_sqlite(url: DatabaseUrl) -> LiveSchema:
    tables: Tables = {}
    file = Path(url.database)
    if file.exists():
        with closing(open_existing(file)) as connection:
            for found, column in connection.execute(_SQLITE_TABLES):
                tables[found] = tables.get(found, frozenset()) | {column}
    return LiveSchema(tables, None, ())  # SQLite does not keep to the length of a varchar
