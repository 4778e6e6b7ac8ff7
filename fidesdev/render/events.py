"""What is told while a plan runs, one line each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from fidesdev.core.lock import Holder
from fidesdev.core.reports import (
    LockWaiting,
    PlanNotAtomic,
    StepBlocked,
    StepsRolledBack,
    StepStarted,
)
from fidesdev.render.layout import Line, line, name, notice, quiet
from fidesdev.render.reports import ARROWS


@singledispatch
def event_line(_event: object) -> Line | None:
    """What to say of the event; nothing of most."""
    return None


@event_line.register
def _(event: StepStarted) -> Line:
    arrow = ARROWS[event.step.direction.value]
    return line(quiet(f"{event.number}/{event.total} "), f"{arrow} ", name(event.step.revision))


@event_line.register
def _(event: PlanNotAtomic) -> Line:
    return line(notice("Not one transaction: "), "; ".join(event.reasons))


@event_line.register
def _(event: LockWaiting) -> Line:
    waited = f", {event.seconds:.0f} s so far" if event.seconds >= 1 else ""
    return line(notice("Waiting"), f" for another run: {event.holder}{waited}")


@event_line.register
def _(event: StepBlocked) -> Line:
    return line(notice("Blocked: "), name(event.step.revision), f" waits for {_all(event.by)}")


@event_line.register
def _(event: StepsRolledBack) -> Line:
    again = f"; rolled back, again in {event.seconds:.0f} s (attempt {event.attempt + 1})"
    by = f" held by {_all(event.by)}" if event.by else ""
    return line(name(event.step.revision), notice(" waited in vain"), f" for a lock{by}{again}")


def _all(holders: Iterable[Holder]) -> str:
    return "; ".join(f"{one}: {one.query}" if one.query else str(one) for one in holders)
