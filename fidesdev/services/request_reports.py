"""Privacy requests counted, exported and watched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fidesdev.adapters.output_files import Progress, opened_target
from fidesdev.adapters.request_counts import count_requests
from fidesdev.adapters.request_export import Export, copy_requests
from fidesdev.adapters.requests_catalog import REQUESTS
from fidesdev.core.moments import Period
from fidesdev.core.request_filters import Include, RequestFilters, Sort, match_statuses
from fidesdev.core.request_reports import (
    By,
    ExportForm,
    RequestExport,
    RequestMove,
    RequestStats,
    RequestWatch,
)
from fidesdev.core.requests import RequestRow
from fidesdev.services import requests
from fidesdev.services.request_selection import cipher_of, selected, statuses_of
from fidesdev.services.requests import ORDINARY, opened_requests
from fidesdev.services.workspace import Workspace

TABLE_ORDER = ExportForm()
DAYS = 30
"""How many days are counted when nobody says from when on."""
NEWEST = Sort("updated_at")
SEEN_AT_ONCE = 1000
"""The most changes that one look can tell apart."""
_SHARE = 10
"""A look that takes long is repeated after ten times as long at the earliest."""


def stats(
    workspace: Workspace,
    filters: RequestFilters = ORDINARY,
    *,
    by: By = By.STATUS,
    exact: bool = False,
    now: datetime | None = None,
) -> RequestStats:
    """How many requests match, by status, day, policy or action.

    Where counting would take long the numbers are estimated from a sample, unless `exact`.
    """
    moment, since = now or datetime.now(UTC), None
    if by is By.DAY and not filters.created:
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=DAYS - 1)
        filters = replace(filters, created=Period(since))
    with opened_requests(workspace) as tables:
        for table, column in _counted_by(by):
            tables.require(table, column)
        selection = selected(workspace, tables, filters, moment)
        counted = count_requests(tables, selection, by, exact=exact)
        return RequestStats(
            by=str(by),
            total=counted.total,
            counts=counted.counts,
            since=since,
            estimated=counted.sample is not None,
            sample=counted.sample,
        )


def export(
    workspace: Workspace,
    path: Path | None,
    filters: RequestFilters = ORDINARY,
    *,
    form: ExportForm = TABLE_ORDER,
    on_bytes: Progress = lambda _total: None,
) -> RequestExport:
    """Every request that matches, written to the file (or standard output) as the server sends it.

    A file appears when it is whole. The memory does not grow with the number of requests.
    """
    begun, total = time.monotonic(), 0

    def count(written: int) -> None:
        nonlocal total
        total = written
        on_bytes(written)

    wanted = Export(form.format, form.sort, cipher_of(workspace, wanted=form.show_identities))
    with opened_requests(workspace, autocommit=False) as tables:
        if form.sort:
            tables.require(REQUESTS, form.sort.field)
        selection = selected(workspace, tables, filters, datetime.now(UTC))
        with opened_target(path, count) as target:
            rows, columns = copy_requests(tables, selection, wanted, target)
    seconds = time.monotonic() - begun
    shown = None if path is None else str(path)
    return RequestExport(shown, str(form.format), rows, total, columns, seconds)


def watch(
    workspace: Workspace,
    filters: RequestFilters = ORDINARY,
    *,
    interval: float = 2.0,
    limit: int = 20,
    looks: int | None = None,
) -> Iterator[RequestWatch]:
    """A look at the requests every `interval` seconds, for ever or as often as `looks` says.

    A change is a request that is new, has another status, or was deleted; it is told when its
    status before or after is one that is looked for. The first look tells none. Where a look
    takes long the next one waits longer, so that watching never is more than a tenth of the load.
    """
    known: dict[str, tuple[str, bool]] = {}
    with opened_requests(workspace) as tables:
        statuses = match_statuses(filters.statuses, statuses_of(tables))
    filters = replace(filters, statuses=statuses)
    everything = replace(
        filters,
        statuses=frozenset(),
        include=filters.include | {Include.DELETED},
        sort=NEWEST,
    )
    number = 0
    while True:
        begun, now = time.monotonic(), datetime.now(UTC)
        page = requests.list_(workspace, everything, limit=SEEN_AT_ONCE, now=now)
        moves = tuple(_moves(page.requests, known, filters, now)) if number else ()
        known |= {row.id: (row.status, bool(row.deleted_at)) for row in page.requests}
        seconds, number = time.monotonic() - begun, number + 1
        shown = [row for row in page.requests if _is_shown(row, filters)][:limit]
        yield RequestWatch(now, tuple(shown), moves, seconds)
        if number == looks:
            return
        time.sleep(max(interval, seconds * _SHARE))


def _counted_by(by: By) -> tuple[tuple[str, str], ...]:
    """What a database needs for it."""
    if by is By.DAY:
        return ((REQUESTS, "created_at"),)
    if by is By.POLICY:
        return ((REQUESTS, "policy_id"), ("policy", "key"))
    if by is By.ACTION:
        return ((REQUESTS, "policy_id"), ("rule", "action_type"))
    return ()


def _is_shown(row: RequestRow, filters: RequestFilters) -> bool:
    """Whether the row is one that the filters mean; the rest of them the query has applied."""
    if row.deleted_at and Include.DELETED not in filters.include:
        return False
    return not filters.statuses or row.status in filters.statuses


def _moves(
    rows: tuple[RequestRow, ...],
    known: dict[str, tuple[str, bool]],
    filters: RequestFilters,
    now: datetime,
) -> Iterator[RequestMove]:
    """What is other than it was known, the oldest change first."""
    for row in reversed(rows):
        status, deleted = known.get(row.id, (None, False))
        if (status, deleted) == (row.status, bool(row.deleted_at)):
            continue
        asked = filters.statuses
        if asked and not {status, row.status} & asked:
            continue
        yield RequestMove(now, row.id, status, row.status, row.policy, bool(row.deleted_at))
