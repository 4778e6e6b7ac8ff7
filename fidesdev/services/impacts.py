"""What a move would lock, work through and lose, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fidesdev.adapters.live_facts import read_facts
from fidesdev.adapters.runner import open_runner
from fidesdev.core.impact import Effect, effects
from fidesdev.core.impacts import LiveFacts, impacts, named
from fidesdev.core.planner import Direction, Step
from fidesdev.core.reports import MoveReport
from fidesdev.core.statements import Rendered
from fidesdev.services.moves import Move
from fidesdev.services.recovery import foreseen
from fidesdev.services.workspace import Workspace

MOST = 200
"""Steps; a longer plan is not looked into, since nobody would read it."""


def preview(
    workspace: Workspace, rev: str, *, exactly: bool = False, impact: bool = True
) -> MoveReport:
    """What `goto REV` would do, with its impact; nothing is changed."""
    move, report = foreseen(workspace, rev, exactly=exactly)
    return assessed(move, report) if impact else report


def assessed(move: Move, report: MoveReport | None = None) -> MoveReport:
    """The move's report with the impact of each step on the database as it is now.

    The statements are rendered by Alembic's offline mode; a script that asks the database is
    followed up to there, and its step says why (`impact_ends`). Nothing is looked at for a plan of
    more than `MOST` steps.
    """
    shown = report or move.report
    if not move.plan.steps or len(move.plan.steps) > MOST:
        return shown
    rendered = _rendered(move)
    found = [effects(rendered[step].statements) for step in move.plan.steps]
    facts = _facts(move, [effect for step in found for effect in step])
    steps = tuple(
        replace(
            one,
            impact=impacts(effects_, facts),
            impact_ends=rendered[step].failure,
        )
        for one, step, effects_ in zip(shown.steps, move.plan.steps, found, strict=True)
    )
    return replace(shown, steps=steps)


def _rendered(move: Move) -> Mapping[Step, Rendered]:
    """What each step would send."""
    environment = move.workspace.reading_environment
    known: dict[Step, Rendered] = {}
    with open_runner(environment) as runner:
        for direction in Direction:
            steps = [step for step in move.plan.steps if step.direction is direction]
            scripts = {step.revision: move.scripts[step.revision] for step in steps}
            if not scripts:
                continue
            found, failure = runner.statements(
                scripts, direction=direction, dialect=move.workspace.database.backend
            )
            missing = Rendered((), failure.message if failure else "it was not rendered")
            known |= {step: found.get(step.revision, missing) for step in steps}
    return known


def _facts(move: Move, found: list[Effect]) -> LiveFacts:
    tables, lost = named(found)
    return read_facts(move.workspace.database, tables, lost) if tables or lost else LiveFacts()
