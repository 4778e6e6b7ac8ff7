"""What the steps of a plan did on a copy of the database, as lines below what was foreseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from fidesdev.core.rehearsal import Observed, Rehearsal, RehearsalFailure, SeenLock
from fidesdev.core.reports import MoveReport
from fidesdev.core.snapshot_diffs import RowsChange
from fidesdev.render.layout import Line, Span, bad, good, line, name, notice, quiet
from fidesdev.render.snapshot_diffs import schema_lines

SHOWN = 160
"""Characters of a statement that failed; JSON has all of it."""


def observed_lines(seen: Observed) -> Iterator[Line]:
    """Time and locks; then the schema and the rows that changed; then what is odd."""
    yield line("  on a copy ", quiet(f"{seen.seconds:,.2f} s"), *_locks(seen))
    for one in schema_lines(seen.schema):
        yield replace(one, spans=(Span("    "), *one.spans))
    for change in seen.rows:
        yield line("    ", f"{change.table}: ", _rows(change))
    for text in seen.differs:
        yield line("    ", notice("differs: "), text)
    for sql in seen.unseen:
        yield line("    ", quiet(f"too short outside of a transaction to see its locks: {sql}"))


def rehearsal_lines(report: MoveReport) -> Iterator[Line]:
    """How the plan as a whole did on the copy; nothing where it did not run there."""
    done = report.rehearsal
    if done is None:
        return
    ran = sum(step.observed is not None for step in report.steps)
    if done.failure:
        yield from _failure(done.failure)
    elif ran:
        yield line(
            good("It works: "), f"all {ran} steps ran on a copy of the database", _time(done)
        )
    else:
        yield line(quiet("Statements recorded on a copy of the database"), _time(done))


def _time(done: Rehearsal) -> Span:
    return quiet(f" in {done.seconds:,.1f} s; copied in {done.copied_in:,.1f} s, dropped again.")


def _locks(seen: Observed) -> Iterator[Span | str]:
    """Each mode with the tables that it was held on."""
    if not seen.locks:
        yield quiet(", no further locks")
    for mode, locks in groupby(seen.locks, key=lambda lock: lock.mode):
        yield quiet(", ")
        yield f"{mode} on {', '.join(map(_table, locks))}"


def _table(lock: SeenLock) -> str:
    return lock.name.removeprefix("public.")


def _rows(change: RowsChange) -> Span:
    before, after = change.before or 0, change.after
    if after is None:
        return bad(f"all {before:,} rows gone") if before else quiet("gone, it was empty")
    told = f"{before:,} → {after:,} rows"
    return bad(told) if after < before else good(told)


def _failure(failure: RehearsalFailure) -> Iterator[Line]:
    what = f"{failure.direction} " if failure.direction else "after all steps"
    place = f" ({failure.path}:{failure.line})" if failure.path and failure.line else ""
    revision = [name(failure.revision)] if failure.revision else []
    yield line(bad("Fails on a copy: "), what, *revision, f"{place}: {failure.message}")
    if failure.statement:
        text = " ".join(failure.statement.split())
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
        yield line("  ", quiet(shown))
