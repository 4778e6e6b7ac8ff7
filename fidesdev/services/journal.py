"""What is recorded of the moves of a database, and what is read from there again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fidesdev.adapters.carried_journal import write_journal
from fidesdev.adapters.journal import (
    Journal,
    file_beside,
    origin,
    recorded_moves,
    recorded_source,
    writable_journal,
)
from fidesdev.core.env_script import compares_every_schema
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.journal import (
    JournalMove,
    JournalSource,
    LogReport,
    Note,
    Origin,
    Outcome,
    PlannedStep,
    RanStep,
    last_change,
)
from fidesdev.core.planner import Plan
from fidesdev.core.reports import Event, Listener, StepFinished, StepsRolledBack, StepStarted
from fidesdev.errors import FidesdevError, Interrupted, NothingRecorded
from fidesdev.services.workspace import Workspace


@dataclass(slots=True)
class Recording:
    """One move while it is being recorded; without a journal it forgets what it hears."""

    plan: Plan
    steps: tuple[PlannedStep, ...]
    journal: Journal | None = field(default=None, repr=False)
    move: int = 0
    started: dict[int, datetime] = field(default_factory=dict)
    ran: list[RanStep] = field(default_factory=list)

    @property
    def note(self) -> Note | None:
        """What records the steps in the transaction that they run in."""
        return self.journal.note(self.move, self.steps) if self.journal else None

    def remember(self, snapshot: str | None) -> None:
        """Record where the database is kept as it was before."""
        if self.journal is not None and snapshot is not None:
            self.journal.remember(self.move, snapshot)

    def listener(self, also: Listener) -> Listener:
        """Notes when steps begin and end, and passes every event on."""

        def listen(event: Event) -> None:
            now = datetime.now(UTC)
            if isinstance(event, StepStarted):
                self.started[event.number] = now
            elif isinstance(event, StepsRolledBack):
                self.ran.clear()
            elif isinstance(event, StepFinished):
                started = self.started[event.number]
                step = self.steps[event.number - 1]
                self.ran.append(RanStep(step, started, (now - started).total_seconds()))
            also(event)

        return listen

    def end(self, outcome: Outcome, rows: frozenset[str] | None, error: str | None = None) -> None:
        """Record how it went, and the steps that were not rolled back."""
        if self.journal is not None:
            kept = 0 if rows is None else self.plan.reached(rows, len(self.ran)) or 0
            self.journal.end(self.move, outcome, rows, error, self.ran[:kept])


@contextmanager
def recording(
    workspace: Workspace,
    command: str,
    plan: Plan,
    steps: Iterable[PlannedStep] = (),
    *,
    carried: str | None = None,
) -> Iterator[Recording]:
    """Record what happens inside: that it began, how it ended, and which steps were kept.

    `carried` is what `carried_journal` read from the database that this one replaced. Raises
    `JournalRefused` before anything is done where the setting insists on a place that does not
    take the journal.
    """
    journal = _open(workspace)
    found = Recording(plan, tuple(steps), journal)
    try:
        if journal:
            made_by = _origin(workspace)  # asks git: the two that follow are to be one
            if carried:
                write_journal(workspace.database, carried)
            found.move = journal.begin(command, plan.before, made_by, found.steps)
        yield found
    except BaseException as error:
        outcome = Outcome.INTERRUPTED if _is_interrupt(error) else Outcome.FAILED
        found.end(outcome, _rows_now(workspace, error), str(error).partition("\n")[0])
        raise
    else:
        found.end(Outcome.DONE, plan.after)
    finally:
        if journal:
            journal.close()


def finish_last(workspace: Workspace, plan: Plan) -> None:
    """Record that the last move was carried out although its process was killed: all of `plan`."""
    last = moves(workspace, 1)
    if not last or last[0].outcome is not Outcome.INTERRUPTED or last[0].finished:
        return
    if journal := _open(workspace):
        with closing(journal):
            now = datetime.now(UTC)
            steps = planned_steps(plan, workspace.graph, workspace.settings.project)
            ran = [RanStep(step, now, 0.0) for step in steps]
            journal.end(last[0].id, Outcome.DONE, plan.after, None, ran)


def log(workspace: Workspace, limit: int | None = None) -> LogReport:
    """What was recorded of this database, newest first."""
    return LogReport(moves(workspace, limit))


def moves(workspace: Workspace, limit: int | None = None) -> tuple[JournalMove, ...]:
    """The moves of this database, newest first."""
    return recorded_moves(workspace.database, *_place(workspace), limit)


def last_move(workspace: Workspace, rows: frozenset[str]) -> JournalMove:
    """The last move that changed the database, which has `rows` now; raises `NothingRecorded`."""
    if move := last_change(moves(workspace), rows):
        return move
    raise NothingRecorded


def journal_source(workspace: Workspace, revision: str) -> JournalSource | None:
    """The source of a revision as it last ran on this database; None where no journal has it."""
    return recorded_source(workspace.database, *_place(workspace), revision)


def planned_steps(
    plan: Plan, graph: RevisionGraph, root: Path, recovered: Mapping[str, bytes] | None = None
) -> Iterator[PlannedStep]:
    """The steps with their sources: those given, else the files of the checkout."""
    for number, step in enumerate(plan.steps, 1):
        revision = graph.revisions[step.revision]
        source = (recovered or {}).get(step.revision)
        yield PlannedStep(
            number,
            step.direction.value,
            revision.id,
            revision.parents,
            tuple(graph.labelled.get(name, name) for name in revision.depends_on),
            revision.path,
            _read(root / revision.path) if source is None else source,
        )


def _open(workspace: Workspace) -> Journal | None:
    mode, file = _place(workspace)
    env = workspace.alembic.script_location / "env.py"
    apart = mode == "auto" and compares_every_schema(_read(env))
    return writable_journal(workspace.database, mode, file, apart=apart)


def _place(workspace: Workspace) -> tuple[str, Path]:
    """The setting, and the file for where the database does not take the journal."""
    tool = workspace.settings.tool
    return tool.journal, file_beside(workspace.database, tool.data_dir)


def _origin(workspace: Workspace) -> Origin:
    from fidesdev.adapters.git import read_checkout

    git = read_checkout(workspace.settings.project)
    if git is None:
        return origin(None, None, dirty=None)
    return origin(git.branch, git.commit, dirty=git.dirty)


def _rows_now(workspace: Workspace, error: BaseException) -> frozenset[str] | None:
    """Where the database stands after a failure; None where it does not answer."""
    if isinstance(error, FidesdevError) and "now" in error.facts:
        return frozenset(error.facts["now"])
    try:
        return workspace.recorded().rows
    except FidesdevError:
        return None


def _is_interrupt(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt | Interrupted)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
