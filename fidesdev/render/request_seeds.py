"""How many made-up requests were written, and how fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.request_seeds import RequestsSeeded
from fidesdev.render.layout import Block, good, line, notice, quiet, table


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: RequestsSeeded) -> Iterator[Block]:
    present = report.first - 1
    if not report.requests:
        there = f"{present:,} requests of seed {report.seed} are there."
        yield line(good("Nothing to do: "), there)
        return
    count = f"{report.requests:,} requests"
    if report.executed:
        rate = report.requests / max(report.seconds, 0.001)
        took = f" in {report.seconds:.1f} s ({rate:,.0f} a second)."
        yield line(good("Inserted "), count, took)
        yield table(("table", "rows"), ((key, f"{rows:,}") for key, rows in report.rows.items()))
    else:
        until = f"made before {report.until:%Y-%m-%d %H:%M}, in {', '.join(report.tables)}."
        yield line(good("Would insert "), f"{count} of seed {report.seed}, {until}")
    if present:
        yield line(quiet(f"{present:,} requests of the seed were left as they are."))
    if report.note:
        yield line(notice("Without identities: "), report.note, ".")
