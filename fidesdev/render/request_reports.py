"""Counts, exports and changes of requests as lines, tables and bars; times are UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.request_reports import (
    Count,
    RequestExport,
    RequestMove,
    RequestStats,
    RequestWatch,
)
from fidesdev.core.requests import RequestRow
from fidesdev.render.envelope import iso
from fidesdev.render.layout import Block, Cell, Line, bad, good, line, name, notice, quiet, table

_BAR = 30
_SHORT = len("pri_5d748d43")


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: RequestStats) -> Iterator[Block]:
    if not report.counts:
        yield line(quiet("No request matches."))
        return
    most = max(count.count for count in report.counts)
    about = "~" if report.estimated else ""
    late = any(count.overdue is not None for count in report.counts)
    yield table(
        (report.by, "requests", *(["overdue"] if late else []), "share", ""),
        (
            (
                count.name or quiet("(none)"),
                f"{about}{count.count}",
                *([_late(count, about)] if late else []),
                quiet(f"{_share(count, report.total)} %"),
                good(_bar(count, most)),
            )
            for count in report.counts
        ),
        numeric=("requests", "overdue", "share"),
        optional=("share",),
        pictures=("",),
    )
    since = f" since {report.since:%Y-%m-%d}" if report.since else ""
    yield line(f"{about}{_requests(report.total)}{since}.")
    if report.estimated:
        yield line(
            notice("Estimated"),
            f" from {report.sample:g} % of the table; --exact counts all of it.",
        )


@blocks.register
def _(report: RequestExport) -> Iterator[Block]:
    rate = f", {report.rows / report.seconds:,.0f} a second" if report.seconds > 1 else ""
    place = report.path or "standard output"
    yield line(
        good("Exported "),
        f"{_requests(report.rows)} to ",
        name(place),
        quiet(f" ({report.bytes} bytes{rate})"),
    )


@blocks.register
def _(report: RequestWatch) -> Iterator[Block]:
    yield line(quiet(f"{report.at:%Y-%m-%d %H:%M:%S} UTC, newest changes first; Ctrl-C ends."))
    yield line()
    moved = {move.id: move for move in report.moves}
    yield table(
        ("id", "status", "was", "policy"),
        (_row(row, moved.get(row.id)) for row in report.requests),
        optional=("policy",),
    )


def move_line(move: RequestMove) -> Line:
    """A change of a request as one line."""
    status = "deleted" if move.deleted else move.status
    was = f"{move.before} -> " if move.before else "-> "
    return line(f"{iso(move.at)}  ", name(move.id), f"  {was}{status}", f"  {move.policy or ''}")


def _row(row: RequestRow, move: RequestMove | None) -> tuple[Cell, ...]:
    was = move.before or "(new)" if move else ""
    status = notice(row.status) if move else row.status
    return (name(row.id, short=row.id[:_SHORT]), status, quiet(was), row.policy or "")


def _late(count: Count, about: str) -> Cell:
    return bad(f"{about}{count.overdue}") if count.overdue else ""


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"


def _bar(count: Count, most: int) -> str:
    return "█" * max(1, round(_BAR * count.count / most)) if count.count else ""


def _share(count: Count, total: int) -> str:
    return f"{100 * count.count / total:.1f}" if total else "0"
