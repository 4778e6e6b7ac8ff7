"""Whether anything was committed to a version table, also where its rows are the same again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from fidesdev.adapters.recorder import Recorded
from fidesdev.adapters.sqlite import open_existing
from fidesdev.core.url import DatabaseUrl


def commit_mark(url: DatabaseUrl, table: str, schema: str, recorded: Recorded) -> str:
    """A text that is another one once a transaction that moved the database was committed.

    PostgreSQL keeps with each row the transaction that wrote it. SQLite counts the changes of its
    schema alone, so that migrations which only touch rows go unnoticed there; a count of all
    changes would not tell them from an application's.
    """
    if not recorded.has_table:
        return ""
    return _of_file(Path(url.database)) if url.backend == "sqlite" else _of_rows(url, table, schema)


def _of_rows(url: DatabaseUrl, table: str, schema: str) -> str:
    from psycopg2 import sql

    from fidesdev.adapters.postgres import answering, connect

    name = sql.Identifier(*filter(None, (schema, table)))
    with (
        closing(connect(url, autocommit=True)) as connection,
        answering(connection),
        connection.cursor() as cursor,
    ):
        statement = "SELECT version_num || ':' || xmin::text FROM {} ORDER BY 1"
        cursor.execute(sql.SQL(statement).format(name))
        return " ".join(str(row) for (row,) in cursor.fetchall())


def _of_file(path: Path) -> str:
    with closing(open_existing(path)) as connection:
        return str(connection.execute("PRAGMA schema_version").fetchone()[0])
