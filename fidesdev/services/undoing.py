"""Back to where the database was, and the last revisions once more."""

from __future__ import annotations

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.journal import JournalMove, applied_order
from fidesdev.core.planner import Plan, plan_goto, plan_redo
from fidesdev.core.target import Destination
from fidesdev.errors import AmbiguousRevision, NotEnoughApplied
from fidesdev.services.journal import last_move, moves
from fidesdev.services.migrations import Move
from fidesdev.services.unknown import recovered
from fidesdev.services.workspace import Workspace


def undo(workspace: Workspace) -> Move:
    """The way back to where the last command that changed the database started.

    What only a stamp wrote is written back, and no script runs. Undoing is a change too: twice is
    once forth and once back. Raises `NothingRecorded`, or `SourceNotFound` where a revision has
    neither a file nor a source that can be recovered.
    """
    recorded = workspace.recorded()
    last = last_move(workspace, recorded.rows)
    before = frozenset(last.before)
    note = _note(last, recorded.rows)
    if last.ran_nothing:
        return Move(workspace, Plan(recorded.rows, before, ()), recorded, note, "db undo")
    standing = recovered(workspace, recorded.rows | before)
    to = Destination(before, frozenset(standing.graph.revisions))
    plan = plan_goto(standing.graph, recorded.rows, to)
    return Move(workspace, plan, recorded, note, "db undo", standing)


def redo(workspace: Workspace, count: int = 1) -> Move:
    """The last `count` revisions down and up again, with whatever was applied on top of them.

    They are counted in the order in which they were applied here, within one lineage; at a merge
    the first is the merge alone. Raises `NotEnoughApplied` or `AmbiguousRevision`.
    """
    recorded = workspace.recorded()
    standing = recovered(workspace, recorded.rows)
    order = _order(standing.graph, recorded.rows, applied_order(moves(workspace)))
    if len(order) < count:
        raise NotEnoughApplied(count, order)
    last = frozenset(order[len(order) - count :])
    plan = plan_redo(standing.graph, recorded.rows, last)
    return Move(workspace, plan, recorded, None, f"db redo {count}", standing)


def _order(
    graph: RevisionGraph, rows: frozenset[str], journaled: tuple[str, ...]
) -> tuple[str, ...]:
    """What is applied in the lineage that was moved last, in the order in which it came."""
    applied = graph.ancestors(rows)
    known = [id_ for id_ in journaled if id_ in applied]
    older = [id_ for id_ in graph.order if id_ in applied and id_ not in set(known)]
    order = [*older, *known]
    if not known and len(lineages := {graph.lineage({id_}) for id_ in rows}) > 1:
        raise AmbiguousRevision("-1", tuple(sorted(f"{_tip(rows, one)}-1" for one in lineages)))
    within = graph.lineage(order[-1:])
    return tuple(id_ for id_ in order if id_ in within)


def _tip(rows: frozenset[str], lineage: frozenset[str]) -> str:
    return min(rows & lineage)


def _note(last: JournalMove, rows: frozenset[str]) -> str:
    when = f"{last.started:%Y-%m-%d %H:%M} UTC"
    text = (
        f"This undoes 'fidesdev {last.command}' of {when}; data that it dropped do not come back."
    )
    if last.after is not None and rows != frozenset(last.after):
        there = ", ".join(last.after) or "base"
        text += f" The database has been moved since by other means: it was left at {there}."
    return text
