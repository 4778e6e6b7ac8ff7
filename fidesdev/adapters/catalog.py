"""The schema of a database as a value: all that its users made, and nothing of the server's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from fidesdev.core.schema import Catalog, SchemaObject
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

VersionTable = tuple[str, str]
"""Name and schema of a table that does not count; an empty schema means any."""
_SETTINGS = (
    "SELECT set_config('search_path', '', true), set_config('jit', 'off', true),"
    " set_config('quote_all_identifiers', 'off', true), set_config('DateStyle', 'ISO', true);"
)


def read_catalog(
    url: DatabaseUrl, without: Collection[VersionTable] = (), *, whole: bool = False
) -> Catalog:
    """Every object of the users' schemas, without the tables named; of PostgreSQL or SQLite.

    What is of the server, of the journal, of an extension (which is one object) or temporary does
    not count, nor do the positions of columns and the names of NOT NULL constraints, which servers
    before 18 do not keep. `whole` adds owners, large objects and what belongs to the database
    itself: settings, privileges, comment, locale.
    """
    if url.backend == "sqlite":
        from fidesdev.adapters.sqlite_catalog import read_sqlite_catalog

        return read_sqlite_catalog(url.database, without)
    from fidesdev.adapters.postgres import connect

    with reading(url), closing(connect(url, autocommit=True)) as connection:
        return catalog_of(connection, without, whole=whole)


def catalog_of(
    connection: Connection, without: Collection[VersionTable] = (), *, whole: bool = False
) -> Catalog:
    """The same by an open connection, also inside a transaction, which it leaves as it was."""
    from fidesdev.adapters.catalog_queries import catalog_statement

    query = _SETTINGS + catalog_statement(connection.server_version, whole=whole)
    with connection.cursor() as cursor:
        if connection.autocommit:  # one message is one transaction, which the settings end with
            cursor.execute(query)
            rows = cursor.fetchall()
        else:
            cursor.execute(f"SAVEPOINT fidesdev_catalog; {query}")
            rows = cursor.fetchall()
            cursor.execute(
                "ROLLBACK TO SAVEPOINT fidesdev_catalog; RELEASE SAVEPOINT fidesdev_catalog"
            )
    return catalog_objects("postgresql", rows, without)


def catalog_query(backend: str, server_version: int = 0) -> tuple[str, str]:
    """What has to be set in a transaction, if anything, and the query whose rows are a catalog."""
    if backend == "sqlite":
        from fidesdev.adapters.sqlite_catalog import OBJECTS

        return "", OBJECTS
    from fidesdev.adapters.catalog_queries import catalog_statement

    return _SETTINGS, catalog_statement(server_version, whole=False)


def catalog_objects(
    backend: str, rows: Iterable[Sequence[Any]], without: Collection[VersionTable] = ()
) -> Catalog:
    """The catalog that the rows of `catalog_query` are."""
    if backend == "sqlite":
        from fidesdev.adapters.sqlite_catalog import sqlite_objects

        return sqlite_objects(rows, without)
    return Catalog(
        frozenset(
            SchemaObject(kind, name, definition or "")
            for kind, schema, table, name, definition in rows
            if not ((table, schema) in without or (table, "") in without)
        )
    )


@contextmanager
def reading(url: DatabaseUrl) -> Iterator[None]:
    """Raises `DatabaseUnavailable` where PostgreSQL refuses to tell what is read."""
    import psycopg2

    try:
        yield
    except psycopg2.Error as error:
        reason = (error.diag.message_primary or str(error)).strip()
        raise DatabaseUnavailable(
            f"cannot read {url}: {reason}",
            hint="Connect as a role that may read all of it: --database-url;"
            " 'fidesdev db url' shows who you are.",
            address=url.address,
            reason=reason,
        ) from error
