"""Privacy requests as lines and tables; times are UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import singledispatch

from fidesdev.core.requests import (
    ACTIVE_STATUSES,
    GivenField,
    RequestCreated,
    RequestDetail,
    RequestList,
    RequestRow,
)
from fidesdev.render.envelope import plain
from fidesdev.render.layout import (
    Block,
    Cell,
    bad,
    facts,
    good,
    heading,
    line,
    name,
    notice,
    quiet,
    table,
)
from fidesdev.render.server import counted

_SHORT = len("pri_5d748d43")
"""As much of an id as tells one request from another."""
_SETTLED = {"denied", "canceled", "duplicate"}
_COLUMNS: dict[str, tuple[str, Callable[[RequestRow], Cell]]] = {
    "id": ("id", lambda row: name(row.id, short=row.id[:_SHORT])),
    "status": ("status", lambda row: _status(row.status)),
    "policy": ("policy", lambda row: row.policy or ""),
    "actions": ("actions", lambda row: ", ".join(row.actions)),
    "external_id": ("external id", lambda row: row.external_id or ""),
    "identities": ("identities", lambda row: ", ".join(_identity_texts(row))),
    "requested_at": ("requested", lambda row: quiet(_day(row.requested_at))),
    "due_date": ("due", lambda row: _day(row.due_date)),
    "days_left": ("days left", lambda row: _days(row.days_left, row.status, overdue=row.overdue)),
    "deleted_at": ("deleted", lambda row: notice(_minute(row.deleted_at))),
}
"""Field -> heading and cell, in the order shown."""
_IF_ANY = {"identities", "deleted_at"}
"""Shown only where a row has a value."""
_OPTIONAL = ("external id", "requested", "policy", "actions", "due")
_DETAILS = {"id", "status", "policy_id", "due_date"}
"""Columns that `show` words itself."""


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: RequestList) -> Iterator[Block]:
    if not report.requests:
        yield line(quiet("No request matches."))
        return
    shown = {
        field: column
        for field, column in _COLUMNS.items()
        if field in report.columns
        and (field not in _IF_ANY or any(getattr(row, field) for row in report.requests))
    }
    yield table(
        (title for title, _cell in shown.values()),
        ((cell(row) for _title, cell in shown.values()) for row in report.requests),
        numeric=("days left",),
        optional=(*(() if "identity_values" in report.columns else ("identities",)), *_OPTIONAL),
    )
    closed = sum(None in (row.identity_values or {}).values() for row in report.requests)
    if closed:
        which = counted(closed, "request")
        yield line(notice(f"Identities of {which} cannot be decrypted with this key."))
    if report.next:
        yield line(quiet("More: repeat the command with "), name(f"--after {report.next}"))


@blocks.register
def _(report: RequestDetail) -> Iterator[Block]:
    request = report.request
    status = str(request["status"])
    meaning = f": {report.meaning}" if report.meaning else ""
    yield line(quiet("Request     "), name(str(request["id"])))
    yield line(quiet("Status      "), _status(status), meaning)
    yield from _due(report)
    yield from _policy(report)
    yield from _given("Identities  ", report.identities, unmasked=report.unmasked)
    yield from _given("Fields      ", report.custom_fields, unmasked=report.unmasked)
    rest = {key: value for key, value in request.items() if key not in _DETAILS}
    filled = {key: value for key, value in rest.items() if value is not None}
    yield line()
    yield facts((quiet(key), _text(value)) for key, value in filled.items())
    if empty := [key for key in rest if key not in filled]:
        yield line(quiet(f"Empty: {', '.join(empty)}"))
    yield from _executions(report)
    yield from _timeline(report)


@blocks.register
def _(report: RequestCreated) -> Iterator[Block]:
    verb = good("Created ") if report.executed else notice("Would create ")
    shown = name(report.id) if report.id else "a request"
    yield line(verb, shown, f", {report.status}, under policy ", name(report.policy), ".")
    due = f"Due {_day(report.due_date)}, " if report.due_date else "No due date, "
    left = f"{report.days_left} days left. " if report.days_left is not None else ""
    yield line(due + left if left else due.rstrip(", ") + ". ", _identities(report.identities))
    if not report.searchable:
        yield line(notice("Fides cannot search for it by identity: this database has no salt yet."))
    if not report.executed:
        yield line(notice("Nothing has been changed."))


def _due(report: RequestDetail) -> Iterator[Block]:
    due = report.request.get("due_date")
    if isinstance(due, datetime) and report.days_left is not None:
        days = _days(report.days_left, str(report.request["status"]), overdue=report.overdue)
        yield line(quiet("Due         "), f"{_minute(due)}, days left: ", days)


def _policy(report: RequestDetail) -> Iterator[Block]:
    if report.policy is None:
        return
    days = report.policy.execution_timeframe
    timeframe = f", {days} days" if days else ""
    yield line(quiet("Policy      "), name(report.policy.key), timeframe)
    for rule in report.rules:
        yield line(quiet("Rule        "), name(rule.key), f", {rule.action}")


def _given(title: str, fields: tuple[GivenField, ...], *, unmasked: bool) -> Iterator[Block]:
    if not fields:
        return
    labels = [f"{f.field} ({f.label})" if f.label else f.field for f in fields]
    if not unmasked:
        yield line(quiet(title), ", ".join(labels), quiet(" (values are not shown)"))
        return
    for label, given in zip(labels, fields, strict=True):
        yield line(quiet(title), f"{label}: ", _value(given.value))


def _value(value: str | None) -> Cell:
    return bad("(cannot be decrypted)") if value is None else value


def _identity_texts(row: RequestRow) -> Iterator[str]:
    """The kinds, with their values where they were asked for."""
    if row.identity_values is None:
        yield from row.identities
        return
    for kind, value in row.identity_values.items():
        yield f"{kind}={'?' if value is None else value}"


def _executions(report: RequestDetail) -> Iterator[Block]:
    if not report.executions:
        return
    yield from (line(), line(heading("Execution log")))
    yield table(
        ("dataset", "collection", "action", "status", "entries", "last", "message"),
        (
            (
                run.dataset or run.connection or "",
                run.collection or "",
                run.action,
                _status(run.status),
                str(run.entries),
                quiet(_minute(run.at)),
                run.message or "",
            )
            for run in report.executions
        ),
        numeric=("entries",),
        indent=2,
        folded=True,
    )


def _timeline(report: RequestDetail) -> Iterator[Block]:
    if not report.timeline:
        return
    yield from (line(), line(heading("Timeline")))
    yield table(
        ("", "", "", ""),
        (
            (quiet(_minute(e.at)), e.event, f"by {e.by}" if e.by else "", e.message or "")
            for e in report.timeline
        ),
        indent=2,
        folded=True,
    )


def _status(status: str) -> Cell:
    if status == "complete":
        return good(status)
    if status == "error":
        return bad(status)
    return quiet(status) if status in _SETTLED else status


def _days(days: int | None, status: str, *, overdue: bool) -> Cell:
    if days is None:
        return ""
    if overdue:
        return bad(str(days))
    return str(days) if status in ACTIVE_STATUSES else quiet(str(days))


def _identities(kinds: tuple[str, ...]) -> str:
    return f"Identities: {', '.join(kinds)}."


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def _text(value: object) -> str:
    return _minute(value) if isinstance(value, datetime) else str(plain(value))
