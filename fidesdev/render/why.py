"""The history of a table or column as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.why import Change, WhyReport
from fidesdev.render.layout import Block, Cell, Span, line, name, quiet, table

_DAY = len("2026-04-30")


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: WhyReport) -> Iterator[Block]:
    headings = ("revision", "date", "author", "change", "message", "commit", "branch")
    yield table(
        headings,
        map(_row, report.changes),
        optional=("branch", "commit", "message", "author"),
        elastic="message",
    )
    if len(report.names) > 1:
        yield line(quiet(f"It was called {', '.join(report.names[1:])} before."))


def _row(change: Change) -> tuple[Cell, ...]:
    return (
        name(change.revision),
        (change.date or "")[:_DAY] or quiet("-"),
        change.author or quiet("-"),
        f"{change.action} {change.what}",
        change.message,
        Span(change.commit[:10], "quiet") if change.commit else quiet("-"),
        change.branch or quiet("-"),
    )
