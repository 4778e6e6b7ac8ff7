"""Moving one database along the revisions of a checkout."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from fidesdev.adapters.recorder import Recorded
from fidesdev.adapters.recovered_files import written
from fidesdev.adapters.runner import Failure, render_plan, run_plan, write_rows
from fidesdev.core.failures import aftermath
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Direction, Plan, Step, plan_downgrade, plan_goto, plan_upgrade
from fidesdev.core.recovery import FoundSource, Recovered
from fidesdev.core.reports import Listener, MoveReport, StepReport, ignore
from fidesdev.core.reversal import is_reversible
from fidesdev.core.server import missing_extension_hint
from fidesdev.core.target import parse_target
from fidesdev.errors import (
    EnvFailed,
    FidesdevError,
    Interrupted,
    RunnerMissing,
    StalePlan,
    StepFailed,
    VersionTableDiffers,
    WrongDatabase,
)
from fidesdev.services.destinations import destination
from fidesdev.services.journal import Recording, planned_steps, recording
from fidesdev.services.unknown import known, recovered
from fidesdev.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Move:
    """A plan for one workspace, ready to be shown and then carried out."""

    workspace: Workspace = field(repr=False)
    plan: Plan
    recorded: Recorded = field(repr=False)
    note: str | None = None
    command: str = "db goto"
    """What the journal calls it."""
    recovered: Recovered | None = field(default=None, repr=False)
    """The revisions of the plan that no file of the checkout has."""

    @property
    def graph(self) -> RevisionGraph:
        """The graph that every revision of the plan is in."""
        return self.recovered.graph if self.recovered else self.workspace.graph

    @property
    def sources(self) -> Mapping[str, FoundSource]:
        """The source of each step's revision that is in no file of the checkout."""
        found = self.recovered.sources if self.recovered else {}
        return {s.revision: found[s.revision] for s in self.plan.steps if s.revision in found}

    @property
    def destroys(self) -> bool:
        """Whether a downgrade is among the steps."""
        return any(step.direction is Direction.DOWN for step in self.plan.steps)

    @property
    def loss(self) -> str | None:
        """What somebody has to agree to; None where nothing is lost."""
        if self.destroys:
            return "this downgrades, which can destroy data"
        if not self.plan.steps and self.plan.before - self.plan.after - self.plan.redundant:
            return "this forgets what the version table says now"
        return None

    @property
    def report(self) -> MoveReport:
        """What it would do; nothing was run."""
        return _report(self, executed=False, seconds=0.0)


def goto(workspace: Workspace, rev: str, *, exactly: bool = False) -> Move:
    """The way to exactly `rev` applied, from wherever the database is.

    Unknown revisions are unapplied from their recovered source; raises `SourceNotFound`.
    """
    target = parse_target(rev)
    recorded = workspace.recorded()
    standing = recovered(workspace, recorded.rows)
    standing, to = destination(workspace, target, recorded.rows, standing)
    plan = plan_goto(standing.graph, recorded.rows, to, exactly=exactly)
    return Move(workspace, plan, recorded, command=f"db goto {rev}", recovered=standing)


def upgrade(workspace: Workspace, rev: str = "heads") -> Move:
    """The way to `rev` and all that it needs, unapplying nothing."""
    target = parse_target(rev)
    recorded = workspace.recorded()
    standing = Recovered(workspace.graph)
    standing, to = destination(workspace, target, known(workspace, recorded.rows), standing)
    plan = plan_upgrade(standing.graph, recorded.rows, to)
    behind = not plan.steps and to.ids != plan.after
    note = f"{rev} is applied already; to go back to it: fidesdev db goto {rev}" if behind else None
    note = note if rev not in {"head", "heads"} else None
    return Move(workspace, plan, recorded, note, f"db upgrade {rev}", standing)


def downgrade(workspace: Workspace, rev: str) -> Move:
    """The way down to `rev`, unapplying what descends from it."""
    target = parse_target(rev)
    recorded = workspace.recorded()
    standing = Recovered(workspace.graph)
    standing, to = destination(workspace, target, known(workspace, recorded.rows), standing)
    plan = plan_downgrade(standing.graph, recorded.rows, to, text=rev)
    return Move(workspace, plan, recorded, command=f"db downgrade {rev}")


def execute(move: Move, *, on_event: Listener = ignore) -> MoveReport:
    """Carry the move out and tell where the database stands then, read again.

    Raises `StepFailed`, `EnvFailed`, `StalePlan`, `WrongDatabase` or `VersionTableDiffers`.
    """
    if move.plan.is_empty:
        return _report(move, executed=True, seconds=0.0)
    started, workspace = time.monotonic(), move.workspace
    sources = {id_: found.source for id_, found in move.sources.items()}
    steps = planned_steps(move.plan, move.graph, workspace.settings.project, sources)
    with recording(workspace, move.command, move.plan, steps) as journaled:
        _run(move, journaled, on_event)
    return _report(move, executed=True, seconds=time.monotonic() - started)


def render(move: Move) -> MoveReport:
    """The statements that the move would send, by Alembic's offline mode; nothing is run."""
    workspace = move.workspace
    sql, failure = "", None
    if not move.plan.is_empty:
        with written(move.sources) as files:
            sql, failure = render_plan(move.plan, workspace.environment, _paths(move, files))
    if failure:
        _raise(move, failure)
    return _report(move, executed=False, seconds=0.0, sql=sql)


def _run(move: Move, journaled: Recording, on_event: Listener) -> None:
    workspace = move.workspace
    try:
        failure = _carry_out(move, journaled, on_event)
    except KeyboardInterrupt as error:
        raise Interrupted(sorted(workspace.recorded().rows)) from error
    if failure:
        _raise(move, failure)
    after = workspace.recorded().rows
    if after != move.plan.after:
        raise EnvFailed(
            "env.py did not commit: the migrations ran, and the database is still at "
            f"{', '.join(sorted(after)) or 'base'}",
            hint="See that env.py runs them inside 'with context.begin_transaction():'.",
            now=sorted(after),
        )


def _carry_out(move: Move, journaled: Recording, on_event: Listener) -> Failure | None:
    plan, identity = move.plan, move.recorded.identity
    if not plan.steps:
        return write_rows(plan.before, plan.after, move.workspace.environment, identity)
    with written(move.sources) as files:
        return run_plan(
            plan,
            move.workspace.environment,
            identity=identity,
            paths=_paths(move, files),
            note=journaled.note,
            on_event=journaled.listener(on_event),
        )


def _paths(move: Move, recovered_files: Mapping[str, str]) -> dict[str, str]:
    """The absolute file of each step's revision."""
    revisions, root = move.graph.revisions, move.workspace.settings.project
    ids = {step.revision for step in move.plan.steps}
    return {id_: recovered_files.get(id_) or str(root / revisions[id_].path) for id_ in ids}


def _report(move: Move, *, executed: bool, seconds: float, sql: str | None = None) -> MoveReport:
    return MoveReport(
        before=move.plan.before,
        after=move.plan.after,
        steps=tuple(_step_report(move, step) for step in move.plan.steps),
        executed=executed,
        seconds=round(seconds, 3),
        note=move.note,
        sql=sql,
        redundant=move.plan.redundant,
    )


def _step_report(move: Move, step: Step) -> StepReport:
    revision = move.graph.revisions[step.revision]
    found = move.sources.get(step.revision)
    source = found.source if found else _read(move.workspace.settings.project / revision.path)
    return StepReport(
        direction=step.direction.value,
        revision=revision.id,
        message=revision.message,
        path=revision.path,
        source=found.place if found else "file",
        reversible=is_reversible(source) if source else None,
    )


def _raise(move: Move, failure: Failure) -> NoReturn:
    match failure.code:
        case "stale_plan":
            raise StalePlan(failure.expected, failure.found)
        case "wrong_database":
            raise WrongDatabase(str(move.workspace.database), failure.expected, failure.found)
        case "version_table_differs":
            raise VersionTableDiffers(failure.expected, failure.found)
        case "step_failed" if failure.step is not None and move.plan.steps:
            raise _step_failed(move, failure, failure.step)
    if failure.missing_module:
        raise RunnerMissing(failure.missing_module, str(move.workspace.alembic.path))
    raise _env_failed(move, failure)


def _env_failed(move: Move, failure: Failure) -> FidesdevError:
    """What env.py did outside of any step, with where the database is now."""
    now = sorted(move.workspace.recorded().rows)
    when = "after the migrations ran" if failure.ended else "before any migration ran"
    path, line = failure.place or (None, None)
    if path:
        path = os.path.relpath(path, move.workspace.settings.project)
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


def _step_failed(move: Move, failure: Failure, index: int) -> FidesdevError:
    """The failing step with what was kept, what was rolled back, and where the database is now."""
    workspace, graph = move.workspace, move.graph
    now = workspace.recorded().rows
    left = aftermath(graph, move.plan, index, now)
    step = move.plan.steps[index]
    return StepFailed(
        f"{step.direction.value} {step.revision}",
        failure.message,
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


def _read(path: Path) -> bytes:
    """The file's content; nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
