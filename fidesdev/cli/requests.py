"""`fidesdev requests`: privacy requests in any database that has Fides' tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.core.identities import NewRequest, parse_identities
from fidesdev.core.request_filters import (
    SORT_FIELDS,
    RequestFilters,
    parse_cursor,
    parse_includes,
    parse_since,
    parse_sort,
    parse_until,
)
from fidesdev.core.requests import RequestRow
from fidesdev.errors import UsageError

app = group("Privacy requests: list, show, create. A --database-url is all that is needed.")


Status = Annotated[
    list[str] | None, typer.Option(metavar="S", help="Only this status; may be repeated.")
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="T", help="Created at or after: 2026-04-30, 2026-04-30T12:00, 7d, 24h, today (UTC)."
    ),
]
Until = Annotated[
    str | None,
    typer.Option(metavar="T", help="Created before; a day's name includes that day."),
]
Policy = Annotated[
    str | None, typer.Option(metavar="KEY", help="Only under the policy with this key.")
]
Action = Annotated[
    str | None,
    typer.Option(metavar="A", help="Only with a rule for: access, erasure, consent, update."),
]
Search = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Only ids or external ids that begin with TEXT."),
]
Overdue = Annotated[
    bool, typer.Option("--overdue", help="Only past their due date and still to be done.")
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND", help="Also list: deleted, dataset_test, consent_webhook, all; repeatable."
    ),
]
SortBy = Annotated[
    str,
    typer.Option(
        "--sort",
        metavar="FIELD",
        help="FIELD is ascending, -FIELD descending; rows without it come last. "
        f"Fields: {', '.join(SORT_FIELDS)}.",
    ),
]
Limit = Annotated[
    int | None, typer.Option(metavar="N", help="At most N requests; 50 when not given.")
]
After = Annotated[
    str | None, typer.Option(metavar="CURSOR", help="Go on where a list ended: its 'next'.")
]
All = Annotated[
    bool, typer.Option("--all", help="Every request that matches; csv and jsonl are streamed.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="A request's id, or a unique beginning.")]


@app.command("list", cls=Verb)
def list_(
    ctx: typer.Context,
    status: Status = None,
    since: Since = None,
    until: Until = None,
    policy: Policy = None,
    action: Action = None,
    search: Search = None,
    overdue: Overdue = False,
    include: Include = None,
    sort: SortBy = "-created_at",
    limit: Limit = None,
    after: After = None,
    every: All = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List requests, newest first; soft-deleted and technical ones only with --include."""
    call, now = invocation(ctx), datetime.now(UTC)
    filters = RequestFilters(
        statuses=frozenset(status or ()),
        since=parse_since(since, now) if since else None,
        until=parse_until(until, now) if until else None,
        policy=policy,
        action=action,
        search=search,
        overdue=overdue,
        include=parse_includes(include or ()),
        sort=parse_sort(sort),
        after=parse_cursor(after) if after else None,
    )
    if every and limit is not None:
        raise UsageError("--all and --limit contradict each other", hint="Give one of them.")
    if format_ is not Format.TABLE:
        _print_rows(call, filters, limit, format_, every=every)
    elif every:
        call.show(services.requests.list_all(call.workspace, filters, now=now))
    else:
        call.show(services.requests.list_(call.workspace, filters, limit=limit, now=now))


@app.command(cls=Verb)
def show(ctx: typer.Context, row_id: Id) -> None:
    """Show everything about one request but the values of its identities."""
    call = invocation(ctx)
    call.show(services.requests.show(call.workspace, row_id))


@app.command(cls=Verb)
def create(
    ctx: typer.Context,
    policy: Annotated[str, typer.Option(metavar="KEY", help="The policy's key.")],
    identity: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="Whom it is about; repeatable: email=a@b.org."),
    ] = None,
    external_id: Annotated[str | None, typer.Option(metavar="X", help="Your own id.")] = None,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Create a pending request with encrypted identities."""
    call = invocation(ctx)
    new = NewRequest(policy, parse_identities(identity or ()), external_id)
    call.show(services.requests.create(call.workspace, new, dry_run=dry_run))


def _print_rows(
    call: Invocation, filters: RequestFilters, limit: int | None, format_: Format, *, every: bool
) -> None:
    """Write the rows as they arrive; where they go on is told beside them."""
    rows: Iterable[RequestRow]
    if every:
        rows = services.requests.stream(call.workspace, filters)
    else:
        report = services.requests.list_(call.workspace, filters, limit=limit)
        rows = report.requests
        if report.next:
            call.output.say("more: repeat the command with --after ", report.next)
    print_rows(call, rows, RequestRow, format_)
