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
    begun = plan.steps[: step + 1]
    stages = plan.stages[: step + 1]
    if now in stages:  # the last one: where a revision goes down and up, several may be the same
        count = max(index for index, rows in enumerate(stages) if rows == now)
        kept = [s.revision for s in begun[:count]]
        rolled_back = [s.revision for s in begun[count:]]
        return Aftermath(tuple(kept), tuple(rolled_back))
    applied = graph.ancestors(now & graph.revisions.keys())
    kept = [s.revision for s in begun if (s.revision in applied) == (s.direction is Direction.UP)]
    return Aftermath(
        kept=tuple(kept), rolled_back=tuple(s.revision for s in begun if s.revision not in kept)
    )
