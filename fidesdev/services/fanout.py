"""Moving many databases, or the schemas of one: all plans first, then a bounded pool of workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from fidesdev.adapters.lent_workers import Workers
from fidesdev.core.planner import Direction
from fidesdev.core.recovery import Recovered
from fidesdev.core.reports import Event, SnapshotSkipped
from fidesdev.core.target import parse_target
from fidesdev.core.tenants import (
    FanoutReport,
    Outcome,
    TenantFinished,
    TenantReport,
    require_absolute,
    shown,
    summary,
)
from fidesdev.errors import (
    FidesdevError,
    Interrupted,
    ProtectedDatabase,
    RunnerDied,
    VersionTableDiffers,
)
from fidesdev.services import migrations
from fidesdev.services.destinations import destination
from fidesdev.services.moves import Move
from fidesdev.services.tenants import Choice, names_of, workspace_of
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.core.reports import MoveReport

Way = Callable[[Workspace], Move]
"""Plans for one database."""
Listener = Callable[[Any], None]
_SCHEMA_HINT = (
    "See that the schema exists, and that env.py sets its search_path or version_table_schema to"
    " context.get_x_argument(as_dictionary=True)['tenant']; then 'fidesdev db status'."
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One tenant with its plan, or with why there is none."""

    tenant: str
    move: Move | None = field(default=None, repr=False)
    error: FidesdevError | None = None

    @property
    def loss(self) -> str | None:
        """What somebody has to agree to."""
        return self.move.loss if self.move else None

    @property
    def is_pending(self) -> bool:
        """Whether something is to be done."""
        return self.move is not None and not self.move.plan.is_empty

    @property
    def report(self) -> TenantReport:
        """What would be done; nothing was run."""
        if self.move is None:
            return _failed(self, self.error)
        plan, outcome = self.move.plan, Outcome.PENDING if self.is_pending else Outcome.UNCHANGED
        down = (step.revision for step in plan.steps if step.direction is Direction.DOWN)
        steps = len(plan.steps)
        return TenantReport(self.tenant, outcome, plan.before, plan.after, steps, tuple(down))


@dataclass(frozen=True, slots=True)
class Fanout:
    """The plans of all tenants, ready to be shown and then carried out."""

    workspace: Workspace = field(repr=False)
    choice: Choice
    target: str
    planned: tuple[Planned, ...]
    workers: Workers = field(repr=False)

    @property
    def losing(self) -> tuple[Planned, ...]:
        """Those that lose something which somebody has to agree to."""
        return tuple(one for one in self.planned if one.loss)

    @property
    def report(self) -> FanoutReport:
        """What would be done; nothing was run."""
        return self.reported([one.report for one in self.planned], executed=False)

    def reported(
        self, tenants: Iterable[TenantReport], *, executed: bool, seconds: float = 0.0
    ) -> FanoutReport:
        """The report of the whole."""
        found = summary(self.target, tenants, executed=executed, shard=self.choice.shard)
        return replace(found, seconds=round(seconds, 3), interrupted=self.workers.is_stopped)

    def without_protected(self, forced: str) -> Fanout:
        """The same, refusing for each protected database but `forced` whatever loses something."""
        return replace(self, planned=tuple(_unless_protected(one, forced) for one in self.planned))


def plan(workspace: Workspace, choice: Choice, rev: str, way: Way) -> Fanout:
    """The way to `rev` for every tenant, each looked at once.

    Raises `UsageError` where nobody is listed, or `rev` is relative to each database;
    `UnknownRevision` and its like where no tenant could be moved there.
    """
    target = parse_target(rev)
    require_absolute(target)
    destination(workspace, target, frozenset(), Recovered(workspace.graph))
    if workspace.is_embedded:
        _ = workspace.database  # which starts the server, once
    names, workers = names_of(workspace, choice), Workers()

    def look(name: str) -> Planned:
        try:
            return Planned(shown(name), way(workspace_of(workspace, choice, name, workers)))
        except FidesdevError as error:
            return Planned(shown(name), error=error)

    with _pool(choice) as pool:
        planned: Iterable[Planned] = tuple(pool.map(look, names))
    if choice.schemas:
        planned = _with_one_snapshot(planned)
    return Fanout(workspace, choice, rev, tuple(planned), workers)


def execute(fanout: Fanout, *, on_event: Listener) -> FanoutReport:
    """Move whoever is to be moved, and tell how each fared; a failure stops no other.

    Raises `RunnerMissing` where migrations can run nowhere. Ctrl-C rolls back what runs and
    begins no other; a second one does not wait for it.
    """
    started, halted = time.monotonic(), threading.Event()
    pending = [one for one in fanout.planned if one.is_pending]
    if pending:
        _ = fanout.workspace.place
    if fanout.choice.fail_fast and any(one.error for one in fanout.planned):
        halted.set()
    with closing(fanout.workers), _pool(fanout.choice) as pool:
        begun = {one.tenant: pool.submit(_carried_out, fanout, one, halted) for one in pending}
        _follow(fanout, tuple(begun.values()), halted, on_event)
    reports = [
        begun[one.tenant].result() if one.tenant in begun else one.report for one in fanout.planned
    ]
    return fanout.reported(reports, executed=True, seconds=time.monotonic() - started)


def _with_one_snapshot(planned: Iterable[Planned]) -> Iterator[Planned]:
    """The same for the schemas of one database: the first that needs a snapshot copies them all."""
    guarded = True
    for one in planned:
        if one.move is None:
            yield one
            continue
        (tenant,) = one.move.workspace.x_arguments[-1:]
        command = f"{one.move.command} -x {tenant}"
        yield replace(one, move=replace(one.move, command=command, guarded=guarded))
        guarded = guarded and not one.move.takes_snapshot


def _unless_protected(one: Planned, forced: str) -> Planned:
    if one.move is None or not (loss := one.loss) or not one.move.workspace.is_protected:
        return one
    name = one.move.workspace.database.database
    return one if name == forced else Planned(one.tenant, error=ProtectedDatabase(name, loss))


@contextmanager
def _pool(choice: Choice) -> Iterator[ThreadPoolExecutor]:
    """Threads for one tenant each; what interrupts the block lets no other tenant begin."""
    jobs = 1 if choice.schemas else choice.jobs
    with ThreadPoolExecutor(jobs, thread_name_prefix="fidesdev-tenant") as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _carried_out(fanout: Fanout, one: Planned, halted: threading.Event) -> TenantReport:
    """Move one tenant, in whichever thread; its own failures are its report."""
    if halted.is_set():
        return replace(one.report, outcome=Outcome.NOT_STARTED, after=one.report.before)
    report = _moved(fanout, one)
    if fanout.choice.fail_fast and report.outcome is Outcome.FAILED:
        halted.set()
    return report


def _moved(fanout: Fanout, one: Planned) -> TenantReport:
    assert one.move is not None
    started, skipped = time.monotonic(), list[str]()

    def listen(event: Event) -> None:
        if isinstance(event, SnapshotSkipped):
            skipped.append(event.reason)

    try:
        done: MoveReport = migrations.execute(one.move, on_event=listen)
    except KeyboardInterrupt:
        return _failed(one, Interrupted())
    except FidesdevError as error:
        ended = isinstance(error, RunnerDied) and fanout.workers.is_stopped
        told = Interrupted(error.facts["now"]) if ended else error
        if fanout.choice.schemas and isinstance(error, VersionTableDiffers):
            error.hint = _SCHEMA_HINT
        return replace(_failed(one, told), seconds=round(time.monotonic() - started, 3))
    return replace(
        one.report,
        outcome=Outcome.DONE,
        before=done.before,
        after=done.after,
        steps=len(done.steps),
        downgraded=tuple(step.revision for step in done.steps if step.direction == "down"),
        seconds=done.seconds,
        snapshot=done.snapshot,
        note="; ".join(filter(None, [done.note, *skipped])) or None,
    )


def _follow(
    fanout: Fanout,
    begun: Sequence[Future[TenantReport]],
    halted: threading.Event,
    on_event: Listener,
) -> None:
    """Tell of each tenant that is through, until all are or Ctrl-C had what runs rolled back."""
    waiting, numbers = set(begun), count(1)
    while waiting:
        try:
            through, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for report in (future.result() for future in through):
                if report.outcome is not Outcome.NOT_STARTED:
                    on_event(TenantFinished(report, next(numbers), len(begun)))
        except KeyboardInterrupt:
            halted.set()
            fanout.workers.stop()


def _failed(one: Planned, error: FidesdevError | None) -> TenantReport:
    """The tenant with its error, and with where that left it."""
    assert error is not None
    stopped = isinstance(error, Interrupted)
    now = error.facts.get("now")
    return TenantReport(
        one.tenant,
        Outcome.INTERRUPTED if stopped else Outcome.FAILED,
        before=one.move.plan.before if one.move else None,
        after=None if now is None else frozenset(now),
        code=error.code,
        message=str(error),
        hint=error.hint,
    )
