"""Which of Fides' tables, columns and enum labels a database has, in one round trip.

Fides' schema grew over 398 revisions, and a query may only name what is there. A table is the one
that the search path finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import errors, sql

from fidesdev.adapters.postgres import connect
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    AuthenticationFailed,
    DatabaseUnavailable,
    MissingTable,
    RecordRefused,
)

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

REQUESTS = "privacyrequest"
TABLES = (
    REQUESTS,
    "policy",
    "rule",
    "providedidentity",
    "custom_privacy_request_field",
    "identity_salt",
    "executionlog",
    "auditlog",
    "fidesuser",
)
_COLUMNS = """
SELECT wanted.name, a.attname, format_type(a.atttypid, NULL), a.attnotnull,
       ARRAY(SELECT enumlabel::text FROM pg_enum
              WHERE enumtypid = a.atttypid ORDER BY enumsortorder)
  FROM unnest(%s::text[]) AS wanted (name)
  JOIN pg_attribute AS a ON a.attrelid = to_regclass(quote_ident(wanted.name))
 WHERE a.attnum > 0 AND NOT a.attisdropped
 ORDER BY wanted.name, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `labels` are those of its enum, in the enum's order, else empty."""

    type: str
    not_null: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """The tables that exist, with their columns in order."""

    tables: Mapping[str, Mapping[str, Column]]

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table exists and has the columns."""
        return table in self.tables and set(columns) <= self.tables[table].keys()

    def labels(self, table: str, column: str) -> tuple[str, ...]:
        """The labels of an enum column; empty for any other."""
        found = self.tables.get(table, {}).get(column)
        return found.labels if found else ()


@dataclass(frozen=True, slots=True)
class Tables:
    """Fides' tables as one connection sees them."""

    connection: Connection
    catalog: Catalog

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table exists and has the columns."""
        return self.catalog.has(table, *columns)

    def require(self, table: str, *columns: str) -> None:
        """Raise `MissingTable` unless the table has the columns."""
        if self.has(table, *columns):
            return
        missing = [name for name in columns if not self.has(table, name)]
        lacks = f"no column {missing[0]!r} in table" if self.has(table) else "no table"
        database = self.connection.info.dbname
        raise MissingTable(
            f"database {database!r} has {lacks} {table!r}",
            hint="Create Fides' tables with 'fidesdev db upgrade', or name another database with"
            " --database-url.",
            table=table,
            database=database,
        )

    def select(
        self, table: str, columns: tuple[str, ...], where: tuple[str, object], order: str = "id"
    ) -> list[dict[str, Any]]:
        """The rows with one value in a column; None stands for columns that are not there."""
        chosen = [
            sql.Identifier(name) if self.has(table, name) else sql.SQL("NULL") for name in columns
        ]
        cursor = self.connection.cursor()
        cursor.execute(
            sql.SQL("SELECT {} FROM {} WHERE {} = %s ORDER BY {}, id").format(
                sql.SQL(", ").join(chosen),
                sql.Identifier(table),
                sql.Identifier(where[0]),
                sql.Identifier(order),
            ),
            (where[1],),
        )
        return [dict(zip(columns, map(utc, record), strict=True)) for record in cursor]


@contextmanager
def opened(url: DatabaseUrl, *, autocommit: bool = True) -> Iterator[Tables]:
    """The tables of a database, and failures of its statements as our errors.

    Raises `MissingTable` when it is no database with privacy requests. Without autocommit all is
    one transaction, which the caller commits.
    """
    connection = connect(url, autocommit=autocommit)
    try:
        tables = Tables(connection, _read_catalog(connection))
        tables.require(REQUESTS, "id", "status")
        yield tables
    except psycopg2.Error as error:
        raise _explained(error, connection, url) from error
    finally:
        connection.close()


def utc(value: Any) -> Any:
    """A time in UTC, anything else as it is."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def _read_catalog(connection: Connection) -> Catalog:
    cursor = connection.cursor()
    cursor.execute(_COLUMNS, (list(TABLES),))
    tables: dict[str, dict[str, Column]] = {}
    for table, column, kind, not_null, labels in cursor:
        tables.setdefault(table, {})[column] = Column(kind, not_null, tuple(labels))
    return Catalog(tables)


def _explained(error: psycopg2.Error, connection: Connection, url: DatabaseUrl) -> Exception:
    """The failure of a statement as one of ours; what is our own mistake stays as it is."""
    reason = error.diag.message_primary or str(error).strip()
    if isinstance(error, (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
        return AuthenticationFailed(
            f"user {connection.info.user!r} may not do that in database"
            f" {connection.info.dbname!r}: {reason}",
            hint="Give a role that may: fidesdev --database-url postgresql://... requests list.",
            address=url.address,
        )
    if isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return DatabaseUnavailable(
            f"the database at {url.address} gave up: {reason}",
            hint="Run the command again; 'fidesdev db status' shows whether the server answers.",
            address=url.address,
        )
    if isinstance(error, (psycopg2.IntegrityError, psycopg2.DataError)):
        table = error.diag.table_name or REQUESTS
        return RecordRefused(table, reason, constraint=error.diag.constraint_name)
    return error
