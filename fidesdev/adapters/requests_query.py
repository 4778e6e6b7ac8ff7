"""The SQL that lists requests, built from what a database has; running it is elsewhere.

A list may be long, so the rows of a page are chosen from `privacyrequest` alone, by position and
never by OFFSET, and only those rows are then joined with anything. Rows without a value in the
sorted column come last as a branch of their own: each branch then has one plain order and a plain
lower bound, which an index on that column serves from either end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from psycopg2 import sql

from fidesdev.adapters.request_conditions import conditions
from fidesdev.adapters.requests_catalog import REQUESTS, Catalog, Tables
from fidesdev.core.moments import ANYTIME
from fidesdev.core.request_filters import RequestFilters, Selection

_TIMES = ("requested_at", "due_date", "created_at", "deleted_at")
_TEXTS = ("external_id", "source", "policy_id")
RECORD = ("id", "status", *_TIMES, *_TEXTS, "position", "policy", "actions", "identities")
"""What a row of `list_query` holds, in order; `position` is its value in the sorted column."""
LARGE = 100_000
"""Rows from which on the choice of an index matters."""
_INDEXED = """
SELECT ARRAY(SELECT attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
               JOIN pg_attribute ON attrelid = i.indrelid AND attnum = number ORDER BY place)
  FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
 WHERE i.indrelid = to_regclass(%s) AND i.indisvalid AND i.indpred IS NULL AND t.reltuples >= %s
"""
_MERGED = """
(WITH RECURSIVE policies AS (
   (SELECT policy_id FROM privacyrequest WHERE policy_id IS NOT NULL ORDER BY policy_id LIMIT 1)
   UNION ALL
   SELECT (SELECT n.policy_id FROM privacyrequest AS n WHERE n.policy_id > p.policy_id
            ORDER BY n.policy_id LIMIT 1)
     FROM policies AS p WHERE p.policy_id IS NOT NULL)
 SELECT found.* FROM policies AS p CROSS JOIN LATERAL (
   SELECT * FROM privacyrequest AS r
    WHERE r.policy_id = p.policy_id AND {where} ORDER BY {order}{end}) AS found
 UNION ALL
 (SELECT * FROM privacyrequest AS r WHERE r.policy_id IS NULL AND {where} ORDER BY {order}{end}))
"""


def list_query(
    catalog: Catalog, selection: Selection, *, limit: int | None, by_policy: bool = False
) -> sql.Composed:
    """The statement whose rows are `RECORD`s; `limit` None means every row that matches.

    With `by_policy` the newest of each policy are taken from an index and merged.
    """
    filters = selection.filters
    chosen = [
        sql.SQL("r.id, r.status::text AS status"),
        *(_column_or_null(catalog, name, "timestamptz") for name in _TIMES),
        *(_column_or_null(catalog, name, "text") for name in _TEXTS),
        sql.SQL("r.{} AS position").format(sql.Identifier(filters.sort.field)),
    ]
    end = sql.SQL("" if limit is None else " LIMIT {}").format(sql.Literal(limit))
    chosen_by = list(conditions(catalog, selection))
    branches: list[sql.Composable] = []
    for position, order in _branches(catalog, filters):
        rest = sql.SQL("WHERE {} ORDER BY {}{}").format(
            sql.SQL(" AND ").join([*chosen_by, *position]), order, end
        )
        source: sql.Composable = sql.Identifier(REQUESTS)
        if by_policy and not branches:
            source = _merged(chosen_by, position, order, end)
        branches.append(
            sql.SQL("(SELECT {} FROM {} AS r {})").format(sql.SQL(", ").join(chosen), source, rest)
        )
    return sql.SQL("SELECT page.*, {}, {}, {} FROM ({}{}) AS page").format(
        _policy_key(catalog),
        _actions(catalog),
        _identity_kinds(catalog),
        sql.SQL(" UNION ALL ").join(branches),
        end if len(branches) > 1 else sql.SQL(""),
    )


def pages_by_policy(tables: Tables, filters: RequestFilters) -> bool:
    """Whether a page is best merged from the pages of each policy.

    Fides has no index on `created_at`, and one on `policy_id, created_at`: a page that is sorted
    so, and leaves out little, would otherwise read the whole table.
    """
    plain = replace(filters, created=ANYTIME)
    if filters.sort.field != "created_at" or not plain.is_everything:
        return False
    cursor = tables.connection.cursor()
    cursor.execute(_INDEXED, (REQUESTS, LARGE))
    leading = [columns for (columns,) in cursor]
    by_time = any(columns[:1] == ["created_at"] for columns in leading)
    return ["policy_id", "created_at"] in [columns[:2] for columns in leading] and not by_time


def _column_or_null(catalog: Catalog, name: str, kind: str) -> sql.Composed:
    if catalog.has(REQUESTS, name):
        return sql.SQL("r.{}").format(sql.Identifier(name))
    return sql.SQL("NULL::{} AS {}").format(sql.SQL(kind), sql.Identifier(name))


def _branches(
    catalog: Catalog, filters: RequestFilters
) -> Iterator[tuple[list[sql.Composable], sql.Composable]]:
    """Conditions and order of the rows with a value, then of those without one."""
    sort, after = filters.sort, filters.after
    nullable = not catalog.tables[REQUESTS][sort.field].not_null
    column = sql.SQL("r.{}").format(sql.Identifier(sort.field))
    direction = sql.SQL("DESC" if sort.descending else "ASC")
    if after is None or after.value is not None:
        some: list[sql.Composable] = [sql.SQL("{} IS NOT NULL").format(column)]
        yield (
            some + list(_behind(filters, column)),
            sql.SQL("{} {}, r.id").format(column, direction),
        )
    if nullable:
        none: list[sql.Composable] = [sql.SQL("{} IS NULL").format(column)]
        if after is not None and after.value is None:
            none.append(sql.SQL("r.id > {}").format(sql.Literal(after.id)))
        yield none, sql.SQL("r.id")


def _merged(
    chosen_by: list[sql.Composable],
    position: list[sql.Composable],
    order: sql.Composable,
    end: sql.Composable,
) -> sql.Composed:
    """As many rows of each policy, and of none, as may be on the page."""
    where = sql.SQL(" AND ").join([*chosen_by, *position])
    return sql.SQL(_MERGED).format(where=where, order=order, end=end)


def _behind(filters: RequestFilters, column: sql.Composable) -> Iterator[sql.Composable]:
    """What the rows behind the cursor fulfil; the first condition is the bound for an index."""
    if filters.after is None:
        return
    beyond = sql.SQL("<" if filters.sort.descending else ">")
    value, row_id = sql.Literal(filters.after.value), sql.Literal(filters.after.id)
    if filters.sort.field == "id":
        yield sql.SQL("{} {} {}").format(column, beyond, row_id)
        return
    yield sql.SQL("{} {}= {}").format(column, beyond, value)
    yield sql.SQL("({} {} {} OR r.id > {})").format(column, beyond, value, row_id)


def _policy_key(catalog: Catalog) -> sql.SQL:
    if not (catalog.has("policy", "id", "key") and catalog.has(REQUESTS, "policy_id")):
        return sql.SQL("NULL")
    return sql.SQL("(SELECT p.key FROM policy AS p WHERE p.id = page.policy_id)")


def _actions(catalog: Catalog) -> sql.SQL:
    if not (catalog.has("rule", "policy_id", "action_type") and catalog.has(REQUESTS, "policy_id")):
        return sql.SQL("ARRAY[]::text[]")
    return sql.SQL(
        "ARRAY(SELECT DISTINCT u.action_type::text FROM rule AS u"
        " WHERE u.policy_id = page.policy_id ORDER BY 1)"
    )


def _identity_kinds(catalog: Catalog) -> sql.SQL:
    if not catalog.has("providedidentity", "privacy_request_id", "field_name"):
        return sql.SQL("ARRAY[]::text[]")
    return sql.SQL(
        "ARRAY(SELECT DISTINCT i.field_name::text FROM providedidentity AS i"
        " WHERE i.privacy_request_id = page.id ORDER BY 1)"
    )
