"""The version table: what a database says is applied, read without Alembic or SQLAlchemy."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseUnavailable

_IDENTITY = """
SELECT current_database(),
       (SELECT oid::text FROM pg_database WHERE datname = current_database()),
       extract(epoch FROM pg_postmaster_start_time())::numeric::text,
       to_regclass(%s) IS NOT NULL, pg_is_in_recovery(), pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one look at a database told."""

    rows: frozenset[str]
    """The version table as it is; empty when there is none."""
    has_table: bool
    identity: tuple[Any, ...]
    """What no other database has, as the worker compares it with env.py's connection."""
    server_version: str
    is_replica: bool = False
    """Whether the server only follows another one: it takes no writing."""
    is_pooled: bool = False
    """Whether a pooler stands between here and the server."""


def read_recorded(url: DatabaseUrl, table: str, schema: str) -> Recorded:
    """The applied heads; raises `DatabaseUnavailable` or `DatabaseMissing`."""
    read = _read_sqlite if url.backend == "sqlite" else _read_postgresql
    return read(url, table, schema)


def _read_postgresql(url: DatabaseUrl, table: str, schema: str) -> Recorded:
    import psycopg2

    from fidesdev.adapters.pooling import is_pooled
    from fidesdev.adapters.postgres import connect, server_version

    name = f"{_quoted(schema)}.{_quoted(table)}" if schema else _quoted(table)
    with closing(connect(url, autocommit=True)) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(_IDENTITY, (name,))
            ((*identity, has_table, is_replica, process),) = cursor.fetchall()
            rows: list[tuple[str]] = []
            if has_table:
                cursor.execute(f"SELECT version_num FROM {name}")  # noqa: S608 - quoted above
                rows = cursor.fetchall()
        except psycopg2.Error as error:
            raise _unreadable(url, name, error.diag.message_primary or str(error)) from error
        return Recorded(
            rows=frozenset(row for (row,) in rows),
            has_table=has_table,
            identity=("postgresql", *identity),
            server_version=server_version(connection),
            is_replica=is_replica,
            is_pooled=is_pooled(connection, process),
        )


def _read_sqlite(url: DatabaseUrl, table: str, schema: str) -> Recorded:
    import sqlite3

    from fidesdev.adapters.sqlite import open_existing

    file = Path(url.database)
    path = "" if url.database == ":memory:" else str(file.resolve())
    version = sqlite3.sqlite_version
    if not path or not file.exists():
        return Recorded(frozenset(), False, ("sqlite", path, 0), version)
    try:
        with closing(open_existing(file)) as connection:
            found = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
            ).fetchone()
            name = f"{_quoted(schema)}.{_quoted(table)}" if schema else _quoted(table)
            statement = f"SELECT version_num FROM {name}"  # noqa: S608 - quoted above
            rows = connection.execute(statement).fetchall() if found else []
    except sqlite3.Error as error:
        raise _unreadable(url, _quoted(table), str(error)) from error
    inode = file.stat().st_ino
    return Recorded(
        frozenset(row for (row,) in rows), found is not None, ("sqlite", path, inode), version
    )


def _unreadable(url: DatabaseUrl, name: str, reason: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"cannot read the version table {name} of {url}: {reason}",
        hint="Check with 'fidesdev db url' that this is the database you mean, and who you are.",
        address=url.address,
        reason=reason,
    )


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
