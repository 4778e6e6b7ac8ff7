"""Bringing a database that has unknown revisions back to what the checkout has."""

from __future__ import annotations

from dataclasses import replace

from fidesdev.core.planner import Plan, plan_goto
from fidesdev.core.recovery import Recovered
from fidesdev.core.reports import MoveReport
from fidesdev.core.target import Destination, parse_target
from fidesdev.errors import SourceNotFound
from fidesdev.services import migrations
from fidesdev.services.destinations import destination
from fidesdev.services.migrations import Move
from fidesdev.services.unknown import recovered
from fidesdev.services.workspace import Workspace


def sync(workspace: Workspace) -> Move:
    """The way to exactly this checkout's heads: unknown revisions go, what is missing comes.

    Raises `SourceNotFound` where the source of an unknown revision is nowhere.
    """
    recorded = workspace.recorded()
    standing = recovered(workspace, recorded.rows)
    to = Destination(workspace.graph.heads, frozenset(standing.graph.revisions))

    def way(rows: frozenset[str]) -> Plan:
        return plan_goto(standing.graph, rows, to)

    notes = [f"{id_}: {found.note}" for id_, found in standing.sources.items() if found.note]
    note = "; ".join(notes) or None
    return Move(workspace, way(recorded.rows), recorded, note, "db sync", standing, way)


def foreseen(workspace: Workspace, rev: str, *, exactly: bool = False) -> tuple[Move, MoveReport]:
    """What `goto` would do; with an unknown revision that is nowhere, to all others."""
    try:
        move = migrations.goto(workspace, rev, exactly=exactly)
    except SourceNotFound as error:
        recorded, standing = workspace.recorded(), Recovered(workspace.graph)
        rows = recorded.rows & workspace.graph.revisions.keys()
        standing, to = destination(workspace, parse_target(rev), rows, standing)
        plan = plan_goto(standing.graph, rows, to, exactly=exactly)
        note = f"this leaves out what goto would stop at: {error}"
        move = Move(workspace, plan, recorded, note, recovered=standing)
        return move, replace(move.report, before=recorded.rows)
    return move, move.report
