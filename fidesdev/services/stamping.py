"""Writing the version table alone: to a revision, or one row less."""

from __future__ import annotations

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Plan, plan_goto
from fidesdev.core.reports import StampReport
from fidesdev.core.target import parse_target
from fidesdev.errors import UnknownRow
from fidesdev.services.destinations import destination
from fidesdev.services.migrations import Move, execute
from fidesdev.services.unknown import glance
from fidesdev.services.workspace import Workspace


def stamp(workspace: Workspace, rev: str, *, dry_run: bool = False) -> StampReport:
    """Make the version table say `rev` without running a script.

    Rows of other lineages stay, and so do rows whose revision was found nowhere: only `forget`
    removes those. What would no longer be recorded as applied is told in `forgotten`.
    """
    target = parse_target(rev)
    recorded = workspace.recorded()
    standing = glance(workspace, recorded.rows)
    known = recorded.rows & standing.graph.revisions.keys()
    standing, to = destination(workspace, target, known, standing)
    after = plan_goto(standing.graph, known, to).after | (recorded.rows - known)
    move = Move(workspace, Plan(recorded.rows, after, ()), recorded, None, f"db stamp {rev}")
    return _written(move, standing.graph, dry_run=dry_run)


def forget(workspace: Workspace, row: str, *, dry_run: bool = False) -> StampReport:
    """Remove this one row from the version table and nothing else; raises `UnknownRow`.

    What only this row recorded is told in `forgotten`; its tables stay.
    """
    recorded = workspace.recorded()
    if row not in recorded.rows:
        raise UnknownRow(row, tuple(sorted(recorded.rows)))
    plan = Plan(recorded.rows, recorded.rows - {row}, ())
    move = Move(workspace, plan, recorded, None, f"db stamp --forget {row}")
    return _written(move, glance(workspace, recorded.rows).graph, dry_run=dry_run)


def _written(move: Move, graph: RevisionGraph, *, dry_run: bool) -> StampReport:
    before, after = move.plan.before, move.plan.after
    forgotten = _applied(graph, before) - _applied(graph, after)
    if not (dry_run or move.plan.is_empty):
        execute(move)
    return StampReport(before, after, executed=not dry_run, forgotten=forgotten)


def _applied(graph: RevisionGraph, rows: frozenset[str]) -> frozenset[str]:
    """What the rows record; of a row that nobody knows, itself."""
    return graph.ancestors(rows & graph.revisions.keys()) | rows
