"""Everything a database holds about one request, without what is secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from psycopg2 import sql

from fidesdev.adapters.request_conditions import like_prefix
from fidesdev.adapters.requests_catalog import REQUESTS, Tables, utc
from fidesdev.core.request_review import SHOWN
from fidesdev.core.requests import (
    ENCRYPTED,
    WITHHELD,
    Execution,
    GivenField,
    PolicySummary,
    RuleSummary,
    TimelineEntry,
)
from fidesdev.errors import AmbiguousRecord, UnknownRecord

_CANDIDATES = 5
_MOMENTS = {
    "requested_at": ("requested", None),
    "identity_verified_at": ("identity verified", None),
    "reviewed_at": ("reviewed", "reviewed_by"),
    "custom_privacy_request_fields_approved_at": (
        "custom fields approved",
        "custom_privacy_request_fields_approved_by",
    ),
    "started_processing_at": ("started processing", None),
    "paused_at": ("paused", None),
    "awaiting_email_send_at": ("waiting for e-mails", None),
    "canceled_at": ("canceled", None),
    "finished_processing_at": ("finished processing", None),
    "finalized_at": ("finalized", "finalized_by"),
    "deleted_at": ("deleted", "deleted_by"),
}
"""Columns that say when something happened, in words, and the column that says by whom."""


def find_request(tables: Tables, text: str) -> str:
    """The id of the one request that has the id or begins so.

    Raises `UnknownRecord` or `AmbiguousRecord` with candidates.
    """
    cursor = tables.connection.cursor()
    cursor.execute("SELECT id FROM privacyrequest WHERE id = %s", (text,))
    if cursor.fetchone():
        return text
    cursor.execute(
        "SELECT id FROM privacyrequest WHERE id LIKE %s ORDER BY id LIMIT %s",
        (like_prefix(text), _CANDIDATES + 1),
    )
    found = [row_id for (row_id,) in cursor]
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise _unknown(text)
    shown, more = found[:_CANDIDATES], " and more" if len(found) > _CANDIDATES else ""
    raise AmbiguousRecord(
        f"{text!r} is the beginning of several request ids",
        hint=f"Name one of them: {', '.join(shown)}{more}.",
        text=text,
        candidates=shown,
    )


def find_requests(tables: Tables, texts: Iterable[str]) -> tuple[str, ...]:
    """The ids of the requests that have these ids or begin so, each once.

    Raises `UnknownRecord` naming all that are unknown, or `AmbiguousRecord`.
    """
    wanted = list(texts)
    cursor = tables.connection.cursor()
    cursor.execute("SELECT id FROM privacyrequest WHERE id = ANY(%s)", (wanted,))
    exact = {row_id for (row_id,) in cursor}
    found, unknown = dict[str, None](), list[str]()
    for text in wanted:
        try:
            found[text if text in exact else find_request(tables, text)] = None
        except UnknownRecord:
            unknown.append(text)
    if len(unknown) == 1:
        raise _unknown(unknown[0])
    if unknown:
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        raise UnknownRecord(
            f"{len(unknown)} ids are of no request: {', '.join(unknown[:SHOWN])}{more}",
            hint="See the ids with 'fidesdev requests list --include all'.",
            text=unknown[0],
            unknown=unknown,
        )
    return tuple(found)


def read_request(tables: Tables, row_id: str) -> dict[str, object]:
    """Every column of the request, in the table's order, secrets as `***`."""
    columns = tables.catalog.tables[REQUESTS]
    secret = {name for name, column in columns.items() if column.type == "bytea"} | ENCRYPTED
    chosen = [
        sql.SQL("{0} IS NOT NULL AS {0}" if name in secret else "{}").format(sql.Identifier(name))
        for name in columns
    ]
    cursor = tables.connection.cursor()
    cursor.execute(
        sql.SQL("SELECT {} FROM privacyrequest WHERE id = %s").format(sql.SQL(", ").join(chosen)),
        (row_id,),
    )
    record = cursor.fetchone()
    if record is None:
        raise _unknown(row_id)
    return {
        name: (WITHHELD if value else None) if name in secret else _plain(value)
        for name, value in zip(columns, record, strict=True)
    }


def read_policy(
    tables: Tables, policy_id: object
) -> tuple[PolicySummary | None, tuple[RuleSummary, ...]]:
    """The policy and its rules; None where the database has neither."""
    if policy_id is None or not tables.has("policy", "id", "key"):
        return None, ()
    wanted = ("key", "name", "execution_timeframe")
    found = tables.select("policy", wanted, ("id", policy_id))
    if not found:
        return None, ()
    rules = []
    if tables.has("rule", "policy_id", "action_type"):
        rules = tables.select(
            "rule", ("key", "name", "action_type"), ("policy_id", policy_id), order="key"
        )
    return PolicySummary(**found[0]), tuple(
        RuleSummary(rule["key"], rule["name"], rule["action_type"]) for rule in rules
    )


def read_masked(tables: Tables, table: str, row_id: str) -> tuple[GivenField, ...]:
    """Which identities or custom fields were given; their values stay where they are."""
    if not tables.has(table, "privacy_request_id", "field_name"):
        return ()
    wanted, where = ("field_name", "field_label"), ("privacy_request_id", row_id)
    found = tables.select(table, wanted, where, order="field_name")
    return tuple(GivenField(row["field_name"], row["field_label"]) for row in found)


def read_executions(tables: Tables, row_id: str) -> tuple[Execution, ...]:
    """The newest entry of the execution log for each collection and action, oldest first."""
    if not tables.has("executionlog", "privacy_request_id", "status", "action_type"):
        return ()
    names = ("connection_key", "dataset_name", "collection_name", "action_type")
    columns = (*names, "status", "updated_at", "message")
    where = ("privacy_request_id", row_id)
    entries: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for entry in tables.select("executionlog", columns, where, order="updated_at"):
        entries.setdefault(tuple(entry[name] for name in names), []).append(entry)
    return tuple(_execution(found[-1], len(found)) for found in entries.values())


def read_timeline(tables: Tables, request: dict[str, object]) -> tuple[TimelineEntry, ...]:
    """What happened and by whom, oldest first: the request's own times and the audit log."""
    entries = [
        TimelineEntry(moment, event, _text(request.get(by or "")), None)
        for column, (event, by) in _MOMENTS.items()
        if isinstance(moment := request.get(column), datetime)
    ]
    if tables.has("auditlog", "privacy_request_id", "action"):
        wanted = ("created_at", "action", "user_id", "message")
        where = ("privacy_request_id", request["id"])
        entries += [
            TimelineEntry(row["created_at"], row["action"], row["user_id"], row["message"])
            for row in tables.select("auditlog", wanted, where)
            if row["created_at"]
        ]
    return tuple(_named(tables, sorted(entries, key=lambda entry: entry.at)))


def _unknown(text: str) -> UnknownRecord:
    return UnknownRecord(
        f"no request has an id that begins with {text!r}",
        hint="Find it with 'fidesdev requests list --include all --search TEXT'.",
        text=text,
    )


def _execution(newest: dict[str, Any], entries: int) -> Execution:
    return Execution(
        connection=newest["connection_key"],
        dataset=newest["dataset_name"],
        collection=newest["collection_name"],
        action=newest["action_type"],
        status=newest["status"],
        entries=entries,
        at=newest["updated_at"],
        message=newest["message"],
    )


def _named(tables: Tables, entries: list[TimelineEntry]) -> Iterator[TimelineEntry]:
    """The entries with user names instead of ids, as far as the users are still there."""
    ids = sorted({entry.by for entry in entries if entry.by})
    names: dict[str, str] = {}
    if ids and tables.has("fidesuser", "username"):
        cursor = tables.connection.cursor()
        cursor.execute("SELECT id, username::text FROM fidesuser WHERE id = ANY(%s)", (ids,))
        names = {user: name for user, name in cursor if name}
    for entry in entries:
        by = names.get(entry.by, entry.by) if entry.by else None
        yield TimelineEntry(entry.at, entry.event, by, entry.message)


def _plain(value: object) -> object:
    """A value that JSON can show."""
    value = utc(value)
    if value is None or isinstance(value, (bool, int, float, str, datetime, list, dict)):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
