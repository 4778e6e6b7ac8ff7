"""What a move would lock, work through and lose, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fidesdev.adapters.live_facts import read_facts
from fidesdev.adapters.runner import open_runner
from fidesdev.core.impact import Effect, effects
from fidesdev.core.impacts import LiveFacts, impacts, named
from fidesdev.core.planner import Direction, Step
from fidesdev.core.rehearsal import as_sent, compared
from fidesdev.core.reports import Listener, MoveReport, StepReport, ignore
from fidesdev.core.statements import Rendered
from fidesdev.services.moves import Move
from fidesdev.services.recovery import foreseen
from fidesdev.services.rehearsing import Rehearsed, rehearse
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.core.rebase_reports import RebaseReport
    from fidesdev.services.rebasing import Rebasing

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
    more than `MOST` steps, which `impact_skipped` says.
    """
    shown = report or move.report
    if _is_long(move) or not move.plan.steps:
        return _skipped(move, shown)
    return _with_impact(move, shown, _rendered(move))


def recorded(move: Move, *, on_event: Listener = ignore) -> MoveReport:
    """The same, with the statements of scripts that ask the database as they are sent.

    For that the plan runs on a copy of the database, once a script asks. Raises what `rehearse`
    does.
    """
    known = {} if _is_long(move) else _rendered(move)
    if not any(sent.failure for sent in known.values()):
        return assessed(move) if not known else _with_impact(move, move.report, known)
    rehearsed = rehearse(move, look=False, on_event=on_event)
    shown = replace(move.report, rehearsal=rehearsed.outcome)
    return _with_impact(move, shown, {**known, **_as_sent(known, rehearsed)})


def verified(move: Move, *, on_event: Listener = ignore) -> MoveReport:
    """The same, and what each step did on a copy of the database: locks, schema, rows, time.

    Raises what `rehearse` does; a step that fails on the copy is part of the report.
    """
    report = move.report
    if not move.plan.steps:
        return report
    rehearsed = rehearse(move, on_event=on_event)
    steps = zip(report.steps, move.plan.steps, strict=True)
    seen = tuple(replace(one, observed=rehearsed.steps.get(step)) for one, step in steps)
    shown = replace(report, steps=seen, rehearsal=rehearsed.outcome)
    if _is_long(move):
        return _skipped(move, shown)
    known = _rendered(move)
    told = _with_impact(move, shown, {**known, **_as_sent(known, rehearsed)})
    if move.workspace.database.backend != "postgresql":
        return told
    return replace(told, steps=tuple(_compared(told, move, rehearsed)))


def assessed_rebase(rebasing: Rebasing) -> RebaseReport:
    """The rebase's report with what runs on the database, and the impact of that."""
    moves = rebasing.database.moves if rebasing.database else ()
    steps = tuple(step for move in moves for step in assessed(move).steps)
    return replace(rebasing.report, steps=steps)


def _is_long(move: Move) -> bool:
    return len(move.plan.steps) > MOST


def _skipped(move: Move, shown: MoveReport) -> MoveReport:
    if not _is_long(move):
        return shown
    count = len(move.plan.steps)
    reason = f"{count:,} steps are more than the {MOST} that are looked into at once"
    return replace(shown, impact_skipped=reason)


def _with_impact(move: Move, shown: MoveReport, known: Mapping[Step, Rendered]) -> MoveReport:
    """The report with what is known of each step's statements."""
    steps = move.plan.steps
    found = [tuple(_effects(move, known[step])) for step in steps]
    facts = _facts(move, [effect for step in found for effect in step])
    told = (
        replace(
            one,
            impact=impacts(effects_, facts),
            impact_ends=known[step].ends,
            recorded=known[step].recorded,
        )
        for one, step, effects_ in zip(shown.steps, steps, found, strict=True)
    )
    return replace(shown, steps=tuple(told))


def _effects(move: Move, sent: Rendered) -> Iterator[Effect]:
    """What the statements do; SQLite has one lock, and it is the whole file's."""
    for effect in effects(sent.statements):
        is_file = move.workspace.database.backend == "sqlite"
        yield replace(effect, lock="", work="") if is_file else effect


def _as_sent(known: Mapping[Step, Rendered], rehearsed: Rehearsed) -> dict[Step, Rendered]:
    """What those steps sent on the copy whose statements could not all be rendered."""
    failure = rehearsed.outcome.failure
    return {
        step: as_sent(seen, failure if failure and failure.revision == step.revision else None)
        for step, seen in rehearsed.steps.items()
        if known[step].failure
    }


def _compared(told: MoveReport, move: Move, rehearsed: Rehearsed) -> Iterator[StepReport]:
    """The steps, with what differs between the locks that were foreseen and those that it took."""
    for one, step in zip(told.steps, move.plan.steps, strict=True):
        seen = one.observed
        held = rehearsed.held.get(step, ())
        yield replace(one, observed=compared(one.impact, seen, held)) if seen else one


def _rendered(move: Move) -> dict[Step, Rendered]:
    """What each step would send."""
    environment = move.workspace.reading_environment
    known: dict[Step, Rendered] = {}
    every = move.scripts
    with open_runner(environment) as runner:
        for direction in Direction:
            steps = [step for step in move.plan.steps if step.direction is direction]
            scripts = {step.revision: every[step.revision] for step in steps}
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
