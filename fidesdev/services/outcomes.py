"""What the worker says went wrong -> the error that says so to a person."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fidesdev.adapters.jobs import Failure
from fidesdev.adapters.recorder import Recorded
from fidesdev.core.failures import aftermath
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.lock import Holder
from fidesdev.core.planner import Plan
from fidesdev.core.server import missing_extension_hint
from fidesdev.errors import (
    EnvFailed,
    FidesdevError,
    LockBusy,
    LockLost,
    RunnerDied,
    RunnerMissing,
    StalePlan,
    StepFailed,
    VersionTableDiffers,
    WrongDatabase,
)
from fidesdev.services.workspace import Workspace


def failed(
    workspace: Workspace, failure: Failure, plan: Plan, graph: RevisionGraph
) -> FidesdevError:
    """The error for a plan that did not run to its end, with where the database is now."""
    if refusal := refused(workspace, failure):
        return refusal
    now = workspace.recorded().rows
    if failure.code == "runner_died":
        return RunnerDied(failure.message, sorted(now))
    if failure.code == "lock_lost":
        return LockLost(failure.message, sorted(now))
    if failure.code == "step_failed" and failure.step is not None and plan.steps:
        return _step_failed(failure, failure.step, plan, graph, now)
    return _env_failed(workspace, failure, sorted(now))


def refused(workspace: Workspace, failure: Failure) -> FidesdevError | None:
    """The error where nothing was changed and a setting, or patience, helps; else None."""
    expected, found = failure.expected, failure.found
    match failure.code:
        case "locked":
            return _busy(workspace, failure)
        case "stale_plan":
            return StalePlan(expected, found)
        case "wrong_database":
            return WrongDatabase(str(workspace.database), expected, found)
        case "version_table_differs":
            return VersionTableDiffers(expected, found)
    return missing(workspace, failure)


def missing(workspace: Workspace, failure: Failure) -> RunnerMissing | None:
    """The error where a package is not installed; None where it is something else."""
    if not failure.missing_module:
        return None
    place = workspace.environment.place or "this environment"
    return RunnerMissing(failure.missing_module, str(workspace.alembic.path), place=str(place))


def uncommitted(recorded: Recorded) -> EnvFailed:
    """The error where every step ran, and none is there."""
    now = sorted(recorded.rows)
    return EnvFailed(
        "env.py did not commit: the migrations ran, and the database is still at "
        f"{', '.join(now) or 'base'}",
        hint="See that env.py runs them inside 'with context.begin_transaction():'.",
        now=now,
    )


def _busy(workspace: Workspace, failure: Failure) -> LockBusy:
    holder = Holder.read(failure.holder)
    facts: Mapping[str, Any] = {
        "holder": {
            "pid": holder.pid,
            "user": holder.user,
            "application": holder.application,
            "host": holder.host,
            "since": holder.since,
        }
    }
    return LockBusy(workspace.database.database, str(holder), failure.waited, **facts)


def _env_failed(workspace: Workspace, failure: Failure, now: list[str]) -> FidesdevError:
    """What env.py did outside of any step."""
    when = "after the migrations ran" if failure.ended else "before any migration ran"
    path, line = failure.place or (None, None)
    if path:
        path = os.path.relpath(path, workspace.settings.project)
        when += f" ({path}:{line})"
    return EnvFailed(
        f"env.py failed {when}: {failure.message}\n  the database is at "
        + (", ".join(now) or "base"),
        hint="See the whole traceback: the same command with '-v'.",
        path=path,
        line=line,
        kind=failure.kind,
        now=now,
        traceback=failure.traceback,
    )


def _step_failed(
    failure: Failure, index: int, plan: Plan, graph: RevisionGraph, now: frozenset[str]
) -> FidesdevError:
    """The failing step with what was kept and what was rolled back."""
    left = aftermath(graph, plan, index, now)
    step = plan.steps[index]
    return StepFailed(
        f"{step.direction.value} {step.revision}",
        _blamed(failure),
        direction=step.direction.value,
        revision=step.revision,
        path=graph.revisions[step.revision].path,
        line=failure.line,
        statement=failure.statement,
        kept=list(left.kept),
        rolled_back=list(left.rolled_back),
        now=sorted(now),
        advice=missing_extension_hint(failure.message),
        traceback=failure.traceback,
    )


def _blamed(failure: Failure) -> str:
    """The reason, and who had the lock that was waited for in vain."""
    blockers = [Holder.read(facts) for facts in failure.blockers]
    if not blockers:
        return failure.message
    named = "; ".join(f"{blocker}: {blocker.query or blocker.state}" for blocker in blockers)
    return f"{failure.message}, held by {named}"
