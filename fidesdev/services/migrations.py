"""Moving one database along the revisions of a checkout."""

from __future__ import annotations

import time
from dataclasses import replace

from fidesdev.adapters.runner import open_runner
from fidesdev.core.planner import Plan, plan_downgrade, plan_goto, plan_upgrade
from fidesdev.core.recovery import Recovered
from fidesdev.core.reports import Listener, MoveReport, ignore
from fidesdev.core.target import parse_target
from fidesdev.services.destinations import destination
from fidesdev.services.execution import carry_out
from fidesdev.services.moves import Move, reported
from fidesdev.services.outcomes import failed
from fidesdev.services.unknown import known, recovered
from fidesdev.services.workspace import Workspace

__all__ = ["Move", "downgrade", "execute", "goto", "render", "upgrade"]


def goto(workspace: Workspace, rev: str, *, exactly: bool = False) -> Move:
    """The way to exactly `rev` applied, from wherever the database is.

    Unknown revisions are unapplied from their recovered source; raises `SourceNotFound`.
    """
    target = parse_target(rev)
    recorded = workspace.recorded()
    standing = recovered(workspace, recorded.rows)
    standing, to = destination(workspace, target, recorded.rows, standing)

    def way(rows: frozenset[str]) -> Plan:
        return plan_goto(standing.graph, rows, to, exactly=exactly)

    move = Move(workspace, way(recorded.rows), recorded, command=f"db goto {rev}")
    return replace(move, recovered=standing, replan=way)


def upgrade(workspace: Workspace, rev: str = "heads") -> Move:
    """The way to `rev` and all that it needs, unapplying nothing."""
    target = parse_target(rev)
    recorded = workspace.recorded()
    standing = Recovered(workspace.graph)
    standing, to = destination(workspace, target, known(workspace, recorded.rows), standing)

    def way(rows: frozenset[str]) -> Plan:
        return plan_upgrade(standing.graph, rows, to)

    plan = way(recorded.rows)
    behind = not plan.steps and to.ids != plan.after
    note = f"{rev} is applied already; to go back to it: fidesdev db goto {rev}" if behind else None
    note = note if rev not in {"head", "heads"} else None
    return Move(workspace, plan, recorded, note, f"db upgrade {rev}", standing, way)


def downgrade(workspace: Workspace, rev: str) -> Move:
    """The way down to `rev`, unapplying what descends from it."""
    target = parse_target(rev)
    recorded = workspace.recorded()
    standing = Recovered(workspace.graph)
    standing, to = destination(workspace, target, known(workspace, recorded.rows), standing)

    def way(rows: frozenset[str]) -> Plan:
        return plan_downgrade(standing.graph, rows, to, text=rev)

    move = Move(workspace, way(recorded.rows), recorded, command=f"db downgrade {rev}")
    return replace(move, replan=way)


def execute(move: Move, *, on_event: Listener = ignore) -> MoveReport:
    """Carry the move out and tell where the database stands then, read again.

    Raises `LockBusy`, `StepFailed`, `EnvFailed`, `RunnerDied`, `StalePlan`, `WrongDatabase` or
    `VersionTableDiffers`.
    """
    if move.plan.is_empty:
        return reported(move, executed=True)
    started = time.monotonic()
    done = carry_out(move, on_event)
    return reported(done, executed=True, seconds=time.monotonic() - started)


def render(move: Move) -> MoveReport:
    """The statements that the move would send, by Alembic's offline mode; nothing is run."""
    if move.plan.is_empty:
        return reported(move, sql="")
    with open_runner(move.workspace.environment) as runner:
        sql, failure = runner.render(move.plan, move.scripts)
    if failure:
        raise failed(move.workspace, failure, move.plan, move.graph)
    return reported(move, sql=sql)
