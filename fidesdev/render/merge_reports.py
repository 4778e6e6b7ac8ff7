"""A merge of heads: where the sides meet, and what was written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from fidesdev.core.merge_reports import MergeReport, Overlap, Verification
from fidesdev.render.layout import Block, Cell, bad, good, line, name, notice, quiet, table


@singledispatch
def blocks(report: object) -> Iterator[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: MergeReport) -> Iterator[Block]:
    if report.overlaps:
        yield line("Both sides touch:")
        yield table(("", "", "where", ""), map(_overlap, report.overlaps), indent=2, folded=True)
    elif report.parents and report.message:
        yield line(quiet("No table, column, type or index is touched by both sides."))
    if report.verification:
        yield from _verified(report.verification)
    if report.advice:
        yield line(notice("Note: "), report.advice)
    yield from _verdict(report)


def _verdict(report: MergeReport) -> Iterator[Block]:
    parents = ", ".join(report.parents)
    if report.note:
        yield line(report.note)
    elif report.executed:
        yield line(good("Wrote "), str(report.path))
        yield line("Revision ", name(report.revision or ""), f" on {parents}")
    else:
        yield line(notice("Would write "), f"a revision on {parents}")


def _overlap(one: Overlap) -> tuple[Cell, ...]:
    where = dict.fromkeys(f"{c.revision}:{c.line} {c.action}" for c in one.contacts)
    kind: Cell = bad(one.kind) if one.conflict else one.kind
    return kind, name(one.name), quiet(", ".join(where)), bad(one.conflict or "")


def _verified(found: Verification) -> Iterator[Block]:
    orders = " and ".join(" then ".join(order) for order in found.orders)
    if not found.differences:
        yield line(good("Verified: "), f"{orders} make the same schema.")
        return
    yield line(bad("The order matters: "), f"{orders} do not make the same schema.")
    for difference in found.differences:
        yield line(f"  {difference}")
