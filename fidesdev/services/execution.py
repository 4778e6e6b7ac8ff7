"""Carrying a move out: under the migration lock, from where the database is then."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from itertools import count

from fidesdev.adapters.jobs import Failure
from fidesdev.adapters.runner import Runner, open_runner
from fidesdev.core.lock import Holder
from fidesdev.core.reports import (
    Event,
    Listener,
    PlanNotAtomic,
    StepsRolledBack,
    StepStarted,
    ignore,
)
from fidesdev.errors import Interrupted, StalePlan
from fidesdev.services import automatic
from fidesdev.services.journal import Recording, planned_steps, recording
from fidesdev.services.moves import Move
from fidesdev.services.outcomes import failed, uncommitted
from fidesdev.services.writing import require_writable

LOCK_NOT_AVAILABLE = "55P03"
RETRIES = 4


def carry_out(move: Move, on_event: Listener = ignore) -> Move:
    """The move as it was carried out, which may be less than was planned: another run was faster.

    Raises `LockBusy`, `StepFailed`, `EnvFailed`, `RunnerDied`, `StalePlan`, `WrongDatabase` or
    `VersionTableDiffers`.
    """
    workspace = move.workspace
    require_writable(workspace, move.recorded)
    try:
        with open_runner(workspace.environment) as runner:
            _take_lock(move, runner, on_event)
            now = _as_of_now(move)
            if now.plan.is_empty:
                return now
            if now.takes_snapshot:
                now = _with_snapshot(now, runner, on_event)
            _record(now, runner, on_event)
            return now
    except KeyboardInterrupt as error:
        raise Interrupted(sorted(workspace.recorded().rows)) from error


def _take_lock(move: Move, runner: Runner, on_event: Listener) -> None:
    """Take the migration lock for the runner's life; raises `LockBusy` or `WrongDatabase`."""
    seconds = move.workspace.lock_timeout
    if failure := runner.lock(move.recorded.identity, seconds, on_event):
        raise failed(move.workspace, failure, move.plan, move.graph)


def _as_of_now(move: Move) -> Move:
    """The move from the rows that are there under the lock; it never unapplies more than shown."""
    recorded = move.workspace.recorded()
    if recorded.rows == move.plan.before:
        return replace(move, recorded=recorded)
    if move.replan is None:
        raise StalePlan(sorted(move.plan.before), sorted(recorded.rows))
    again = replace(move, plan=move.replan(recorded.rows), recorded=recorded)
    if again.downgraded - move.downgraded:
        raise StalePlan(sorted(move.plan.before), sorted(recorded.rows))
    note = "another run did it in the meantime" if again.plan.is_empty else move.note
    return replace(again, note=note)


def _with_snapshot(move: Move, runner: Runner, on_event: Listener) -> Move:
    """The move, with the database copied just before it, or with what was told instead.

    What is connected to cannot be copied, and the lock is a connection: it is given up for the
    copy, and whoever moves the database in that moment makes the plan stale.
    """
    runner.unlock()
    saved = automatic.take(move.workspace, move.command, on_event)
    try:
        _take_lock(move, runner, on_event)
        rows = move.workspace.recorded().rows
        if rows != move.plan.before or (saved and rows != frozenset(saved.revisions)):
            raise StalePlan(sorted(move.plan.before), sorted(rows))
    except BaseException:
        automatic.discard(move.workspace, saved)
        raise
    return replace(move, snapshot=saved)


def _record(move: Move, runner: Runner, on_event: Listener) -> None:
    if reasons := move.atomicity.reasons:
        on_event(PlanNotAtomic(reasons))
    steps = planned_steps(move.plan, move.graph, move.workspace.settings.project, move.texts)
    with recording(move.workspace, move.command, move.plan, steps) as journaled:
        journaled.remember(move.snapshot.storage if move.snapshot else None)
        _run(move, runner, journaled, on_event)


def _run(move: Move, runner: Runner, journaled: Recording, on_event: Listener) -> None:
    listener = journaled.listener(_naming(move, on_event))
    for attempt in count(1):
        failure = _attempt(move, runner, journaled, listener)
        if failure is None:
            break
        if attempt > RETRIES or not _may_repeat(move, failure):
            raise failed(move.workspace, failure, move.plan, move.graph)
        _pause(move, failure, attempt, listener)
    recorded = move.workspace.recorded()
    if recorded.rows != move.plan.after:
        raise uncommitted(recorded)


def _naming(move: Move, also: Listener) -> Listener:
    """Adds to each step what its script says of itself, and passes every event on."""
    revisions = move.graph.revisions

    def listen(event: Event) -> None:
        if isinstance(event, StepStarted):
            event = replace(event, message=revisions[event.step.revision].message)
        also(event)

    return listen


def _attempt(
    move: Move, runner: Runner, journaled: Recording, listener: Listener
) -> Failure | None:
    plan, identity, scripts = move.plan, move.recorded.identity, move.scripts
    if not plan.steps:
        return runner.write_rows(plan.before, plan.after, identity=identity, scripts=scripts)
    return runner.move(
        plan,
        identity=identity,
        scripts=scripts,
        note=journaled.note,
        explicit_begin=move.atomicity.explicit_begin,
        on_event=listener,
    )


def _may_repeat(move: Move, failure: Failure) -> bool:
    """Whether a statement waited for a lock in vain, and all of the plan was rolled back."""
    if move.workspace.statement_lock_timeout is None or failure.sqlstate != LOCK_NOT_AVAILABLE:
        return False
    return failure.step is not None and move.workspace.recorded().rows == move.plan.before


def _pause(move: Move, failure: Failure, attempt: int, listener: Listener) -> None:
    """Let others finish; each time twice as long, and never in step with another run."""
    assert failure.step is not None
    seconds = 2 ** (attempt - 2) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    by = tuple(Holder.read(facts) for facts in failure.blockers)
    listener(StepsRolledBack(move.plan.steps[failure.step], attempt, seconds, by))
    time.sleep(seconds)
