"""The report of `db reset` as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.resetting import ResetReport
from fidesdev.render.layout import Block, bad, good, line, name, notice
from fidesdev.render.server import counted, readable_size


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: ResetReport) -> Iterator[Block]:
    after = ", ".join(report.after) or "base"
    if report.executed:
        how = "template built, " if report.template.built else ""
        seconds = f"{how}{report.seconds:.2f} s"
        yield line(good("Done: "), name(report.database), f" is empty, at {after} ({seconds}).")
    elif report.exists:
        gone = f"{counted(report.tables, 'table')}, {readable_size(report.bytes)}"
        at = ", ".join(report.before) or "base"
        yield line(bad("This would empty "), name(report.database), f": {gone}, at {at}.")
    else:
        yield line(notice("Would create "), name(report.database), ".")
    if report.connections and report.exists:
        ends = "were ended" if report.executed else "would be ended"
        yield line(notice(counted(report.connections, "connection")), f" of others {ends}.")
    if report.snapshot:
        yield line("What was there: ", name(f"fidesdev snapshot restore {report.snapshot}"))
    if not report.executed:
        yield from _next(report, after)


def _next(report: ResetReport, after: str) -> Iterator[Block]:
    template = report.template
    how = (
        f"from a template that is built first, by {counted(template.steps, 'migration')}"
        if template.built
        else "from a template that is there"
    )
    yield line(f"It would be at {after}, copied {how}.")
    yield line(notice("Nothing has been changed."))
