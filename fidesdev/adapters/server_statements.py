"""Statements of a server that concern whole databases: alone, together, under a lock."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fidesdev.adapters.pooling import PROCESS, changes_sessions, is_pooled
from fidesdev.adapters.postgres import connect_maintenance
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyFailed, CopyRefused, CopyRunning, PoolerRefused, ReplicaRefused

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
    from psycopg2.sql import Composable

LOCK_PATIENCE = 60.0
"""Seconds to wait for another run that copies the same database, or migrates it."""
PAUSE = 0.02
"""Seconds between two looks at what others do."""

_PREPARE = """
SET statement_timeout = 0; SET lock_timeout = 0;
SELECT set_config(name, 'clone', false) FROM pg_settings
 WHERE name = 'file_copy_method' AND 'clone' = ANY (enumvals)
"""
_END_OTHERS = """
SELECT count(pg_terminate_backend(a.pid)) FROM pg_stat_activity a
 WHERE a.datname = %(database)s AND a.pid <> pg_backend_pid()
   AND (%(before)s OR EXISTS (
       SELECT FROM pg_stat_activity us WHERE us.pid = %(pid)s AND us.state = 'active'))
"""
"""Ends nobody any more once the statement that needs the database to itself is done."""


@dataclass(frozen=True, slots=True)
class Server:
    """A connection to the server and to no database that is copied; locks last as long as it."""

    url: DatabaseUrl
    connection: Connection

    def run(self, statement: str | Composable, values: Any = None) -> None:
        """Run a statement; several in one text are one transaction. Raises `CopyFailed`."""
        with _explained(self.url), self.connection.cursor() as cursor:
            cursor.execute(statement, values)

    def rows(
        self, statement: str | Composable, values: Any = None, *, cursor_factory: Any = None
    ) -> list[Any]:
        """The rows of a query, as tuples unless the cursor makes something else of them."""
        with (
            _explained(self.url),
            self.connection.cursor(cursor_factory=cursor_factory) as cursor,
        ):
            cursor.execute(statement, values)
            return list(cursor.fetchall())


@contextmanager
def server_of(url: DatabaseUrl) -> Iterator[Server]:
    """The server, to look at: nothing is locked."""
    with closing(connect_maintenance(url)) as connection:
        server = Server(url, connection)
        server.run(_PREPARE)
        yield server


def lock(server: Server, what: str, *, patience: float = LOCK_PATIENCE) -> None:
    """Take the lock of that name until the connection ends; raises `CopyRunning`.

    Raises `PoolerRefused` where the connection does not keep the session that has the lock.
    """
    ((process,),) = server.rows(PROCESS)
    if is_pooled(server.connection, process) and changes_sessions(server.url):
        raise PoolerRefused(server.url.address)
    deadline = time.monotonic() + patience
    taken = "SELECT pg_try_advisory_lock(hashtext('copies of fidesdev'), hashtext(%s))"
    while not server.rows(taken, (what,))[0][0]:
        if time.monotonic() >= deadline:
            raise CopyRunning(what, patience)
        time.sleep(PAUSE)


def run_together(server: Server, parts: Iterable[Composable]) -> None:
    """Run statements as one transaction, in one round trip."""
    from psycopg2.sql import SQL

    server.run(SQL("; ").join(parts))


def run_alone(server: Server, database: str, statement: Composable) -> None:
    """Run a statement that needs the database to itself: end whoever is in it, until it is done.

    The statement holds the database's lock by which it keeps others from coming in.
    """
    values = {"database": database, "pid": server.connection.info.backend_pid}
    server.run(_END_OTHERS, {**values, "before": True})
    with _Running(server, statement) as running:
        if running.done.wait(PAUSE):
            return
        with server_of(server.url) as other:
            while not running.done.wait(PAUSE):
                other.run(_END_OTHERS, {**values, "before": False})


class _Running(threading.Thread):
    """A statement in a thread; leaving its context cancels it if need be, and raises its error."""

    def __init__(self, server: Server, statement: Composable) -> None:
        super().__init__(daemon=True, name="fidesdev-statement")
        self.done = threading.Event()
        self._server, self._statement = server, statement
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._server.run(self._statement)
        except BaseException as error:
            self._error = error
        self.done.set()

    def __enter__(self) -> _Running:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is not None:
            with contextlib.suppress(Exception):
                self._server.connection.cancel()
        self.join()
        if self._error is not None and kind is None:
            raise self._error


@contextmanager
def _explained(url: DatabaseUrl) -> Iterator[None]:
    """Raise what the server says as one of our errors."""
    import psycopg2
    from psycopg2 import errors

    try:
        yield
    except errors.ReadOnlySqlTransaction as error:
        raise ReplicaRefused(url.address) from error
    except psycopg2.Error as error:
        reason = (
            ": ".join(filter(None, [error.diag.message_primary, error.diag.message_detail]))
            or str(error).strip().partition("\n")[0]
        )
        kind = CopyRefused if error.pgcode == "42501" else CopyFailed
        raise kind(
            f"the server at {url.address} does not copy or replace {url.database!r}: {reason}",
            hint="Nothing is half done. Mend the cause, then type the command again;"
            " 'fidesdev snapshot list' shows what is there.",
            address=url.address,
            database=url.database,
            reason=reason,
            sqlstate=error.pgcode,
        ) from error
