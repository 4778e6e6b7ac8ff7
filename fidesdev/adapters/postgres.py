"""PostgreSQL through psycopg2: connect, create, drop and wait for a database, with errors mapped.

libpq gives no SQLSTATE for a connection that fails, and a server writes its reason in its own
language, so a missing database is told by looking it up and English messages only decide what
nothing else can.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fidesdev.adapters.libpq import UNREADABLE, open_connection, reason_of
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    AuthenticationFailed,
    DatabaseMissing,
    DatabaseUnavailable,
    FidesdevError,
    InvalidUrl,
    ReplicaRefused,
)

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

    from fidesdev.core.server import Contents

FORCE_SINCE = 130000
"""The first server version with DROP DATABASE ... WITH (FORCE)."""
_MAINTENANCE = ("postgres", "template1")
_FROM_SERVER = re.compile(r"^[^\W\d]+:  ")
"""libpq writes a server's message as `SEVERITY:  text`, with two spaces, in every language."""
_UNREAD = (
    "A newer Python shows it, and so does the server's log;"
    " most often user or password is wrong: see 'fidesdev config show --origin'."
)
_REFUSES_USER = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry"
    r'|role ".+" does not exist'
    r"|not permitted to log in|permission denied for database"
)


def connect(url: DatabaseUrl, *, autocommit: bool = False, timeout: int = 3) -> Connection:
    """An open connection; `timeout` in seconds holds unless the URL has its own `connect_timeout`.

    Raises `DatabaseMissing`, `AuthenticationFailed`, or `DatabaseUnavailable` within a second
    of the timeout.
    """
    try:
        connection = open_connection(url, timeout)
    except Exception as error:
        raise _explained(url, error, timeout) from error
    connection.autocommit = autocommit
    return connection


def server_version(connection: Connection) -> str:
    """The server's version without its packager's notes, such as `18.6`."""
    return (connection.info.parameter_status("server_version") or "").partition(" ")[0]


def database_exists(url: DatabaseUrl) -> bool:
    """Whether the server has the database; raises `DatabaseUnavailable` when it does not answer."""
    connection = connect_maintenance(url)
    try:
        return _listed(connection, _name(url))
    finally:
        connection.close()


def create_database(url: DatabaseUrl) -> bool:
    """Create the database; False when it was there already, which is left as it is."""
    import psycopg2
    from psycopg2 import errors, sql

    connection = connect_maintenance(url)
    try:
        connection.cursor().execute(
            sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_name(url)))
        )
    except (errors.DuplicateDatabase, errors.UniqueViolation):
        return False  # UniqueViolation: another process created it in the same moment
    except psycopg2.Error as error:
        raise _statement_failed(url, error, "create") from error
    finally:
        connection.close()
    return True


def drop_database(url: DatabaseUrl) -> bool:
    """Drop the database and end whoever is connected to it; False when there was none."""
    import psycopg2
    from psycopg2 import errors, sql

    connection = connect_maintenance(url)
    force = connection.server_version >= FORCE_SINCE
    statement = "DROP DATABASE {} WITH (FORCE)" if force else "DROP DATABASE {}"
    try:
        if not force:
            end_connections(connection, _name(url))
        connection.cursor().execute(sql.SQL(statement).format(sql.Identifier(_name(url))))
    except errors.InvalidCatalogName:
        return False
    except psycopg2.Error as error:
        raise _statement_failed(url, error, "drop") from error
    finally:
        connection.close()
    return True


def contents(url: DatabaseUrl) -> Contents | None:
    """What dropping the database destroys; None when there is none."""
    try:
        connection = connect(url)
    except DatabaseMissing:
        return None
    with contextlib.closing(connection):
        return contents_of(connection)


def contents_of(connection: Connection) -> Contents:
    """What dropping the database of the connection destroys; raises `DatabaseUnavailable`."""
    from fidesdev.core.server import Contents

    with answering(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_database_size(current_database()),"
            " (SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            "  WHERE relkind IN ('r', 'p') AND nspname NOT IN ('information_schema', 'fidesdev')"
            "  AND nspname NOT LIKE 'pg\\_%'),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            "  AND pid <> pg_backend_pid())"
        )
        row = cursor.fetchone()
        assert row is not None
        return Contents(bytes=row[0], tables=row[1], connections=row[2])


@contextlib.contextmanager
def answering(connection: Connection) -> Iterator[None]:
    """Raise what the server says instead of an answer, or that it is gone, as one of our errors."""
    import psycopg2

    facts = connection.info.dsn_parameters
    address = f"{facts.get('host', '')}:{facts.get('port', '')}"
    try:
        yield
    except psycopg2.Error as error:
        reason = error.diag.message_primary or str(error).strip().partition("\n")[0]
        raise DatabaseUnavailable(
            f"the server at {address} did not answer: {reason}",
            hint="Mend the cause, then type the command again; where the database is now: "
            "'fidesdev db status'.",
            address=address,
            reason=reason,
        ) from error


def database_names(url: DatabaseUrl) -> tuple[str, ...]:
    """Every database of the server but its own `postgres` and the templates."""
    with contextlib.closing(connect_maintenance(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database"
            " WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' ORDER BY datname"
        )
        return tuple(name for (name,) in cursor.fetchall())


def end_connections(connection: Connection, database: str) -> int:
    """End every other connection to the database; how many there were."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND pid <> pg_backend_pid()",
        (database,),
    )
    return len(cursor.fetchall())


def ensure_role(connection: Connection, name: str, password: str) -> None:
    """Make the role, a superuser, unless there is one of that name."""
    from psycopg2 import errors, sql

    cursor = connection.cursor()
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
    if cursor.fetchone() is not None:
        return
    statement = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
    # another process may create it in the same moment
    with contextlib.suppress(errors.DuplicateObject, errors.UniqueViolation):
        cursor.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


def wait_until_ready(url: DatabaseUrl, seconds: float) -> bool:
    """Wait until the server answers; whether it has the database by then.

    Raises the last `DatabaseUnavailable` when the time is over, and `AuthenticationFailed` at
    once, since waiting does not mend a password.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            connect(url).close()
        except DatabaseMissing:
            return False
        except AuthenticationFailed:
            raise
        except DatabaseUnavailable:
            if time.monotonic() >= deadline:
                raise
            time.sleep(min(0.2, max(0.0, deadline - time.monotonic())))
        else:
            return True


def connect_maintenance(url: DatabaseUrl) -> Connection:
    """An autocommit connection to the same server and to no database that a verb is about."""
    names = [name for name in _MAINTENANCE if name != url.database]
    for name in names[:-1]:
        try:
            return connect(url.with_database(name), autocommit=True)
        except DatabaseMissing:
            continue
    return connect(url.with_database(names[-1]), autocommit=True)


def _explained(url: DatabaseUrl, error: Exception, timeout: int) -> Exception:
    """The failure to connect as one of ours."""
    import psycopg2

    if isinstance(error, psycopg2.ProgrammingError):
        return InvalidUrl(str(url), reason_of(error))
    if not isinstance(error, (psycopg2.Error, UnicodeDecodeError, TimeoutError)):
        return error
    reason, from_server = _told(reason_of(error))
    refused = _REFUSES_USER.search(reason) is not None
    if from_server and not refused and _is_missing(url, reason, timeout):
        return DatabaseMissing(_name(url), url.address)
    if refused or (from_server and _is_quoted(url.user, reason)):
        return AuthenticationFailed(
            f"the server at {url.address} refuses user {url.user!r}: {reason}",
            hint="Correct user and password in [database], or give another --database-url;"
            " 'fidesdev config show --origin' names where they come from.",
            address=url.address,
            user=url.user,
        )
    return DatabaseUnavailable(
        f"no database connection to {url.address}: {reason}",
        hint=_UNREAD if reason == UNREADABLE else _hint(url),
        address=url.address,
        reason=reason,
    )


def _told(text: str) -> tuple[str, bool]:
    """The reason without its severity, and whether the server gave it, rather than libpq."""
    severity = _FROM_SERVER.match(text)
    reason = text[severity.end() :] if severity else text
    return reason, severity is not None or text == UNREADABLE


def _is_quoted(name: str, reason: str) -> bool:
    """Whether a message in any language names the name in any quotation marks."""
    return bool(name) and re.search(rf"[^\w\s]\s?{re.escape(name)}\s?[^\w\s]", reason) is not None


def _is_missing(url: DatabaseUrl, reason: str, timeout: int) -> bool:
    """Whether the server lacks the database: looked up where the user can, else as it says."""
    name = _name(url)
    for maintenance in _MAINTENANCE:
        if maintenance == name:
            continue
        try:
            connection = open_connection(url.with_database(maintenance), timeout)
        except Exception:  # noqa: S112 - the first failure is the one to report
            continue
        try:
            return not _listed(connection, name)
        finally:
            connection.close()
    return f'database "{name}" does not exist' in reason


def _listed(connection: Connection, name: str) -> bool:
    cursor = connection.cursor()
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    return cursor.fetchone() is not None


def _name(url: DatabaseUrl) -> str:
    """The database's name; like libpq, the user's name when none is given."""
    return url.database or url.user or "postgres"


def _statement_failed(url: DatabaseUrl, error: Exception, verb: str) -> FidesdevError:
    if getattr(error, "pgcode", None) == "25006":  # read_only_sql_transaction
        return ReplicaRefused(url.address)
    diagnostics = getattr(error, "diag", None)
    reason = getattr(diagnostics, "message_primary", None) or reason_of(error)
    refused = getattr(error, "pgcode", None) == "42501"  # insufficient_privilege
    kind = AuthenticationFailed if refused else DatabaseUnavailable
    return kind(
        f"cannot {verb} database {_name(url)!r} on {url.address}: {reason}",
        hint=f"Connect as a role that may {verb} it: fidesdev --database-url ... db {verb}.",
        address=url.address,
        reason=reason,
    )


def _hint(url: DatabaseUrl) -> str:
    if url.is_loopback:
        return (
            "Start a server with 'fidesdev db start' (embedded) or 'docker compose up -d',"
            " or correct [database]; 'fidesdev db url' shows what is used."
        )
    return (
        "Check [database] or --database-url ('fidesdev db url' shows what is used);"
        " a name that only containers know is replaced by [fidesdev].host_server."
    )
