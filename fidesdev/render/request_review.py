"""Changed privacy requests as lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.request_review import SHOWN, RequestsChange, RowEffect
from fidesdev.render.envelope import plain
from fidesdev.render.layout import Block, bad, good, line, name, notice, quiet, table


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: RequestsChange) -> Iterator[Block]:
    if not report.count:
        yield line(quiet("No request matches; nothing has been changed."))
        return
    done = report.done[:1].upper() + report.done[1:]
    verb = good(done) if report.executed else notice(f"Would be {report.done}:")
    by = f" by {report.by}" if report.by else ""
    before = ", ".join(f"{count} {status}" for status, count in report.before.items())
    yield line(verb, f" {_requests(report.count)}{by}", quiet(f" (before: {before})"))
    for row_id in report.ids[:SHOWN]:
        yield line("  ", name(row_id))
    if report.count > SHOWN:
        yield line(quiet(f"  and {report.count - SHOWN} more"))
    yield from _values(report)
    yield from _effects(report.effects)
    if not report.executed:
        yield line(notice("Nothing has been changed."))
    elif report.dispatched:
        yield line(
            notice("Fides' worker does not know of it yet: "),
            "queue each with POST /api/v1/privacy-request/ID/requeue.",
        )


def _values(report: RequestsChange) -> Iterator[Block]:
    if report.reason:
        yield line(quiet("Reason: "), report.reason)
    for field, value in report.values.items():
        yield line(quiet(f"{field}: "), quiet("(nothing)") if value is None else str(plain(value)))


def _effects(effects: tuple[RowEffect, ...]) -> Iterator[Block]:
    """What else goes; logs have no foreign key and stay."""
    if not effects:
        return
    yield line("Rows of other tables:")
    yield table(
        ("table", "column", "rows", ""),
        (
            (
                effect.table,
                effect.column,
                str(effect.rows),
                bad("removed too") if effect.action == "cascade" else effect.action,
            )
            for effect in effects
        ),
        numeric=("rows",),
        indent=2,
    )


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"
