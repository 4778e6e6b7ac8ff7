"""Statements that a server runs to their end after their sender has gone.

A server process looks at its client again only when the statement is done, so that CREATE or DROP
DATABASE needs nobody to wait for it, and no process of ours in the background (verified on
PostgreSQL 15 and 18; `client_connection_check_interval`, since 14, would end it and is off).
"""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

from fidesdev.adapters.libpq import connection_parameters

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
    from psycopg2.sql import Composable

    from fidesdev.core.url import DatabaseUrl

CHECKS_CLIENT_SINCE = 140000
_SECONDS = 3


def leave_running(url: DatabaseUrl, statement: Composable) -> bool:
    """Have the server run the statement outside a transaction; whether it was sent in time.

    How it ends nobody is told: what it makes must be complete or absent by itself.
    """
    import psycopg2
    from psycopg2.errors import DuplicateDatabase, UniqueViolation

    deadline = time.monotonic() + _SECONDS
    try:
        connection = psycopg2.connect(async_=1, **connection_parameters(url, _SECONDS))
    except psycopg2.Error:
        return False
    try:
        if not _settled(connection, deadline):
            return False
        cursor = connection.cursor()  # psycopg2 wants it alive until the statement is done
        settings = "SET statement_timeout = 0"
        if connection.server_version >= CHECKS_CLIENT_SINCE:
            settings += "; SET client_connection_check_interval = 0"
        cursor.execute(settings)
        if not _settled(connection, deadline):
            return False
        cursor.execute(statement)
        return _sent(connection, deadline)
    except (psycopg2.OperationalError, DuplicateDatabase, UniqueViolation):
        return False  # the last two: another run makes the same in the same moment
    finally:
        connection.close()


def _settled(connection: Connection, deadline: float) -> bool:
    """Wait until nothing is under way."""
    from psycopg2.extensions import POLL_OK, POLL_READ

    while (state := connection.poll()) != POLL_OK:
        wait = ([connection], []) if state == POLL_READ else ([], [connection])
        if not any(select.select(*wait, [], max(0.0, deadline - time.monotonic()))):
            return False
    return True


def _sent(connection: Connection, deadline: float) -> bool:
    """Wait until the statement has left this process."""
    from psycopg2.extensions import POLL_WRITE

    while connection.poll() == POLL_WRITE:
        if not any(select.select([], [connection], [], max(0.0, deadline - time.monotonic()))):
            return False
    return True
