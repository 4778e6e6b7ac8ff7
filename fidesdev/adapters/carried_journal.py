"""What the journal in a database has and a copy of the database lacks, and what else came since."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fidesdev.adapters.postgres import connect
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseUnavailable, JournalFailed

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

_READ = """
WITH moves AS (SELECT * FROM fidesdev.move WHERE started >= %(since)s),
     steps AS (SELECT * FROM fidesdev.step WHERE move_id IN (SELECT id FROM moves))
SELECT json_build_object(
    'moves', coalesce((SELECT json_agg(moves) FROM moves), '[]'),
    'steps', coalesce((SELECT json_agg(steps) FROM steps), '[]'),
    'sources', coalesce((
        SELECT json_agg(json_build_object('sha256', sha256, 'text', encode(text, 'base64')))
        FROM fidesdev.source WHERE sha256 IN (SELECT sha256 FROM steps)), '[]')
)::text
"""
_WRITE = """
BEGIN;
ALTER TABLE fidesdev.move ADD COLUMN IF NOT EXISTS snapshot text;
INSERT INTO fidesdev.source SELECT sha256, decode(text, 'base64')
    FROM json_to_recordset(%(journal)s::json -> 'sources') AS one(sha256 text, text text)
    ON CONFLICT DO NOTHING;
WITH later AS (
    SELECT one, (one ->> 'id')::bigint AS was, row_number() OVER (ORDER BY (one ->> 'id')::bigint)
           + (SELECT coalesce(max(id), 0) FROM fidesdev.move) AS id
    FROM jsonb_array_elements(%(journal)s::jsonb -> 'moves') AS each(one)
    WHERE NOT EXISTS (
        SELECT FROM fidesdev.move
        WHERE started = (one ->> 'started')::timestamptz AND command = one ->> 'command')
), added AS (
    INSERT INTO fidesdev.move OVERRIDING SYSTEM VALUE
    SELECT filled.* FROM later, jsonb_populate_record(
        NULL::fidesdev.move, one || jsonb_build_object('id', id)) AS filled
)
INSERT INTO fidesdev.step
    SELECT filled.* FROM jsonb_array_elements(%(journal)s::jsonb -> 'steps') AS each(step)
    JOIN later ON was = (step ->> 'move_id')::bigint,
    LATERAL jsonb_populate_record(
        NULL::fidesdev.step, step || jsonb_build_object('move_id', id)) AS filled;
SELECT setval(pg_get_serial_sequence('fidesdev.move', 'id'), max(id)) FROM fidesdev.move;
COMMIT
"""
"""Another database in between has counted from 1 again, so that two moves may have one id: what
comes from there is numbered anew, in its order, after all that is here."""
_TABLES = """
SELECT quote_ident(nspname) || '.' || quote_ident(relname)
FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname <> 'fidesdev' AND nspname !~ '^pg_'
  AND nspname <> 'information_schema' AND has_table_privilege(pg_class.oid, 'SELECT')
"""
_SINCE = "(SELECT age(xmin) FROM fidesdev.move WHERE id = %(move)s)"
"""The end of a move is the last that is written to its row: what is younger came later."""
_PATIENCE = 5
"""Seconds to count rows, which may have to wait for others."""


def read_journal(url: DatabaseUrl, since: datetime) -> str | None:
    """The moves that began at that time or later, with steps and sources; None: there are none."""
    if url.backend != "postgresql":
        return None
    with _tolerant(url) as cursor:
        cursor.execute(_READ, {"since": since})
        return str(_first(cursor))
    return None


def write_journal(url: DatabaseUrl, journal: str) -> None:
    """Add what the journal of the database lacks; where the role may not write it, nothing."""
    with _tolerant(url) as cursor:
        cursor.execute(_WRITE, {"journal": journal})


def rows_written_since(url: DatabaseUrl, move: int) -> int | None:
    """How many rows were inserted or changed since the recorded move ended; None: nobody knows."""
    if url.backend != "postgresql":
        return None
    with _tolerant(url) as cursor:
        cursor.execute(f"SET statement_timeout = '{_PATIENCE}s'")
        cursor.execute(f"SELECT {_SINCE}", {"move": move})
        age = _first(cursor)
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        if age is None:
            return None
        # the server quoted the names, and the age is a number of its own
        younger = (f"(SELECT count(*) FROM {name} WHERE age(xmin) < {age:d})" for name in names)  # noqa: S608
        cursor.execute(f"SELECT {' + '.join(younger) or 0}")
        return int(_first(cursor))
    return None


@contextlib.contextmanager
def _tolerant(url: DatabaseUrl) -> Iterator[Cursor]:
    """A cursor; the block ends where there is no journal, or none that the role may use.

    Raises `JournalFailed` for everything else that the server says.
    """
    import psycopg2
    from psycopg2 import errors

    nothing = (
        errors.UndefinedTable,
        errors.InvalidSchemaName,
        errors.InsufficientPrivilege,
        errors.QueryCanceled,
    )
    try:
        with (
            contextlib.suppress(*nothing, DatabaseUnavailable),
            closing(connect(url, autocommit=True)) as connection,
            connection.cursor() as cursor,
        ):
            yield cursor
    except psycopg2.Error as error:
        reason = error.diag.message_primary or str(error).strip().partition("\n")[0]
        raise JournalFailed(repr(url.database), reason) from error


def _first(cursor: Cursor) -> Any:
    row = cursor.fetchone()
    return row and row[0]
