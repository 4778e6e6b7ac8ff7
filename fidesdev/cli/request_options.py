"""The options that choose privacy requests, declared once and taken by every verb that needs them.

A verb decorated with `filtered` has them after its own, and gets what they mean as `filters`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Annotated, Any

import typer

from fidesdev.core.moments import parse_period
from fidesdev.core.request_filters import (
    RequestFilters,
    parse_identity_filters,
    parse_includes,
    parse_location,
    parse_source,
)

MOMENT = "2026-04-30, 2026-04-30T12:00, 7d, 24h, today (UTC)"
Show = Annotated[
    bool,
    typer.Option("--show-identities", help="Show identities as they are; needs Fides' key."),
]


def filtered(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with the options of `_filters`, whose result it gets as `filters`."""
    shared = inspect.signature(_filters, eval_str=True).parameters
    own = inspect.signature(verb, eval_str=True).parameters

    @wraps(verb)
    def merged(**given: Any) -> None:
        chosen = {name: given.pop(name) for name in shared}
        verb(**given, filters=_filters(**chosen))

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (*own.values(), *shared.values())
        if parameter.name != "filters"
    ]
    vars(merged)["__signature__"] = inspect.Signature(parameters)
    merged.__annotations__ = {each.name: each.annotation for each in parameters}
    return merged


def _filters(
    status: Annotated[
        list[str] | None, typer.Option(metavar="S", help="Only this status; may be repeated.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="T", help=f"Created at or after: {MOMENT}.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="T", help="Created before; a day's name includes that day."),
    ] = None,
    started_since: Annotated[
        str | None, typer.Option(metavar="T", help="Processing began at or after.")
    ] = None,
    started_until: Annotated[
        str | None, typer.Option(metavar="T", help="Processing began before.")
    ] = None,
    completed_since: Annotated[
        str | None, typer.Option(metavar="T", help="Complete, and finished at or after.")
    ] = None,
    completed_until: Annotated[
        str | None, typer.Option(metavar="T", help="Complete, and finished before.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="KEY", help="Only under the policy with this key.")
    ] = None,
    action: Annotated[
        str | None,
        typer.Option(metavar="A", help="Only with a rule for: access, erasure, consent, update."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="S", help="Only from there: privacy_center, ...")
    ] = None,
    location: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Only from there: US with all its parts, or US-CA."),
    ] = None,
    external_id: Annotated[
        str | None, typer.Option(metavar="X", help="Only with exactly this external id.")
    ] = None,
    identity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUE",
            help="Only about this person: email=a@b.org, or a value alone; any of several."
            " Needs Fides' key.",
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only ids or external ids that begin with TEXT."),
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only past their due date and still to be done.")
    ] = False,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Also take: deleted, dataset_test, consent_webhook, all; repeatable.",
        ),
    ] = None,
) -> RequestFilters:
    """What the options mean."""
    now = datetime.now(UTC)
    return RequestFilters(
        statuses=frozenset(status or ()),
        created=parse_period(since, until, now),
        started=parse_period(started_since, started_until, now, kind="started-"),
        completed=parse_period(completed_since, completed_until, now, kind="completed-"),
        policy=policy,
        action=action,
        source=None if source is None else parse_source(source),
        location=None if location is None else parse_location(location),
        external_id=external_id,
        identities=parse_identity_filters(identity or ()),
        search=search,
        overdue=overdue,
        include=parse_includes(include or ()),
    )
