"""A move carried out on a copy of its database, which is dropped then: what it sends and does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from fidesdev.adapters.jobs import Failure
from fidesdev.adapters.rehearsing import Witness, witness
from fidesdev.adapters.runner import open_runner
from fidesdev.core.planner import Step
from fidesdev.core.rehearsal import Observed, Rehearsal, RehearsalFailure, SeenLock
from fidesdev.core.reports import Listener, ignore
from fidesdev.errors import Interrupted, UsageError
from fidesdev.services.moves import Move
from fidesdev.services.outcomes import failed, uncommitted
from fidesdev.services.scratch import copied_workspace
from fidesdev.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was seen."""

    outcome: Rehearsal
    steps: Mapping[Step, Observed] = field(default_factory=dict)
    """Those that began."""
    held: Mapping[Step, tuple[SeenLock, ...]] = field(default_factory=dict)
    """The locks that each step found when it began."""


def rehearse(move: Move, *, look: bool = True, on_event: Listener = ignore) -> Rehearsed:
    """Run the move's plan on a copy of its database, through env.py and in its transactions.

    Without `look` the statements alone are recorded. The database itself is copied as a snapshot
    is, and otherwise left alone. A step that fails is part of what was seen; raised is what copying
    raises, and what has nothing to do with the steps: `EnvFailed`, `RunnerDied`, `StalePlan` ...
    """
    workspace = move.workspace
    if workspace.database.database == ":memory:":
        raise UsageError(
            "a database in memory cannot be copied",
            hint="Name a file: 'fidesdev --database-url sqlite:///trial.db db plan heads'.",
        )
    began = time.monotonic()
    try:
        with copied_workspace(workspace, on_event) as beside:
            copied = time.monotonic()
            table = workspace.version_table
            seen = witness(beside.database, table) if look else Witness()
            failure = _run(move, beside, seen, on_event)
            ended = time.monotonic()
    except KeyboardInterrupt as error:
        raise Interrupted(sorted(move.recorded.rows)) from error
    steps = move.plan.steps
    outcome = Rehearsal(
        seconds=round(ended - copied, 3),
        copied_in=round(copied - began, 3),
        failure=_failure(failure, move) if failure else None,
    )
    observed = {steps[index]: one for index, one in seen.steps.items()}
    return Rehearsed(outcome, observed, {steps[index]: one for index, one in seen.held.items()})


def _run(move: Move, beside: Workspace, seen: Witness, on_event: Listener) -> Failure | None:
    """How the plan failed on the copy, if it did; raises what is no fault of the plan."""
    recorded = beside.recorded()
    with open_runner(beside.environment) as runner:
        failure = runner.rehearse(
            move.plan,
            seen,
            identity=recorded.identity,
            scripts=move.scripts,
            explicit_begin=move.atomicity.explicit_begin,
            on_event=on_event,
        )
    if failure and not (failure.code == "step_failed" or failure.ended):
        raise failed(beside, failure, move.plan, move.graph)
    if not failure and (now := beside.recorded()).rows != move.plan.after:
        raise uncommitted(now)
    return failure


def _failure(failure: Failure, move: Move) -> RehearsalFailure:
    step = move.plan.steps[failure.step] if failure.step is not None else None
    return RehearsalFailure(
        message=failure.message,
        direction=step.direction.value if step else None,
        revision=step.revision if step else None,
        path=move.graph.revisions[step.revision].path if step else None,
        line=failure.line,
        statement=failure.statement,
    )
