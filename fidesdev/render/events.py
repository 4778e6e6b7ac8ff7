"""What is told while a plan runs, one line each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from fidesdev.core.cleaning import ThingTouched
from fidesdev.core.containers import ComposeSaid, OtherCheckout, RemoteEngine, ServiceProgress
from fidesdev.core.lock import Holder
from fidesdev.core.reports import (
    LockWaiting,
    PlanNotAtomic,
    SnapshotSkipped,
    SnapshotTaken,
    StepBlocked,
    StepsRolledBack,
    StepStarted,
    TrialFinished,
    TrialsResumed,
)
from fidesdev.core.request_seeds import Written
from fidesdev.core.snapshots import CopyStarted
from fidesdev.core.tenants import Outcome, TenantFinished
from fidesdev.render.layout import Line, bad, good, line, name, notice, quiet
from fidesdev.render.reports import ARROWS
from fidesdev.render.server import readable_size


@singledispatch
def event_line(_event: object) -> Line | None:
    """What to say of the event; nothing of most."""
    return None


@event_line.register
def _(event: StepStarted) -> Line:
    arrow = ARROWS[event.step.direction.value]
    message = quiet(f"  {event.message}" if event.message else "")
    id_ = name(event.step.revision)
    number = f"{event.number:>{len(str(event.total))}}/{event.total} "
    return line(quiet(number), f"{arrow} ", id_, message)


@event_line.register
def _(event: TrialsResumed) -> Line:
    tried = f"{event.tried:,} of {event.total:,} revisions were tried by an interrupted run"
    return line(quiet(f"{tried}; --fresh tries them again."))


@event_line.register
def _(event: TrialFinished) -> Line | None:
    if not event.found:
        return None
    count = f"{event.found} finding{'s' * (event.found > 1)}"
    return line(quiet(f"{event.number}/{event.total} "), name(event.revision), f" {count}")


@event_line.register
def _(event: TenantFinished) -> Line | None:
    one, place = event.tenant, quiet(f"{event.number}/{event.total} ")
    if one.outcome is Outcome.DONE:
        return None
    return line(place, name(one.tenant), " ", bad(one.outcome.replace("_", " ")))


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


@event_line.register
def _(event: SnapshotTaken) -> Line:
    taken = f" taken ({readable_size(event.bytes)}, {event.seconds:.1f} s); "
    return line("Snapshot ", name(event.name), taken, f"'{event.undone_by}' brings it back")


@event_line.register
def _(event: SnapshotSkipped) -> Line:
    return line(notice("No snapshot: "), event.reason)


@event_line.register
def _(event: CopyStarted) -> Line:
    return line(quiet("Copying "), name(event.database), quiet(f", {readable_size(event.bytes)}"))


@event_line.register
def _(event: Written) -> Line:
    rest = event.seconds / event.done * (event.total - event.done)
    return line(quiet(f"{event.done:,} of {event.total:,}, {rest:.0f} s to go"))


@event_line.register
def _(event: ThingTouched) -> Line:
    return line(quiet(f"{event.verb} {event.kind} "), name(event.name))


@event_line.register
def _(event: ComposeSaid) -> Line:
    return line(quiet(event.text))


@event_line.register
def _(event: ServiceProgress) -> Line:
    state = good(event.state) if event.ready else notice(event.state)
    return line(name(event.service), " ", state, quiet(f" {event.seconds:.1f} s"))


@event_line.register
def _(event: RemoteEngine) -> Line:
    return line(notice("On another machine: "), event.engine)


@event_line.register
def _(event: OtherCheckout) -> Line:
    return line(
        notice("Careful: "),
        f"containers of {event.folder} carry the name {event.project!r} too, and are replaced;",
        " 'project' under [fidesdev.docker] gives this checkout another one",
    )


def _all(holders: Iterable[Holder]) -> str:
    return "; ".join(f"{one}: {one.query}" if one.query else str(one) for one in holders)
