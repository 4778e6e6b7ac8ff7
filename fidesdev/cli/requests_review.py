"""`fidesdev requests` verbs that change requests: by their ids, or all that filters choose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, ForceProtected, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb as Command
from fidesdev.cli.request_options import filtered
from fidesdev.cli.requests import app
from fidesdev.core.request_filters import RequestFilters
from fidesdev.core.request_review import (
    Chosen,
    RequestsChange,
    Review,
    Verb,
    choose,
    parse_changes,
)

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID...]", help="Ids or unique beginnings; else filters choose."),
]
Every = Annotated[bool, typer.Option("--all", help="Every request that a list would show.")]
By = Annotated[str | None, typer.Option("--as", metavar="USER", help="Who does it: a Fides user.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the request.")]


@app.command(cls=Command)
@filtered
def approve(
    ctx: typer.Context,
    filters: RequestFilters,
    ids: Ids = None,
    every: Every = False,
    by: By = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Approve requests that wait for a review. Asks where filters choose them."""
    chosen, wanted = choose(ids or (), filters, every=every), Review(Verb.APPROVE, by)
    _carry_out(ctx, chosen, wanted, dry_run=dry_run, yes=yes, force_protected=force_protected)


@app.command(cls=Command)
@filtered
def deny(
    ctx: typer.Context,
    filters: RequestFilters,
    reason: Reason,
    ids: Ids = None,
    every: Every = False,
    by: By = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Deny requests that wait for a review, for good."""
    chosen, wanted = choose(ids or (), filters, every=every), Review(Verb.DENY, by, reason)
    _carry_out(ctx, chosen, wanted, dry_run=dry_run, yes=yes, force_protected=force_protected)


@app.command(cls=Command)
@filtered
def cancel(
    ctx: typer.Context,
    filters: RequestFilters,
    reason: Reason,
    ids: Ids = None,
    every: Every = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Cancel requests that are not done yet, for good."""
    chosen = choose(ids or (), filters, every=every)
    wanted = Review(Verb.CANCEL, reason=reason)
    _carry_out(ctx, chosen, wanted, dry_run=dry_run, yes=yes, force_protected=force_protected)


@app.command(cls=Command)
@filtered
def restart(
    ctx: typer.Context,
    filters: RequestFilters,
    ids: Ids = None,
    every: Every = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Process requests again that failed. Asks where filters choose them."""
    chosen, wanted = choose(ids or (), filters, every=every), Review(Verb.RESTART)
    _carry_out(ctx, chosen, wanted, dry_run=dry_run, yes=yes, force_protected=force_protected)


@app.command(cls=Command)
@filtered
def delete(
    ctx: typer.Context,
    filters: RequestFilters,
    ids: Ids = None,
    every: Every = False,
    hard: Annotated[
        bool, typer.Option("--hard", help="Remove the rows, with what refers to them.")
    ] = False,
    by: By = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Delete requests, softly unless --hard. Lists leave them out; Fides keeps the rows."""
    chosen = choose(ids or (), filters, every=every)
    wanted = Review(Verb.ERASE if hard else Verb.DELETE, by)
    _carry_out(ctx, chosen, wanted, dry_run=dry_run, yes=yes, force_protected=force_protected)


@app.command(cls=Command)
@filtered
def update(
    ctx: typer.Context,
    filters: RequestFilters,
    words: Annotated[
        list[str],
        typer.Argument(metavar="[ID...] FIELD=VALUE...", help="Which requests, and what to set."),
    ],
    every: Every = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Set columns of requests. Such as location=US-CA, policy=KEY, external_id= for none."""
    call = invocation(ctx)
    changes = parse_changes(word for word in words if "=" in word)
    chosen = choose((word for word in words if "=" not in word), filters, every=every)
    change = partial(services.request_review.update, call.workspace, chosen, changes)
    asks = "updates" if chosen.filters else ""
    _changed(call, change, asks, dry_run=dry_run, yes=yes, force_protected=force_protected)


_ASKING = {Verb.DENY, Verb.CANCEL, Verb.DELETE, Verb.ERASE}
"""Verbs whose effect no other verb takes back."""
_DOES = {
    Verb.APPROVE: "approves",
    Verb.DENY: "denies",
    Verb.CANCEL: "cancels",
    Verb.RESTART: "restarts",
    Verb.DELETE: "deletes",
    Verb.ERASE: "removes for good",
}


def _carry_out(
    ctx: typer.Context,
    chosen: Chosen,
    wanted: Review,
    *,
    dry_run: bool,
    yes: bool,
    force_protected: str,
) -> None:
    call = invocation(ctx)
    change = partial(services.request_review.review, call.workspace, chosen, wanted)
    asks = _DOES[wanted.verb] if wanted.verb in _ASKING or chosen.filters else ""
    _changed(call, change, asks, dry_run=dry_run, yes=yes, force_protected=force_protected)


def _changed(
    call: Invocation,
    change: Callable[..., RequestsChange],
    asks: str,
    *,
    dry_run: bool,
    yes: bool,
    force_protected: str,
) -> None:
    """Show what would be changed, or change it once whoever is at the terminal agrees."""
    if not dry_run and not asks:
        call.show(change())
        return
    planned = change(dry_run=True)
    if dry_run or not planned.count:
        call.show(planned)
        return
    requests = "1 request" if planned.count == 1 else f"{planned.count} requests"
    call.consent(f"this {asks} {requests}", planned, yes=yes, force_protected=force_protected)
    call.show(change(expected=planned.count))
