"""Giving own revisions a new parent, and moving the database with them: both or neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from fidesdev.adapters.rebase_log import RebaseLog, open_log
from fidesdev.adapters.revision_rewriting import Rewrite, publish, stage
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Direction
from fidesdev.core.rebase_planning import Arrangement, arrange
from fidesdev.core.rebase_reports import (
    DatabaseMoves,
    MovedRevision,
    RebaseReport,
    Stage,
    StageListener,
    ignore_stage,
)
from fidesdev.core.reports import Event, Listener, StepStarted, ignore
from fidesdev.core.target import find
from fidesdev.errors import (
    DatabaseUnavailable,
    FidesdevError,
    GraphError,
    RebaseUnfinished,
    UpstreamAhead,
)
from fidesdev.services.execution import carry_out
from fidesdev.services.own_revisions import Sides, read_sides
from fidesdev.services.rebased_databases import Reapplication, reapplication
from fidesdev.services.rebased_files import head_file, moved_revisions, renewed, rewritten
from fidesdev.services.taking_back import Part, Undertaking, cut_short, mark_of, settle, take_back
from fidesdev.services.unsettled import note_files
from fidesdev.services.workspace import Workspace

_OUT_OF_ORDER = "Some file names no longer sort as the revisions stand: see '--rename'."

__all__ = ["Rebasing", "cut_short", "execute", "plan", "settle"]


@dataclass(frozen=True, slots=True)
class Rebasing:
    """A rebase, ready to be shown and then carried out."""

    workspace: Workspace = field(repr=False)
    sides: Sides = field(repr=False)
    arrangement: Arrangement = field(repr=False)
    rewrites: tuple[Rewrite, ...] = field(repr=False)
    moved: tuple[MovedRevision, ...]
    database: Reapplication | None = field(repr=False)
    """None where no database is moved."""
    notes: tuple[str, ...] = ()
    files_only: bool = False
    """Whether the database is left alone, whatever it has applied."""

    @property
    def is_empty(self) -> bool:
        """Whether it leaves everything as it is."""
        return not self.rewrites and self.database is None

    @property
    def loss(self) -> str:
        """What somebody has to agree to."""
        count = len(self.rewrites)
        files = f"rewrites {count} file{'s' * (count > 1)}" if count else ""
        down = "downgrades, which can destroy data" if self.database else ""
        return "this " + " and ".join(filter(None, [files, down]))

    @property
    def report(self) -> RebaseReport:
        """What it would do; nothing was changed."""
        return _report(self, executed=False)


def plan(
    workspace: Workspace,
    *,
    onto: str | None = None,
    upstream: str | None = None,
    files_only: bool = False,
    rename: bool = False,
) -> Rebasing:
    """What is to be rewritten and run so that the own revisions stand on upstream's heads.

    Raises what `read_sides`, `arrange` and `reapplication` do, `UpstreamAhead`, and
    `RebaseUnfinished` where `settle` has to come first.
    """
    if cut_short(workspace):
        raise RebaseUnfinished
    sides = read_sides(workspace, upstream)
    if sides.ahead and sides.own and onto is None:
        raise UpstreamAhead(sides.ref, sides.ahead)
    target = None if onto is None else _target(sides, onto)
    arrangement = arrange(sides.shared, sides.own, target, ref=sides.ref)
    names = renewed(sides, arrangement)
    rewrites = dict(rewritten(workspace, sides, arrangement, names if rename else {}))
    texts = {id_: rewrite.after for id_, rewrite in rewrites.items()}
    database = None if files_only else _database(workspace, sides, arrangement, texts)
    notes = [*_notes(sides, arrangement), *(database.notes if database else ())]
    notes += [_OUT_OF_ORDER] if names and not rename else []
    moved = tuple(moved_revisions(sides, arrangement, rewrites))
    files = (*rewrites.values(), *head_file(workspace, arrangement))
    made = Rebasing(workspace, sides, arrangement, files, moved, database, tuple(notes))
    return replace(made, files_only=files_only)


def _database(
    workspace: Workspace, sides: Sides, arrangement: Arrangement, texts: Mapping[str, bytes]
) -> Reapplication | None:
    """How the database follows; one that does not answer matters only where something moves."""
    if not sides.own:
        return None
    try:
        return reapplication(workspace, sides, arrangement, texts)
    except DatabaseUnavailable:
        if arrangement.moved:
            raise
        return None


def execute(
    rebasing: Rebasing, *, on_event: Listener = ignore, on_stage: StageListener = ignore_stage
) -> RebaseReport:
    """Carry it out; whatever goes wrong, Ctrl-C too, files and database are as before.

    The order matters where the process is killed: the new texts wait beside the files, the
    database is moved in as few transactions as its env.py allows, and then only renames are left.
    Raises what the failing part raised, or `NotTakenBack`.
    """
    if rebasing.is_empty:
        return _report(rebasing, executed=True)
    workspace = rebasing.workspace
    with open_log(workspace.settings.tool.data_dir) as log:
        undertaking = _undertaking(rebasing)
        log.write(undertaking.entry)
        try:
            _carry_out(rebasing, undertaking, log, on_event, on_stage)
        except BaseException as error:
            _taken_back(workspace, undertaking, error)
            log.remove()
            raise
        if rebasing.files_only:
            note_files(workspace, rebasing.moved)
        log.remove()
        return _report(rebasing, executed=True)


def _carry_out(
    rebasing: Rebasing,
    undertaking: Undertaking,
    log: RebaseLog,
    on_event: Listener,
    on_stage: StageListener,
) -> None:
    on_stage(Stage.BEGUN)
    stage(rebasing.rewrites)
    on_stage(Stage.STAGED)
    for number, move in enumerate(rebasing.database.moves if rebasing.database else ()):
        mark = mark_of(rebasing.workspace, rebasing.workspace.recorded())
        log.write(undertaking.change(number, mark=mark, begun=0))
        carry_out(move, _noting(undertaking, number, log, on_event))
        log.write(undertaking.change(number, ended=True))
    on_stage(Stage.MOVED)
    publish(rebasing.rewrites, lambda _rewrite: on_stage(Stage.WRITTEN))
    _verify(rebasing)
    on_stage(Stage.VERIFIED)


def _noting(undertaking: Undertaking, number: int, log: RebaseLog, also: Listener) -> Listener:
    """Notes which step begins before it does, and passes every event on."""

    def listen(event: Event) -> None:
        if isinstance(event, StepStarted):
            log.write(undertaking.change(number, begun=event.number))
        also(event)

    return listen


def _verify(rebasing: Rebasing) -> None:
    """Read the files again; raises `GraphError` unless they say what was meant."""
    found = replace(rebasing.workspace).graph
    meant = rebasing.arrangement.graph
    wrong = [
        f"{one.name} is not written on {', '.join(one.parents) or 'nothing'}"
        for one in meant.revisions.values()
        if one.id not in found.revisions or found.revisions[one.id].parents != one.parents
    ]
    if wrong or found.heads != meant.heads:
        raise GraphError(tuple(wrong) or (f"the heads are {', '.join(sorted(found.heads))}",))


def _taken_back(workspace: Workspace, undertaking: Undertaking, error: BaseException) -> None:
    moved = take_back(workspace, undertaking, str(error) or type(error).__name__)
    if moved and isinstance(error, FidesdevError):
        told = f"{error}\n  taken back: {', '.join(moved)}; files and database are as they were"
        error.args = (told,)
        error.facts["now"] = sorted(workspace.recorded().rows)


def _undertaking(rebasing: Rebasing) -> Undertaking:
    database = rebasing.database
    if database is None:
        return Undertaking(rebasing.rewrites, [])
    parts = [Part(move.plan) for move in database.moves]
    return Undertaking(rebasing.rewrites, parts, database.before)


def _target(sides: Sides, onto: str) -> str:
    """The revision that `--onto` names, in what may not be a graph yet."""
    graph = RevisionGraph({one.id: one for one in sides.revisions}, {}, (), _labels(sides))
    return find(onto, replace(graph, order=tuple(graph.revisions)))


def _labels(sides: Sides) -> Mapping[str, str]:
    return {label: one.id for one in sides.revisions for label in one.labels}


def _notes(sides: Sides, arrangement: Arrangement) -> Iterator[str]:
    if not sides.own:
        yield f"Every revision of this checkout is on {sides.ref}."
    for id_ in arrangement.rebase.superfluous:
        parent = ", ".join(arrangement.graph.revisions[id_].parents)
        yield f"{id_} joined heads that are one now: it stays, written on {parent} alone."
    if sides.operation and arrangement.moved | sides.solved.keys():
        yield (
            f"git is in the middle of a {sides.operation}: 'git add' the files above, then "
            f"'git {sides.operation} --continue'."
        )


def _report(rebasing: Rebasing, *, executed: bool) -> RebaseReport:
    database = rebasing.database
    moves = None
    if database:
        steps = [step for move in database.moves for step in move.plan.steps]
        ways = {way: tuple(s.revision for s in steps if s.direction is way) for way in Direction}
        moves = DatabaseMoves(ways[Direction.DOWN], ways[Direction.UP])
    return RebaseReport(
        onto=rebasing.arrangement.onto,
        moved=rebasing.moved,
        database=moves,
        executed=executed,
        notes=rebasing.notes,
        solved=tuple(
            sorted(one.path for one in rebasing.sides.revisions if one.id in rebasing.sides.solved)
        ),
        upstream=rebasing.sides.ref,
    )
