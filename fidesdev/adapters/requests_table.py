"""Privacy requests read from a database, a page at a time or streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from psycopg2 import sql

from fidesdev.adapters.requests_catalog import REQUESTS, Catalog, Tables, utc
from fidesdev.adapters.requests_query import RECORD
from fidesdev.core.request_filters import Cursor, Sort
from fidesdev.core.requests import RequestRow, days_left, is_overdue
from fidesdev.core.texts import nearest
from fidesdev.errors import UnknownRecord

FETCHED_AT_ONCE = 1000
_FIELD_SOURCES = {
    "policy": ("policy", "key"),
    "actions": ("rule", "action_type"),
    "identities": ("providedidentity", "field_name"),
    "days_left": (REQUESTS, "due_date"),
    "overdue": (REQUESTS, "due_date"),
}


def fields_of(catalog: Catalog) -> tuple[str, ...]:
    """The fields of `RequestRow` that the database can fill without the key."""
    names = [field.name for field in fields(RequestRow) if field.name != "identity_values"]
    sources = {name: _FIELD_SOURCES.get(name, (REQUESTS, name)) for name in names}
    return tuple(name for name, (table, column) in sources.items() if catalog.has(table, column))


def find_policy(tables: Tables, key: str) -> str:
    """The id of the policy; raises `UnknownRecord` with the nearest keys."""
    cursor = tables.connection.cursor()
    cursor.execute("SELECT key, id FROM policy ORDER BY key")
    ids = dict(cursor.fetchall())
    if key in ids:
        return str(ids[key])
    near = nearest(key, ids)
    meant = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    keys = f"The policies here: {', '.join(ids)}." if ids else "There is no policy at all."
    raise UnknownRecord(
        f"no policy has the key {key!r}", hint=meant + keys, key=key, nearest=list(near)
    )


def find_user(tables: Tables, text: str) -> str:
    """The id of Fides' user with the name or id; raises `UnknownRecord` with the nearest names."""
    tables.require("fidesuser", "id", "username")
    cursor = tables.connection.cursor()
    cursor.execute("SELECT username::text, id FROM fidesuser ORDER BY 1")
    ids = dict(cursor.fetchall())
    if text in ids or text in ids.values():
        return str(ids.get(text, text))
    near = nearest(text, filter(None, ids))
    meant = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    raise UnknownRecord(
        f"no user is called {text!r}",
        hint=f"{meant}Name a user by name or id, or leave out '--as'.",
        user=text,
        nearest=list(near),
    )


def has_source(tables: Tables, source: str) -> bool:
    """Whether any request comes from there."""
    cursor = tables.connection.cursor()
    cursor.execute("SELECT EXISTS (SELECT FROM privacyrequest WHERE source::text = %s)", (source,))
    return bool(cursor.fetchone()[0])  # type: ignore[index] # EXISTS has one row


def read_page(
    tables: Tables, query: sql.Composed, *, sort: Sort, limit: int, now: datetime
) -> tuple[tuple[RequestRow, ...], Cursor | None]:
    """At most `limit` rows of a query for one more than that, and the cursor if there was one."""
    cursor = tables.connection.cursor()
    cursor.execute(query)
    records = cursor.fetchall()
    rows = tuple(_row(record, now) for record in records[:limit])
    if len(records) <= limit:
        return rows, None
    position = records[limit - 1][RECORD.index("position")]
    return rows, Cursor(sort, utc(position), rows[-1].id)


def stream_rows(tables: Tables, query: sql.Composed, *, now: datetime) -> Iterator[RequestRow]:
    """Every row of the query, held by the server and fetched in portions."""
    with tables.connection.cursor(name="fidesdev_requests") as cursor:
        cursor.itersize = FETCHED_AT_ONCE
        cursor.execute(query)
        for record in cursor:
            yield _row(record, now)


def _row(record: tuple[Any, ...], now: datetime) -> RequestRow:
    values = {name: utc(value) for name, value in zip(RECORD, record, strict=True)}
    status, due = values["status"], values["due_date"]
    return RequestRow(
        id=values["id"],
        external_id=values["external_id"],
        status=status,
        policy=values["policy"],
        actions=tuple(values["actions"]),
        requested_at=values["requested_at"],
        due_date=due,
        days_left=days_left(due, now),
        overdue=is_overdue(status, due, now),
        identities=tuple(values["identities"]),
        source=values["source"],
        created_at=values["created_at"],
        deleted_at=values["deleted_at"],
    )
