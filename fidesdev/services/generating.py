"""Whether models can be compared with a database: it has all of this checkout and nothing else."""

from __future__ import annotations

from fidesdev.core.doctor import skipped_parents
from fidesdev.core.journal import applied_steps
from fidesdev.core.planner import plan_upgrade
from fidesdev.core.target import Destination
from fidesdev.errors import AutogenerateRefused
from fidesdev.services.journal import moves
from fidesdev.services.workspace import Workspace

_SHOWN = 5


def assert_comparable(workspace: Workspace) -> None:
    """Raise `AutogenerateRefused` where autogenerate would write what is not meant.

    What is pending would be proposed a second time; what only the database has, be dropped.
    """
    graph, rows = workspace.graph, workspace.recorded().rows
    if unknown := sorted(rows - graph.revisions.keys()):
        raise AutogenerateRefused(
            f"it has {', '.join(unknown)}, which no file of this checkout has, so that its tables "
            "would be dropped",
            hint="Make the database match this checkout with 'fidesdev db sync', then try again.",
            unknown=unknown,
        )
    plan = plan_upgrade(graph, rows, Destination(graph.heads, frozenset(graph.revisions)))
    if pending := [step.revision for step in plan.steps]:
        more = f" and {len(pending) - _SHOWN} more" if len(pending) > _SHOWN else ""
        raise AutogenerateRefused(
            f"{', '.join(pending[:_SHOWN])}{more} is pending, and would be proposed once more",
            hint="Apply what is pending with 'fidesdev db upgrade', then try again.",
            pending=pending,
        )
    skipped = skipped_parents(graph, rows, applied_steps(moves(workspace)))
    if lost := sorted({id_ for ids in skipped.values() for id_ in ids}):
        raise AutogenerateRefused(
            f"{', '.join(lost)} counts as applied and never was, and would be proposed once more",
            hint="See what would heal it with 'fidesdev db doctor', then try again.",
            skipped=lost,
        )
