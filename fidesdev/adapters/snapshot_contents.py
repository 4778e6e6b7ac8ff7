"""A snapshot as a database that can be read, for as long as somebody reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fidesdev.core.snapshots import Snapshot
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UnknownSnapshot


@contextmanager
def readable(url: DatabaseUrl, snapshot: Snapshot) -> Iterator[DatabaseUrl]:
    """The URL of what the snapshot holds, on the server of `url`.

    A snapshot on PostgreSQL is closed to everybody. It is opened meanwhile; a restore of it ends
    the reading, and making its spare or deleting it waits. Raises `UnknownSnapshot`, `CopyRunning`.
    """
    if url.backend == "sqlite":
        yield url.with_database(snapshot.storage)
        return
    from psycopg2.sql import SQL

    from fidesdev.adapters.database_attributes import identifier
    from fidesdev.adapters.postgres_snapshots import spare_name
    from fidesdev.adapters.server_statements import lock, server_of

    allow = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with server_of(url) as server:
        lock(server, spare_name(snapshot.storage))
        if not server.rows("SELECT 1 FROM pg_database WHERE datname = %s", (snapshot.storage,)):
            raise UnknownSnapshot(snapshot.name, snapshot.database)
        server.run(allow.format(identifier(snapshot.storage), SQL("true")))
        try:
            yield url.with_database(snapshot.storage)
        finally:
            server.run(allow.format(identifier(snapshot.storage), SQL("false")))
