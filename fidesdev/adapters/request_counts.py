"""Requests counted by one thing: exactly where that is cheap, else from a sample of the table.

The planner says what is cheap: it knows which index serves a filter, and how large the table is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

from fidesdev.adapters.request_conditions import overdue, where
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.core.request_filters import Selection
from fidesdev.core.request_reports import By, Count

COSTLY = 150_000
"""The planner's cost above which a count is estimated: a few million rows, about a second."""
SAMPLED = 500_000
"""How many rows an estimate looks at."""
_KEYS = {
    By.STATUS: "r.status::text",
    By.DAY: "(r.created_at AT TIME ZONE 'UTC')::date::text",
    By.POLICY: "r.policy_id",
    By.ACTION: "r.policy_id",
}
_NAMES = {
    By.STATUS: "SELECT c.name, c.n, c.late FROM counted AS c ORDER BY c.n DESC, c.name",
    By.DAY: "SELECT c.name, c.n, c.late FROM counted AS c ORDER BY c.name",
    By.POLICY: "SELECT coalesce(p.key, c.name), c.n, c.late FROM counted AS c"
    " LEFT JOIN policy AS p ON p.id = c.name ORDER BY c.n DESC, 1",
    By.ACTION: "SELECT u.action_type::text, sum(c.n)::bigint, sum(c.late)::bigint"
    " FROM counted AS c LEFT JOIN (SELECT DISTINCT policy_id, action_type FROM rule) AS u"
    " ON u.policy_id = c.name GROUP BY 1 ORDER BY 2 DESC, 1",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts, and from how much of the table they come."""

    counts: tuple[Count, ...]
    total: int
    sample: float | None
    """Per cent; None: all of it."""


def count_requests(tables: Tables, selection: Selection, by: By, *, exact: bool) -> Counted:
    """The selected requests by status, day, policy or action."""
    grouped = _grouped(tables, selection, by, None)
    sample = None if exact else _sample(tables, grouped)
    if sample is not None:
        grouped = _grouped(tables, selection, by, sample)
    factor = 1 if sample is None else 100 / sample
    query = sql.SQL(
        "WITH counted AS ({}) {}, (SELECT sum(n) FROM counted)::bigint AS total FROM {}"
    )
    names = _NAMES[by]
    chosen, _, rest = names.partition(" FROM ")
    cursor = tables.connection.cursor()
    cursor.execute(query.format(grouped, sql.SQL(chosen), sql.SQL(rest)))
    rows = cursor.fetchall()
    counts = tuple(
        Count(name, round(n * factor), None if late is None else round(late * factor))
        for name, n, late, _total in rows
    )
    return Counted(counts, round(rows[0][-1] * factor) if rows else 0, sample)


def _grouped(tables: Tables, selection: Selection, by: By, sample: float | None) -> sql.Composed:
    late: sql.Composable = sql.SQL("NULL::bigint")
    if tables.has(REQUESTS, "due_date"):
        late = sql.SQL("count(*) FILTER (WHERE {})").format(overdue(tables.catalog, selection))
    part: sql.Composable = sql.SQL("")
    if sample is not None:
        part = sql.SQL(" TABLESAMPLE SYSTEM ({}) REPEATABLE (0)").format(sql.Literal(sample))
    return sql.SQL(
        "SELECT {} AS name, count(*) AS n, {} AS late FROM privacyrequest AS r{} WHERE {}"
        " GROUP BY 1"
    ).format(sql.SQL(_KEYS[by]), late, part, where(tables.catalog, selection))


def _sample(tables: Tables, query: sql.Composed) -> float | None:
    """The per cent of the table to look at; None when counting all is cheap."""
    cursor = tables.connection.cursor()
    cursor.execute(sql.SQL("EXPLAIN (FORMAT JSON) {}").format(query))
    plan: Any = cursor.fetchall()[0][0]
    (found,) = json.loads(plan) if isinstance(plan, str) else plan
    if found["Plan"]["Total Cost"] < COSTLY:
        return None
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", (REQUESTS,))
    ((rows,),) = cursor.fetchall()
    return round(100 * SAMPLED / rows, 3) if rows > SAMPLED else None
