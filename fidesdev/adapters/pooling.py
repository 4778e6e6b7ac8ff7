"""Connection poolers between here and the server: whether a connection keeps one session of it.

Behind PgBouncer's `pool_mode = transaction`, and what is built like it, each statement outside a
transaction may run in another session of the server. A session's advisory lock and its `SET` are
then anybody's. No pooler tells so; what its sessions do tells it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from fidesdev.adapters.postgres import connect
from fidesdev.core.url import DatabaseUrl

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

PROCESS = "SELECT pg_backend_pid()"


def is_pooled(connection: Connection, process: int) -> bool:
    """Whether something answers for the server, in whatever mode: it names itself, not a process.

    `process` is what the server says of itself, `pg_backend_pid()`.
    """
    return bool(connection.info.backend_pid != process)


def changes_sessions(url: DatabaseUrl) -> bool:
    """Whether two statements of one connection may run in two sessions of the server.

    A transaction keeps a session to itself. So either it got the one that another open connection
    has just used, or that one can use it no more and shows another.
    """
    import psycopg2

    with closing(connect(url, autocommit=True)) as one, closing(connect(url)) as other:
        used = _process(one)
        try:
            return used == _process(other) or used != _process(one)
        except psycopg2.Error:  # a pooler of single statements refuses transactions
            return True


def _process(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PROCESS)
        ((process,),) = cursor.fetchall()
    return int(process)
