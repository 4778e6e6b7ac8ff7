"""Whole databases of one PostgreSQL server: copied, put in each other's place, dropped.

Nothing here leaves a database half made or missing, wherever it is killed. A copy is made under
a name of its own and gets the name that it is known by, together with its mark, in one
transaction; a database is replaced by two renames in one transaction and dropped when its
successor is in place.

The database that is copied or replaced stays open: both statements lock it, so that whoever
connects meanwhile waits until they are done, and whoever is connected is ended. A killed command
leaves nothing to mend but a copy that nobody knows of, which the next one drops.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from fidesdev.adapters.database_attributes import (
    QUERY,
    Attributes,
    identifier,
    opening,
    statements,
)
from fidesdev.adapters.postgres import FORCE_SINCE
from fidesdev.adapters.server_statements import (
    LOCK_PATIENCE,
    PAUSE,
    Server,
    lock,
    run_alone,
    run_together,
    server_of,
)
from fidesdev.core.snapshots import KIND, mark, physical_name, read_mark
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyFailed, CopyRefused, FidesdevError, LockBusy

if TYPE_CHECKING:
    from psycopg2.sql import Composable

REPLACED = "replaced"
"""The kind of a database that waits to be dropped."""
SPARE = "spare"
"""The kind of a copy that a restore only has to rename."""
_STRATEGY_SINCE = 150000
_LARGE = 256 * 1024 * 1024
"""Bytes from which on copying files beats writing every page to the log."""
_SYSTEM_ERROR = "58"
"""The class of SQLSTATEs in which a file system refuses something."""

_RIGHTS = """
SELECT r.rolsuper, r.rolcreatedb, pg_has_role(d.datdba, 'USAGE'), pg_get_userbyid(d.datdba),
       current_user
  FROM pg_roles r LEFT JOIN pg_database d ON d.datname = %s WHERE r.rolname = current_user
"""
_FACTS = """
SELECT current_setting('fsync'), max(pg_database_size(oid)), max(datcollversion)
  FROM pg_database WHERE datname = %s
"""
_MARKED = """
SELECT d.datname, shobj_description(d.oid, 'pg_database'), d.datconnlimit = -2,
       EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'object' AND l.granted
               AND l.classid = 'pg_database'::regclass AND l.objid = d.oid)
  FROM pg_database d WHERE starts_with(d.datname, 'fidesdev_')
"""
"""-2: dropping it was interrupted, and nothing but dropping it is left. What is locked is not: it
is being dropped, or copied, right now."""
_MIGRATING = """
SELECT application_name FROM pg_stat_activity
 WHERE datname = %s AND starts_with(application_name, 'fidesdev lock ')
"""


@contextmanager
def exclusively(url: DatabaseUrl, *, patience: float = LOCK_PATIENCE) -> Iterator[Server]:
    """The server, while no other run copies or replaces the database of the URL.

    What a killed run left behind is dropped first. Raises `CopyRunning`.
    """
    with server_of(url) as server:
        lock(server, url.database, patience=patience)
        _drop_leftovers(server, url.database)
        try:
            yield server
        except BaseException:
            with suppress(FidesdevError):  # else the next run does
                _drop_leftovers(server, url.database)
            raise


@contextmanager
def for_copying(url: DatabaseUrl, *, patience: float = LOCK_PATIENCE) -> Iterator[Server]:
    """The same for a run that needs the database to itself, which would end a migration.

    Raises `LockBusy` too, and `CopyRefused` where the role may not copy the database.
    """
    with exclusively(url, patience=patience) as server:
        _check_rights(server)
        _wait_for_migration(server, patience)
        yield server


def making_name(target: str) -> str:
    """Where a copy is made that will become `target`."""
    return physical_name("making", target)


def replaced_name(database: str) -> str:
    """Where a database waits to be dropped that another one has replaced."""
    return physical_name(REPLACED, database)


def replaced_mark(database: str) -> str:
    """The mark of what waits to be dropped, be it the database or a copy of it."""
    return mark(REPLACED, {"database": database})


def read_attributes(server: Server, database: str) -> Attributes | None:
    """Owner, privileges, settings and so on of a database; None where there is none."""
    from psycopg2.extras import RealDictCursor

    rows = server.rows(QUERY, (database,), cursor_factory=RealDictCursor)
    return Attributes.read(dict(rows[0])) if rows else None


def copy_database(
    server: Server, source: str, target: str, *, tablespace: str | None = None
) -> None:
    """Make `target` a copy of `source` which nobody can connect to; connections to it are ended.

    The tablespace is the source's unless another one is named. Raises `CopyFailed`.
    """
    statement = creation(server, source, target, tablespace)
    try:
        run_alone(server, source, statement)
    except CopyFailed as error:
        if not str(error.facts.get("sqlstate", "")).startswith(_SYSTEM_ERROR):
            raise
        # a file system that can neither clone a file nor copy it by itself
        drop(server, target)
        server.run("SELECT set_config(name, 'copy', false) FROM pg_settings"
                   " WHERE name = 'file_copy_method'")  # fmt: skip
        run_alone(server, source, statement)


def creation(server: Server, source: str, target: str, tablespace: str | None = None) -> Composable:
    """`CREATE DATABASE` by the fastest way that does not stop others.

    FILE_COPY makes the whole server write a checkpoint, twice: that pays for a large database
    alone, and only where the server does not wait for the disk, as ours does not. Elsewhere the
    server's own default is used.
    """
    from psycopg2.sql import SQL, Literal

    options: list[Composable] = [SQL("ALLOW_CONNECTIONS false")]
    if server.connection.server_version >= _STRATEGY_SINCE:
        ((fsync, size, version),) = server.rows(_FACTS, (source,))
        if fsync == "off" and (size or 0) >= _LARGE:
            options.append(SQL("STRATEGY file_copy"))
        if version is not None:  # else refused where the operating system was updated since
            options.append(SQL("COLLATION_VERSION {}").format(Literal(version)))
    if tablespace is not None:
        options.append(SQL("TABLESPACE {}").format(identifier(tablespace)))
    return SQL("CREATE DATABASE {} TEMPLATE {} {}").format(
        identifier(target), identifier(source), SQL(" ").join(options)
    )


def keep(
    server: Server, made: str, name: str, *, text: str, instead_of: Iterable[str] = ()
) -> None:
    """Give a finished copy the name and the mark that it is known by, both or neither.

    The databases that it stands instead of are marked in the same transaction, to be dropped.
    """
    dropped = replaced_mark(server.url.database)
    run_together(server, [
        _renaming(made, name),
        comment(name, text),
        *(comment(old, dropped) for old in instead_of),
    ])  # fmt: skip


def dress(server: Server, name: str, attributes: Attributes) -> None:
    """Give a copy the owner, privileges and settings of the database that it will replace."""
    run_together(server, statements(attributes, name))


def swap(
    server: Server, live: str, new: str, *, attributes: Attributes, replaced: tuple[str, str]
) -> None:
    """Put `new` in the place of `live`, which stays as `replaced`: a name and its mark.

    One transaction; connections to `live` are ended, and who connects meanwhile waits.
    """
    from psycopg2.sql import SQL

    old, text = replaced
    run_alone(server, live, SQL("; ").join([
        _renaming(live, old),
        SQL("ALTER DATABASE {} CONNECTION LIMIT -1 IS_TEMPLATE false ALLOW_CONNECTIONS false")
        .format(identifier(old)),
        comment(old, text),
        *_placing(new, live, attributes),
    ]))  # fmt: skip


def place(server: Server, new: str, live: str, attributes: Attributes) -> None:
    """Give `new` the name of a database that does not exist, and let it be connected to."""
    run_together(server, _placing(new, live, attributes))


def rename(server: Server, database: str, name: str) -> None:
    """Give a database that nobody is connected to another name."""
    server.run(_renaming(database, name))


def comment(database: str, text: str | None) -> Composable:
    """The statement that writes a comment on a database."""
    from psycopg2.sql import SQL, Literal

    return SQL("COMMENT ON DATABASE {} IS {}").format(identifier(database), Literal(text))


def drop(server: Server, database: str) -> None:
    """Drop a database, if there is one, and end whoever is connected to it."""
    server.run(dropping(server, database))


def dropping(server: Server, database: str) -> Composable:
    """The statement that drops a database, if there is one."""
    from psycopg2.sql import SQL

    forced = server.connection.server_version >= FORCE_SINCE
    text = "DROP DATABASE IF EXISTS {}" + (" WITH (FORCE)" if forced else "")
    return SQL(text).format(identifier(database))


def _renaming(database: str, name: str) -> Composable:
    from psycopg2.sql import SQL

    return SQL("ALTER DATABASE {} RENAME TO {}").format(identifier(database), identifier(name))


def _drop_leftovers(server: Server, database: str) -> None:
    """Drop what a killed run made and nobody knows of, or had replaced already.

    And the spares of snapshots that somebody has dropped by other means.
    """
    ours = {making_name(database), replaced_name(database)}
    found = server.rows(_MARKED)
    names = {name for name, *_rest in found}
    for name, text, is_broken, is_locked in found:
        facts = read_mark(text, KIND if is_broken else REPLACED) or {}
        spare = read_mark(text, SPARE) or {}
        is_orphan = spare.get("database") == database and spare["of"] not in names
        is_left = name in ours or facts.get("database") == database or is_orphan
        if is_left and not is_locked:
            drop(server, name)


def _placing(new: str, live: str, attributes: Attributes) -> Iterator[Composable]:
    yield _renaming(new, live)
    yield from opening(attributes, live)


def _check_rights(server: Server) -> None:
    """Raise `CopyRefused` where the role may not make databases, or not of this one."""
    database, address = server.url.database, server.url.address
    ((is_super, may_create, is_owner, owner, role),) = server.rows(_RIGHTS, (database,))
    if not (is_super or may_create):
        raise CopyRefused(
            f"role {role!r} may not create databases on {address}, and a snapshot is one",
            hint=f"Let an administrator run 'ALTER ROLE \"{role}\" CREATEDB', or name another role"
            " in --database-url.",
            role=role,
            address=address,
        )
    if owner is not None and not (is_super or is_owner):
        raise CopyRefused(
            f"role {role!r} may not copy database {database!r}, which belongs to {owner!r}",
            hint=f"Connect as {owner!r}: name that role in --database-url or in [database].",
            role=role,
            owner=owner,
            address=address,
        )


def _wait_for_migration(server: Server, patience: float) -> None:
    """Copying would end the run that migrates the database."""
    deadline = time.monotonic() + patience
    while found := server.rows(_MIGRATING, (server.url.database,)):
        if time.monotonic() >= deadline:
            raise LockBusy(server.url.database, found[0][0], patience)
        time.sleep(PAUSE)
