"""How many databases fared: a line for each that is not boring, and the counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from fidesdev.core.tenants import FanoutReport, Outcome, TenantReport
from fidesdev.render.layout import Block, Cell, bad, good, line, name, notice, quiet

_NAMED = 3
"""More tenants with the same plan than this are counted, not listed."""
_WORDS = {
    Outcome.DONE: "done",
    Outcome.UNCHANGED: "unchanged",
    Outcome.PENDING: "pending",
    Outcome.NOT_STARTED: "not started",
    Outcome.INTERRUPTED: "interrupted",
    Outcome.FAILED: "failed",
}
_SHOWN = {Outcome.DONE: good, Outcome.UNCHANGED: good, Outcome.FAILED: bad}


def blocks(report: FanoutReport) -> Iterator[Block]:
    """The report as lines."""
    tenants = report.tenants
    yield from _pending([one for one in tenants if one.outcome is Outcome.PENDING])
    for one in tenants:
        if one.outcome is Outcome.DONE and (one.snapshot or one.note):
            yield line(good("done  "), name(one.tenant), quiet(f"  {_beside(one)}"))
    yield from _stopped(tenants)
    if any(one.hint for one in tenants if one.outcome is Outcome.FAILED):
        yield line(quiet("A command of a hint is for one database: name it with --database-url."))
    yield line(*_counts(report))
    if not report.executed:
        yield line(notice("Nothing has been changed."))
    elif not report.is_settled:
        yield line("The same command, given again, does what is left and nothing twice.")


def _pending(tenants: Iterable[TenantReport]) -> Iterator[Block]:
    """Each tenant that would lose something, then the others by their plan."""
    listed = sorted(tenants, key=_plan)
    for one in listed:
        if one.downgraded:
            gone = f"  unapplies {', '.join(one.downgraded)}"
            yield line(notice("↓ down  "), name(one.tenant), f"  {_way(one)}", quiet(gone))
    for _, alike in groupby((one for one in listed if not one.downgraded), key=_plan):
        same = list(alike)
        yield line(good("↑ up    "), *_names(same), f"  {_way(same[0])}")


def _stopped(tenants: Iterable[TenantReport]) -> Iterator[Block]:
    """Who was not begun, then who was interrupted or failed, each with its reason and remedy."""
    listed = list(tenants)
    left = [one for one in listed if one.outcome is Outcome.NOT_STARTED]
    if left:
        yield line(notice("not started  "), *_names(left))
    for one in listed:
        if one.outcome is Outcome.INTERRUPTED:
            where = "" if one.after is None else f"  at {_rows(one.after)}"
            yield line(notice("interrupted  "), name(one.tenant), where)
    for one in listed:
        if one.outcome is Outcome.FAILED:
            yield line(bad("failed  "), name(one.tenant), f"  {one.message}")
            if one.hint:
                yield line(notice("  hint: "), one.hint)


def _counts(report: FanoutReport) -> Iterator[Cell]:
    """`200 tenants in shard 1/4: 187 done, 13 unchanged in 12.34 s.`"""
    shard = f" in shard {report.shard}" if report.shard else ""
    count = len(report.tenants)
    yield f"{count} tenant{'s' * (count != 1)}{shard}"
    told = False
    for outcome, word in _WORDS.items():
        if found := report.counts[outcome]:
            yield ", " if told else ": "
            yield _SHOWN.get(outcome, notice)(f"{found} {word}")
            told = True
    yield f" in {report.seconds:.2f} s." if report.executed else "."


def _names(tenants: list[TenantReport]) -> Iterator[Cell]:
    for number, one in enumerate(tenants[:_NAMED]):
        yield ", " if number else ""
        yield name(one.tenant)
    if len(tenants) > _NAMED:
        yield quiet(f" and {len(tenants) - _NAMED} more")


def _plan(one: TenantReport) -> tuple[list[str], list[str], int]:
    return sorted(one.before or ()), sorted(one.after or ()), one.steps


def _way(one: TenantReport) -> str:
    """`ae10 → 8c3e, 2 steps`."""
    steps = f"{one.steps} step{'s' * (one.steps != 1)}"
    return f"{_rows(one.before)} → {_rows(one.after)}, {steps}"


def _rows(ids: frozenset[str] | None) -> str:
    return ", ".join(sorted(ids or ())) or "base"


def _beside(one: TenantReport) -> str:
    kept = f"snapshot {one.snapshot}" if one.snapshot else None
    return "; ".join(filter(None, [kept, one.note]))
