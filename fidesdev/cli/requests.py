"""`fidesdev requests`: privacy requests in any database that has Fides' tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.cli.request_options import Show, filtered
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.core.identities import NewRequest, parse_identities
from fidesdev.core.request_filters import SORT_FIELDS, RequestFilters, parse_cursor, parse_sort
from fidesdev.core.requests import RequestRow
from fidesdev.errors import UsageError

ELSEWHERE = {
    "stats": "fidesdev.cli.requests_reports",
    "export": "fidesdev.cli.requests_reports",
    "watch": "fidesdev.cli.requests_reports",
    "approve": "fidesdev.cli.requests_review",
    "deny": "fidesdev.cli.requests_review",
    "cancel": "fidesdev.cli.requests_review",
    "restart": "fidesdev.cli.requests_review",
    "delete": "fidesdev.cli.requests_review",
    "update": "fidesdev.cli.requests_review",
}
"""Verb -> the module that adds it to the app, imported when it is needed."""

app = group(
    "Privacy requests: look, review, count, export. A --database-url is all they need.", ELSEWHERE
)

Id = Annotated[str, typer.Argument(metavar="ID", help="A request's id, or a unique beginning.")]


@app.command("list", cls=Verb)
@filtered
def list_(
    ctx: typer.Context,
    filters: RequestFilters,
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            metavar="FIELD",
            help="FIELD is ascending, -FIELD descending; rows without it come last. "
            f"Fields: {', '.join(SORT_FIELDS)}.",
        ),
    ] = "-created_at",
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="At most N requests; 50 when not given.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Go on where a list ended: its 'next'.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every request that matches; csv and jsonl are streamed.")
    ] = False,
    show_identities: Show = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List requests, newest first. Soft-deleted and technical ones only with --include."""
    call = invocation(ctx)
    filters = replace(filters, sort=parse_sort(sort), after=parse_cursor(after) if after else None)
    if every and limit is not None:
        raise UsageError("--all and --limit contradict each other", hint="Give one of them.")
    if format_ is not Format.TABLE:
        _print_rows(call, filters, limit, format_, every=every, show_identities=show_identities)
    elif every:
        listed = services.requests.list_all
        call.show(listed(call.workspace, filters, show_identities=show_identities))
    else:
        page = services.requests.list_
        call.show(page(call.workspace, filters, limit=limit, show_identities=show_identities))


@app.command(cls=Verb)
def show(ctx: typer.Context, row_id: Id, show_identities: Show = False) -> None:
    """Show everything about one request. The values of its identities only when asked."""
    call = invocation(ctx)
    call.show(services.requests.show(call.workspace, row_id, show_identities=show_identities))


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
    call: Invocation,
    filters: RequestFilters,
    limit: int | None,
    format_: Format,
    *,
    every: bool,
    show_identities: bool,
) -> None:
    """Write the rows as they arrive; where they go on is told beside them."""
    rows: Iterable[RequestRow]
    space = call.workspace
    if every:
        rows = services.requests.stream(space, filters, show_identities=show_identities)
    else:
        page = services.requests.list_
        report = page(space, filters, limit=limit, show_identities=show_identities)
        rows = report.requests
        if report.next:
            call.output.say("more: repeat the command with --after ", report.next)
    print_rows(call, rows, RequestRow, format_)
