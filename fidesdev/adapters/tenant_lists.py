"""Lists of tenants: from a file, from stdin, or from a query."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from fidesdev.core.tenants import distinct, parse_list
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import SqlFailed, UsageError

STDIN = "-"


def read_names(source: str, folder: Path) -> tuple[str, ...]:
    """The names in a file, which a relative path finds from `folder`, or in stdin where it is `-`.

    Raises `UsageError` where there is no such file, or it is no UTF-8 text.
    """
    try:
        if source == STDIN:
            return parse_list(sys.stdin.buffer.read().decode())
        return parse_list((folder / source).read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise _unreadable(source, f"it is no UTF-8 text: {error}") from error
    except (OSError, ValueError) as error:
        raise _unreadable(source, getattr(error, "strerror", None) or str(error)) from error


def query_names(url: DatabaseUrl, query: str) -> tuple[str, ...]:
    """The first column of a query that may change nothing; NULL names nobody.

    Raises `SqlFailed`.
    """
    rows = _sqlite(url, query) if url.backend == "sqlite" else _postgresql(url, query)
    return distinct(str(row[0]) for row in rows if row[0] is not None)


def _postgresql(url: DatabaseUrl, query: str) -> list[tuple[object, ...]]:
    import psycopg2

    from fidesdev.adapters.postgres import connect

    with closing(connect(url)) as connection:
        connection.set_session(readonly=True)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        except psycopg2.Error as error:
            raise SqlFailed(error.diag.message_primary or str(error)) from error


def _sqlite(url: DatabaseUrl, query: str) -> list[tuple[object, ...]]:
    import sqlite3

    from fidesdev.adapters.sqlite import open_existing

    try:
        with closing(open_existing(Path(url.database))) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.Error as error:
        raise SqlFailed(str(error)) from error


def _unreadable(source: str, reason: str) -> UsageError:
    return UsageError(
        f"cannot read a list of tenants from {source!r}: {reason}",
        hint="Give a file with one database a line, '-' for stdin, or a query in quotes:"
        " 'fidesdev db status --each \"SELECT datname FROM pg_database\"'.",
        source=source,
    )
