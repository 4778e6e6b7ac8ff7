"""Which requests a selection means, as SQL over `privacyrequest AS r`.

A condition may only name columns that the database has; `needed` says which ones a filter needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg2 import sql

from fidesdev.adapters.requests_catalog import REQUESTS, Catalog
from fidesdev.core.moments import Period
from fidesdev.core.request_filters import Include, RequestFilters, Selection
from fidesdev.core.requests import ACTIVE_STATUSES

COMPLETE = "complete"
_SOURCES = (Include.DATASET_TEST, Include.CONSENT_WEBHOOK)


def needed(filters: RequestFilters) -> Iterator[tuple[str, str]]:
    """Every table and column that the filters speak of."""
    yield REQUESTS, filters.sort.field
    wanted = {
        "created_at": filters.created,
        "started_processing_at": filters.started,
        "finished_processing_at": filters.completed,
        "external_id": filters.external_id,
        "location": filters.location,
        "source": filters.source,
        "due_date": filters.overdue,
        "policy_id": filters.policy or filters.action,
    }
    yield from ((REQUESTS, column) for column, asked in wanted.items() if asked)
    if filters.policy or filters.action:
        yield "policy", "key"
    if filters.action:
        yield "rule", "action_type"
    if filters.identities:
        yield from (("providedidentity", name) for name in ("privacy_request_id", "field_name"))


def where(catalog: Catalog, selection: Selection) -> sql.Composed:
    """What a request must fulfil to be selected; never empty."""
    found = list(conditions(catalog, selection))
    return sql.SQL(" AND ").join(found or [sql.SQL("true")])


def conditions(catalog: Catalog, selection: Selection) -> Iterator[sql.Composable]:
    """The same, one by one."""
    filters = selection.filters
    if selection.ids is not None:
        yield sql.SQL("r.id = ANY({}::text[])").format(sql.Literal(list(selection.ids)))
    if filters.statuses:
        yield one_of("status", sorted(filters.statuses))
    if selection.policy_id:
        yield _equal("policy_id", selection.policy_id)
    if filters.action:
        yield sql.SQL("r.policy_id IN (SELECT policy_id FROM rule WHERE action_type = {})").format(
            sql.Literal(filters.action)
        )
    if filters.overdue:
        yield overdue(catalog, selection)
    yield from _texts(catalog, filters)
    yield from _times(filters)
    yield from _ordinary(catalog, filters)


def one_of(column: str, values: list[str]) -> sql.Composed:
    """Literals without a type, so that they become the column's enum."""
    return sql.SQL("r.{} IN ({})").format(
        sql.Identifier(column), sql.SQL(", ").join(map(sql.Literal, values))
    )


def overdue(catalog: Catalog, selection: Selection) -> sql.Composed:
    """Past its due date while somebody still has to act."""
    labels = catalog.labels(REQUESTS, "status")
    active = sorted(ACTIVE_STATUSES & set(labels)) if labels else sorted(ACTIVE_STATUSES)
    past = sql.SQL("r.due_date < {}").format(sql.Literal(selection.now))
    return sql.SQL("{} AND {}").format(past, one_of("status", active))


def like_prefix(text: str) -> str:
    """A LIKE pattern for texts that begin so, the text taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _equal(column: str, value: str) -> sql.Composed:
    return sql.SQL("r.{} = {}").format(sql.Identifier(column), sql.Literal(value))


def _texts(catalog: Catalog, filters: RequestFilters) -> Iterator[sql.Composable]:
    if filters.external_id:
        yield _equal("external_id", filters.external_id)
    if filters.source:
        yield _equal("source", filters.source)
    if filters.location:
        yield _in_location(filters.location)
    if filters.search:
        yield _begins_with(catalog, filters.search)


def _in_location(code: str) -> sql.Composed:
    """Exactly a part of a country; a country also in every part of it."""
    if "-" in code:
        return _equal("location", code)
    return sql.SQL("({} OR r.location ILIKE {})").format(
        _equal("location", code), sql.Literal(like_prefix(f"{code}-"))
    )


def _begins_with(catalog: Catalog, text: str) -> sql.Composed:
    pattern = sql.Literal(like_prefix(text))
    if not catalog.has(REQUESTS, "external_id"):
        return sql.SQL("r.id ILIKE {}").format(pattern)
    return sql.SQL("(r.id ILIKE {} OR r.external_id ILIKE {})").format(pattern, pattern)


def _times(filters: RequestFilters) -> Iterator[sql.Composable]:
    yield from _within("created_at", filters.created)
    yield from _within("started_processing_at", filters.started)
    yield from _within("finished_processing_at", filters.completed)
    if filters.completed:
        yield one_of("status", [COMPLETE])


def _within(column: str, period: Period) -> Iterator[sql.Composable]:
    if period.since:
        yield sql.SQL("r.{} >= {}").format(sql.Identifier(column), sql.Literal(period.since))
    if period.until:
        yield sql.SQL("r.{} < {}").format(sql.Identifier(column), sql.Literal(period.until))


def _ordinary(catalog: Catalog, filters: RequestFilters) -> Iterator[sql.Composable]:
    """Fides' own exclusions, as far as this database can tell and nobody asked otherwise."""
    if Include.DELETED not in filters.include and catalog.has(REQUESTS, "deleted_at"):
        yield sql.SQL("r.deleted_at IS NULL")
    asked = {*map(str, filters.include), filters.source}
    left_out = [str(source) for source in _SOURCES if str(source) not in asked]
    if left_out and catalog.has(REQUESTS, "source"):
        yield sql.SQL("(r.source IS NULL OR r.source::text NOT IN ({}))").format(
            sql.SQL(", ").join(map(sql.Literal, left_out))
        )
