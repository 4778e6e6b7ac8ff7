"""What went wrong while a plan ran -> the error that says so to a person."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Direction, Plan


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Where a plan that stopped left the database, judged by its version table."""

    kept: tuple[str, ...]
    """Revisions whose step is recorded, in the order of the plan."""
    rolled_back: tuple[str, ...]
    """Revisions whose step ran, or began, and is not recorded."""


def aftermath(graph: RevisionGraph, plan: Plan, step: int, now: frozenset[str]) -> Aftermath:
    """Which of the plan's steps up to `step` (an index) the rows `now` show."""
    begun = [s.revision for s in plan.steps[: step + 1]]
    if (count := plan.reached(now, step)) is not None:
        return Aftermath(tuple(begun[:count]), tuple(begun[count:]))
    applied = graph.ancestors(now & graph.revisions.keys())
    kept = [
        s.revision
        for s in plan.steps[: step + 1]
        if (s.revision in applied) == (s.direction is Direction.UP)
    ]
    return Aftermath(tuple(kept), tuple(id_ for id_ in begun if id_ not in kept))
