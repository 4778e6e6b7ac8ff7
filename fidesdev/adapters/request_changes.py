"""Privacy requests changed as Fides changes them: one statement, whatever their number.

The audit log is written by the same statement, from the rows that were really changed. Nothing is
committed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg2 import sql

from fidesdev.adapters.request_conditions import one_of, where
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.core.request_filters import Selection
from fidesdev.core.request_review import LISTED, SHOWN, Matched, Review, Transition, Verb

AUDIT = "auditlog"
FIELDS = "custom_privacy_request_field"
_AUDITED = """
WITH changed AS ({} RETURNING r.id)
INSERT INTO auditlog ({}) SELECT {} FROM changed
"""


def look(tables: Tables, selection: Selection, transition: Transition) -> Matched:
    """What the selection holds now, and what of it may not be changed."""
    chosen, refused = where(tables.catalog, selection), _refused(tables, transition)
    query = sql.SQL(
        "SELECT r.status::text, count(*), count(*) FILTER (WHERE {}) FROM privacyrequest AS r"
        " WHERE {} GROUP BY 1 ORDER BY 1"
    ).format(refused, chosen)
    before = _rows(tables, query)
    offending = sum(count for _status, _all, count in before)
    offenders = _offenders(tables, chosen, refused) if offending else []
    first = sql.SQL("SELECT r.id FROM privacyrequest AS r WHERE {} ORDER BY r.id LIMIT {}")
    ids = _rows(tables, first.format(chosen, sql.Literal(LISTED)))
    return Matched(
        count=sum(count for _status, count, _refused in before),
        before={status: count for status, count, _refused in before},
        ids=tuple(row_id for (row_id,) in ids),
        offenders=tuple(
            (row_id, "is deleted" if gone and not transition.deleted_too else f"is {status}")
            for row_id, status, gone in offenders
        ),
        refused=offending,
    )


def _offenders(
    tables: Tables, chosen: sql.Composable, refused: sql.Composable
) -> list[tuple[Any, ...]]:
    """The first that may not be changed: id, status, and whether it is deleted."""
    query = sql.SQL(
        "SELECT r.id, r.status::text, {} FROM privacyrequest AS r WHERE {} AND {}"
        " ORDER BY r.id LIMIT {}"
    )
    return _rows(tables, query.format(_deleted(tables), chosen, refused, sql.Literal(SHOWN)))


def review(
    tables: Tables, selection: Selection, wanted: Review, user_id: str | None
) -> tuple[int, int]:
    """How many requests were changed, and how many entries the audit log got."""
    transition = wanted.transition
    label = transition.audited
    changes = sql.SQL("{} WHERE {} AND NOT ({})").format(
        _assigned(_values(tables, selection.now, wanted, user_id)),
        where(tables.catalog, selection),
        _refused(tables, transition),
    )
    if not label or label not in tables.catalog.labels(AUDIT, "action"):
        return _run(tables, changes), 0
    entry = {
        "id": sql.SQL("'aud_' || gen_random_uuid()"),
        "user_id": sql.Literal(user_id),
        "privacy_request_id": sql.SQL("changed.id"),
        "action": sql.Literal(label),
        "message": sql.Literal(wanted.reason),
    }
    present = {name: value for name, value in entry.items() if tables.has(AUDIT, name)}
    count = _run(
        tables,
        sql.SQL(_AUDITED).format(
            changes,
            sql.SQL(", ").join(map(sql.Identifier, present)),
            sql.SQL(", ").join(present.values()),
        ),
    )
    return count, count


def update(tables: Tables, selection: Selection, values: Mapping[str, sql.Composable]) -> int:
    """How many requests got the values."""
    stamped = {**values, **_now(tables, selection.now, "updated_at")}
    chosen = where(tables.catalog, selection)
    return _run(tables, sql.SQL("{} WHERE {}").format(_assigned(stamped), chosen))


def remove(tables: Tables, selection: Selection) -> int:
    """How many requests were removed, with what the database removes along with them."""
    chosen = where(tables.catalog, selection)
    return _run(tables, sql.SQL("DELETE FROM privacyrequest AS r WHERE {}").format(chosen))


def _values(
    tables: Tables, now: datetime, wanted: Review, user_id: str | None
) -> dict[str, sql.Composable]:
    """Column -> its new value; columns that the database lacks are left out."""
    by = sql.Literal(user_id)
    values: dict[str, sql.Composable] = _now(tables, now, "updated_at")
    if wanted.transition.status:
        values["status"] = sql.Literal(wanted.transition.status)
    if wanted.verb in {Verb.APPROVE, Verb.DENY}:
        values |= {**_now(tables, now, "reviewed_at"), "reviewed_by": by}
    if wanted.verb is Verb.APPROVE and tables.has(FIELDS, "privacy_request_id"):
        given = sql.SQL(f"EXISTS (SELECT FROM {FIELDS} AS f WHERE f.privacy_request_id = r.id)")
        for column, value in (("at", sql.Literal(now)), ("by", by)):
            name = f"custom_privacy_request_fields_approved_{column}"
            values[name] = sql.SQL("CASE WHEN {} THEN {} ELSE r.{} END").format(
                given, value, sql.Identifier(name)
            )
    if wanted.verb is Verb.CANCEL:
        values |= {
            **_now(tables, now, "canceled_at"),
            "cancel_reason": sql.Literal(wanted.reason),
        }
    if wanted.verb is Verb.DELETE:
        values |= {**_now(tables, now, "deleted_at"), "deleted_by": by}
    return {name: value for name, value in values.items() if tables.has(REQUESTS, name)}


def _now(tables: Tables, now: datetime, column: str) -> dict[str, sql.Composable]:
    return {column: sql.Literal(now)} if tables.has(REQUESTS, column) else {}


def _assigned(values: Mapping[str, sql.Composable]) -> sql.Composed:
    pairs = (
        sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in values.items()
    )
    return sql.SQL("UPDATE privacyrequest AS r SET {}").format(sql.SQL(", ").join(pairs))


def _refused(tables: Tables, transition: Transition) -> sql.Composable:
    """Whether a row may not be changed; never null."""
    reasons: list[sql.Composable] = []
    if transition.allowed is not None:
        labels = tables.catalog.labels(REQUESTS, "status") or tuple(transition.allowed)
        known = sorted(transition.allowed & set(labels))
        allowed = one_of("status", known) if known else sql.SQL("false")
        reasons.append(sql.SQL("NOT ({})").format(allowed))
    if not transition.deleted_too:
        reasons.append(_deleted(tables))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(reasons or [sql.SQL("false")]))


def _deleted(tables: Tables) -> sql.SQL:
    return sql.SQL("r.deleted_at IS NOT NULL" if tables.has(REQUESTS, "deleted_at") else "false")


def _rows(tables: Tables, query: sql.Composable) -> list[tuple[Any, ...]]:
    cursor = tables.connection.cursor()
    cursor.execute(query)
    return cursor.fetchall()


def _run(tables: Tables, statement: sql.Composable) -> int:
    cursor = tables.connection.cursor()
    cursor.execute(statement)
    return cursor.rowcount
