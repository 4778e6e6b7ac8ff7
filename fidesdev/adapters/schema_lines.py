"""A schema as a set of lines, one for each column, index, constraint and type: to be compared."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from fidesdev.core.journal import SCHEMA
from fidesdev.core.url import DatabaseUrl

_QUERIES = (
    """
    SELECT n.nspname, 'column ' || c.oid::regclass || '.' || quote_ident(a.attname) || ' '
        || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    """,
    """
    SELECT n.nspname, 'index ' || pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    """,
    """
    SELECT n.nspname, 'constraint ' || quote_ident(r.conname)
        || coalesce(' on ' || c.oid::regclass, '') || ' ' || pg_get_constraintdef(r.oid)
    FROM pg_constraint r LEFT JOIN pg_class c ON c.oid = r.conrelid
    JOIN pg_namespace n ON n.oid = r.connamespace
    """,
    """
    SELECT n.nspname, 'type ' || t.oid::regtype || ' '
        || (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
            FROM pg_enum e WHERE e.enumtypid = t.oid)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e'
    """,
    """
    SELECT n.nspname, 'view ' || c.oid::regclass || ' ' || pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm')
    """,
    """
    SELECT n.nspname, 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal
    """,
    """
    SELECT n.nspname, 'function ' || p.oid::regprocedure || ' ' || p.prosrc
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    """,
)
_FOREIGN = {"information_schema", SCHEMA}
"""Schemas of PostgreSQL and of ours; so are those that begin with `pg_`."""
_SQLITE_COLUMNS = """
SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type || iif(c."notnull", ' not null', '')
    || coalesce(' default ' || c.dflt_value, '') || iif(c.pk, ' primary key', '')
FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
"""
_SQLITE_KEYS = """
SELECT 'foreign key ' || m.name || '.' || k."from" || ' ' || k."table" || '.'
    || coalesce(k."to", '') || ' ' || k.on_update || ' ' || k.on_delete
FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k WHERE m.type = 'table'
"""
_SQLITE_OTHERS = "SELECT type || ' ' || sql FROM sqlite_master WHERE type <> 'table' AND sql > ''"


def schema_lines(url: DatabaseUrl) -> frozenset[str]:
    """What the schema is made of; the order in which columns were added does not count."""
    if url.backend == "sqlite":
        with closing(sqlite3.connect(url.database)) as file:
            queries = (_SQLITE_COLUMNS, _SQLITE_KEYS, _SQLITE_OTHERS)
            found = [row for query in queries for row in file.execute(query)]
            return frozenset(" ".join(str(text).split()) for (text,) in found)
    from fidesdev.adapters.postgres import connect

    lines: set[str] = set()
    with closing(connect(url, autocommit=True)) as connection, connection.cursor() as cursor:
        for query in _QUERIES:
            cursor.execute(query)
            for schema, text in cursor.fetchall():
                if schema not in _FOREIGN and not schema.startswith("pg_"):
                    lines.add(" ".join(str(text).split()))
    return frozenset(lines)
