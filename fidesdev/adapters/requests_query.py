"""The SQL that lists requests, built from what a database has; running it is elsewhere.

A list may be long, so the rows of a page are chosen from `privacyrequest` alone, by position and
never by OFFSET, and only those rows are then joined with anything. Rows without a value in the
sorted column come last as a branch of their own: each branch then has one plain order and a plain
lower bound, which an index on that column serves from either end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from psycopg2 import sql

from fidesdev.adapters.requests_catalog import REQUESTS, Catalog
from fidesdev.core.request_filters import Include, RequestFilters
from fidesdev.core.requests import ACTIVE_STATUSES

_TIMES = ("requested_at", "due_date", "created_at", "deleted_at")
_TEXTS = ("external_id", "source", "policy_id")
RECORD = ("id", "status", *_TIMES, *_TEXTS, "position", "policy", "actions", "identities")
"""What a row of `list_query` holds, in order; `position` is its value in the sorted column."""
_SOURCES = (Include.DATASET_TEST, Include.CONSENT_WEBHOOK)


def needed(filters: RequestFilters) -> Iterator[tuple[str, str]]:
    """Every table and column that the filters speak of."""
    yield REQUESTS, filters.sort.field
    if filters.since or filters.until:
        yield REQUESTS, "created_at"
    if filters.policy or filters.action:
        yield from ((REQUESTS, "policy_id"), ("policy", "key"))
    if filters.action:
        yield "rule", "action_type"
    if filters.overdue:
        yield REQUESTS, "due_date"


def list_query(
    catalog: Catalog,
    filters: RequestFilters,
    *,
    policy_id: str | None,
    now: datetime,
    limit: int | None,
) -> sql.Composed:
    """The statement whose rows are `RECORD`s; `limit` None means every row that matches."""
    chosen = [
        sql.SQL("r.id, r.status::text AS status"),
        *(_column_or_null(catalog, name, "timestamptz") for name in _TIMES),
        *(_column_or_null(catalog, name, "text") for name in _TEXTS),
        sql.SQL("r.{} AS position").format(sql.Identifier(filters.sort.field)),
    ]
    end = sql.SQL("" if limit is None else " LIMIT {}").format(sql.Literal(limit))
    conditions = list(_conditions(catalog, filters, policy_id, now))
    branches = [
        sql.SQL("(SELECT {} FROM privacyrequest AS r WHERE {} ORDER BY {}{})").format(
            sql.SQL(", ").join(chosen),
            sql.SQL(" AND ").join([*conditions, *position]),
            order,
            end,
        )
        for position, order in _branches(catalog, filters)
    ]
    return sql.SQL("SELECT page.*, {}, {}, {} FROM ({}{}) AS page").format(
        _policy_key(catalog),
        _actions(catalog),
        _identity_kinds(catalog),
        sql.SQL(" UNION ALL ").join(branches),
        end if len(branches) > 1 else sql.SQL(""),
    )


def like_prefix(text: str) -> str:
    """A LIKE pattern for texts that begin so, the text taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _column_or_null(catalog: Catalog, name: str, kind: str) -> sql.Composed:
    if catalog.has(REQUESTS, name):
        return sql.SQL("r.{}").format(sql.Identifier(name))
    return sql.SQL("NULL::{} AS {}").format(sql.SQL(kind), sql.Identifier(name))


def _conditions(
    catalog: Catalog, filters: RequestFilters, policy_id: str | None, now: datetime
) -> Iterator[sql.Composable]:
    """What every row must fulfil, wherever it stands in the order."""
    if filters.statuses:
        yield _one_of("status", sorted(filters.statuses))
    if policy_id:
        yield sql.SQL("r.policy_id = {}").format(sql.Literal(policy_id))
    if filters.action:
        yield sql.SQL("r.policy_id IN (SELECT policy_id FROM rule WHERE action_type = {})").format(
            sql.Literal(filters.action)
        )
    if filters.search:
        yield _begins_with(catalog, filters.search)
    if filters.overdue:
        yield _overdue(catalog, now)
    yield from _period(filters)
    yield from _ordinary(catalog, filters)


def _period(filters: RequestFilters) -> Iterator[sql.Composable]:
    if filters.since:
        yield sql.SQL("r.created_at >= {}").format(sql.Literal(filters.since))
    if filters.until:
        yield sql.SQL("r.created_at < {}").format(sql.Literal(filters.until))


def _one_of(column: str, values: list[str]) -> sql.Composed:
    """Literals without a type, so that they become the column's enum."""
    return sql.SQL("r.{} IN ({})").format(
        sql.Identifier(column), sql.SQL(", ").join(map(sql.Literal, values))
    )


def _begins_with(catalog: Catalog, text: str) -> sql.Composed:
    pattern = sql.Literal(like_prefix(text))
    if not catalog.has(REQUESTS, "external_id"):
        return sql.SQL("r.id ILIKE {}").format(pattern)
    return sql.SQL("(r.id ILIKE {} OR r.external_id ILIKE {})").format(pattern, pattern)


def _overdue(catalog: Catalog, now: datetime) -> sql.Composed:
    labels = catalog.labels(REQUESTS, "status")
    active = sorted(ACTIVE_STATUSES & set(labels)) if labels else sorted(ACTIVE_STATUSES)
    return sql.SQL("r.due_date < {} AND {}").format(sql.Literal(now), _one_of("status", active))


def _ordinary(catalog: Catalog, filters: RequestFilters) -> Iterator[sql.Composable]:
    """Fides' own exclusions, as far as this database can tell and nobody asked otherwise."""
    if Include.DELETED not in filters.include and catalog.has(REQUESTS, "deleted_at"):
        yield sql.SQL("r.deleted_at IS NULL")
    left_out = [str(source) for source in _SOURCES if source not in filters.include]
    if left_out and catalog.has(REQUESTS, "source"):
        yield sql.SQL("(r.source IS NULL OR r.source::text NOT IN ({}))").format(
            sql.SQL(", ").join(map(sql.Literal, left_out))
        )


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
