"""Names that are in a database right now, for completion: one connection, one query."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from fidesdev.adapters.sqlite import open_existing
from fidesdev.core.url import DatabaseUrl

_EVERYWHERE = {
    "request": "SELECT id, status FROM privacyrequest ORDER BY created_at DESC LIMIT 200",
    "policy": "SELECT key, name FROM policy ORDER BY key",
    "user": "SELECT username, '' FROM fidesuser ORDER BY username",
}
_POSTGRESQL = {
    **_EVERYWHERE,
    "model": """
        SELECT CASE WHEN pg_table_is_visible(c.oid) THEN '' ELSE n.nspname || '.' END || c.relname,
               CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE '' END
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'fidesdev')
           AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1""",
}
_SQLITE = {
    **_EVERYWHERE,
    "model": """
        SELECT name, CASE type WHEN 'view' THEN type ELSE '' END FROM sqlite_master
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1""",
}


def read_names(url: DatabaseUrl, kind: str) -> list[tuple[str, str]]:
    """Names of the kind, with what is told about each; raises whatever the driver does."""
    if url.backend == "sqlite":
        with closing(_opened(url)) as opened:
            return opened.execute(_SQLITE[kind]).fetchall()
    from fidesdev.adapters.postgres import connect

    with closing(connect(url, autocommit=True)) as connection, connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL[kind])
        found: list[tuple[str, str]] = cursor.fetchall()
        return found


def _opened(url: DatabaseUrl) -> sqlite3.Connection:
    return open_existing(Path(url.database))
