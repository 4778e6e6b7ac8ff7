"""What the steps of a plan lock, work through and lose, as lines below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fidesdev.core.impacts import Impact, Locked, Loss
from fidesdev.core.reports import MoveReport, StepReport
from fidesdev.render.layout import Line, Span, bad, line, name, notice, quiet
from fidesdev.render.rehearsals import observed_lines, rehearsal_lines

_WORK = {"scan": "is read through", "index": "is indexed", "rewrite": "is rewritten"}
_COUNTED = {"table": "row", "rows": "row", "column": "value", "enum": "label"}


def impact_verdict(report: MoveReport) -> Iterator[Line]:
    """What is not known of the plan's impact, and how to know it; how it did on a copy."""
    if report.impact_skipped:
        yield line(notice("Impact not shown: "), f"{report.impact_skipped}.")
    ends = sum(step.impact_ends is not None for step in report.steps)
    if ends and report.rehearsal is None:
        many = "s stop" if ends > 1 else " stops"
        yield line(
            notice(f"{ends} step{many} without a database: "),
            name("fidesdev db plan REV --record"),
            " runs the plan on a copy to see.",
        )
    yield from rehearsal_lines(report)


def impact_lines(steps: Iterable[StepReport]) -> Iterator[Line]:
    """What is lost, then what is locked, step by step; nothing for a step that does neither."""
    for step in steps:
        lines = [*_losses(step.impact), *_locks(step.impact)]
        if step.impact_ends:
            lines.append(line("  ", quiet(f"not all of it is known: {step.impact_ends}")))
        elif step.recorded:
            lines.append(line("  ", quiet("as it ran on a copy: without a database it cannot be")))
        if step.observed:
            lines += observed_lines(step.observed)
        if lines:
            yield line(name(step.revision), quiet(f" {step.message}"))
            yield from lines


def _losses(impacts: Sequence[Impact]) -> Iterator[Line]:
    lost = [loss for impact in impacts for loss in impact.loses]
    whole = {loss.name for loss in lost if loss.kind == "table"}
    for loss in dict.fromkeys(lost):
        if loss.kind == "index" or loss.name.partition(".")[0] in whole - {loss.name}:
            continue  # indexes hold nothing of their own; a column goes with its table
        yield line("  ", _word(loss), f"{loss.kind} {loss.name}", quiet(_counted(loss)))


def _word(loss: Loss) -> Span:
    return bad("loses ") if loss.count != 0 else notice("loses ")


def _counted(loss: Loss) -> str:
    word = _COUNTED.get(loss.kind)
    if loss.count is None or word is None:
        return ""
    about = ("at most " if loss.at_most else "") + ("about " if loss.estimated else "")
    return f" ({about}{loss.count:,} {word}{'s' * (loss.count != 1)})"


def _locks(impacts: Sequence[Impact]) -> Iterator[Line]:
    """One line for each lock that others wait for, with everything that it is held for.

    Nobody waits for a table that is empty, or that is gone afterwards.
    """
    gone = {loss.name for impact in impacts for loss in impact.loses if loss.kind == "table"}
    locks = dict.fromkeys((impact.lock, impact.stops) for impact in impacts if impact.stops)
    for lock, stops in locks:
        held = [impact for impact in impacts if impact.lock == lock]
        named = dict.fromkeys(table for impact in held for table in impact.tables)
        tables = [table for table in named if table.rows != 0 and table.name not in gone]
        if tables:
            said = quiet(f": {lock}, {stops} wait{_why(held)}")
            yield line("  ", notice("locks "), ", ".join(map(_table, tables)), said)


def _table(table: Locked) -> str:
    if table.rows is None:
        return table.name
    return f"{table.name} ({table.rows:,} row{'s' * (table.rows != 1)})"


def _why(held: Iterable[Impact]) -> str:
    """What takes its time meanwhile."""
    works = {impact.work: 0.0 for impact in held if impact.work}
    for impact in held:
        if impact.work:
            works[impact.work] += impact.seconds
    said = [f"it {_WORK[work]}{_duration(seconds)}" for work, seconds in works.items()]
    return f" while {' and '.join(said)}" if said else ""


def _duration(seconds: float) -> str:
    return f", about {seconds:,.0f} s" if seconds >= 1 else ""
