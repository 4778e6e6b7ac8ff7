"""What a rebase means for a database that has the moved revisions applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fidesdev.adapters.recorder import Recorded
from fidesdev.core.doctor import skipped_parents
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.header import HeaderError
from fidesdev.core.journal import applied_steps
from fidesdev.core.planner import Plan
from fidesdev.core.rebase_planning import (
    Arrangement,
    joined,
    plan_moves,
    with_parents,
    without_orphans,
)
from fidesdev.core.recovery import FoundSource, Recovered
from fidesdev.core.rewriting import moved_header
from fidesdev.core.same_code import is_same_code
from fidesdev.errors import (
    DatabaseMissing,
    DatabaseUnavailable,
    FidesdevError,
    ParentsSkipped,
    SourceNotFound,
)
from fidesdev.services.journal import journal_source, moves
from fidesdev.services.moves import Move
from fidesdev.services.own_revisions import Sides, seen_with
from fidesdev.services.unknown import recovered
from fidesdev.services.workspace import Workspace

HERE = "file"
"""What a step report says of the origin of a text that is, or will be, the checkout's."""


@dataclass(frozen=True, slots=True)
class Reapplication:
    """The moves that take a database along, and what leads back."""

    moves: tuple[Move, ...]
    """One, and with it mostly one transaction; two where a revision has to be unapplied by
    another text than the one it is applied by."""
    before: Recovered = field(repr=False)
    """The graph as it was, with the texts that lead back."""
    notes: tuple[str, ...] = ()


def reapplication(
    workspace: Workspace, sides: Sides, arrangement: Arrangement, texts: Mapping[str, bytes]
) -> Reapplication | None:
    """How the database follows; None where it has nothing applied that moves.

    `texts` are the new ones, by revision. Raises `DatabaseUnavailable` where nobody can tell,
    `SourceNotFound`, and `ParentsSkipped`.
    """
    recorded = _recorded(workspace)
    if recorded is None or not recorded.rows:
        return None
    files = _standing(workspace, sides, recorded.rows)
    repointed = _repointed(workspace, files.graph, recorded.rows, arrangement.own)
    old = Recovered(_as_it_was(files.graph, repointed), files.sources)
    new = RevisionGraph.build(with_parents(files.graph, arrangement.rebase))
    lost = old.sources.keys()
    below = old.graph.ancestors(_orphans(sides) & old.graph.revisions.keys()) & lost
    changed = arrangement.moved | repointed.keys() | below
    plans = plan_moves(old.graph, new, recorded.rows, changed, gone=lost)
    if plans is None:
        return None
    down, up = plans
    fallen = {step.revision for step in down.steps}
    edited = dict(_as_applied(workspace, (one for one in sides.revisions if one.id in fallen)))
    before = _with_texts(old, {**_old_texts(workspace, sides, texts), **edited})
    after = _with_texts(Recovered(new, old.sources), texts)
    parts = _parts(down, up, before, after, edited=bool(edited))
    made = tuple(
        Move(workspace, plan, recorded, None, "db rebase", standing, guarded=number == 0)
        for number, (plan, standing) in enumerate(parts)
    )
    return Reapplication(made, before, tuple(_notes(fallen & lost, edited, repointed)))


def _recorded(workspace: Workspace) -> Recorded | None:
    """What the database says; None where the server answers and has no such database."""
    try:
        return workspace.recorded()
    except DatabaseMissing:
        return None
    except DatabaseUnavailable as error:
        error.hint = (
            f"Start it, so that it can be moved too; or rewrite the files alone with "
            f"'fidesdev db rebase --files-only'. ({error.hint})"
        )
        raise


def _standing(workspace: Workspace, sides: Sides, rows: frozenset[str]) -> Recovered:
    """The checkout's graph before the rebase, with all that the database has besides."""
    sound, orphans = without_orphans(sides.revisions)
    graph = RevisionGraph.build(sound)
    above = {one.id: one for one in orphans}
    unknown = rows - graph.revisions.keys() - above.keys()
    if not rows & above.keys() and not orphans:
        return recovered(seen_with(workspace, graph), rows)
    parents = {p for one in orphans for p in one.parents if p not in above}
    try:
        found = recovered(seen_with(workspace, graph), frozenset(unknown | parents))
    except SourceNotFound:
        if rows <= graph.revisions.keys():
            return Recovered(graph)
        raise
    union = RevisionGraph.build([*found.graph.revisions.values(), *orphans])
    return Recovered(union, found.sources)


def _orphans(sides: Sides) -> frozenset[str]:
    """Own revisions that stand on something that is not in the checkout."""
    return frozenset(one.id for one in without_orphans(sides.revisions)[1])


def _repointed(
    workspace: Workspace, graph: RevisionGraph, rows: frozenset[str], own: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Own revisions that were re-pointed after they had been applied, and on what they were then.

    Raises `ParentsSkipped` where published ones were: they are not a rebase's to move.
    """
    steps = applied_steps(moves(workspace))
    skipped = skipped_parents(graph, rows, steps)
    if foreign := {id_: ids for id_, ids in skipped.items() if id_ not in own}:
        raise ParentsSkipped(foreign)
    return {id_: steps[id_].parents for id_ in skipped}


def _as_it_was(graph: RevisionGraph, parents: Mapping[str, tuple[str, ...]]) -> RevisionGraph:
    """The graph by which the database was migrated."""
    if not parents:
        return graph
    revisions = graph.revisions.values()
    return RevisionGraph.build(
        replace(one, parents=parents.get(one.id, one.parents)) for one in revisions
    )


def _as_applied(workspace: Workspace, revisions: Iterable[Revision]) -> Iterator[tuple[str, bytes]]:
    """The texts of revisions that were edited since they were applied, as the journal kept them."""
    for revision in revisions:
        kept = _journaled(workspace, revision.id)
        if kept and not _is_same(kept, _old_text(workspace, revision), revision.path):
            yield revision.id, kept


def _journaled(workspace: Workspace, id_: str) -> bytes | None:
    try:
        kept = journal_source(workspace, id_)
    except FidesdevError:
        return None
    return kept.source if kept else None


def _is_same(one: bytes, other: bytes, path: str) -> bool:
    """Whether two texts of a revision do the same, whatever they are written on."""
    name = path.rpartition("/")[2]
    try:
        return is_same_code(*(moved_header(text, (), name=name) for text in (one, other)))
    except HeaderError:
        return True  # one with git's markers, or computed: it cannot be told


def _old_texts(workspace: Workspace, sides: Sides, changed: Collection[str]) -> dict[str, bytes]:
    """The texts as they are, without git's markers, of revisions that are to change."""
    return {
        one.id: sides.solved.get(one.id) or _old_text(workspace, one)
        for one in sides.revisions
        if one.id in changed
    }


def _old_text(workspace: Workspace, revision: Revision) -> bytes:
    return (workspace.settings.project / revision.path).read_bytes()


def _with_texts(standing: Recovered, texts: Mapping[str, bytes]) -> Recovered:
    sources = dict(standing.sources)
    for id_, text in texts.items():
        sources[id_] = FoundSource(standing.graph.revisions[id_], text, HERE)
    return Recovered(standing.graph, sources)


def _parts(
    down: Plan, up: Plan, before: Recovered, after: Recovered, *, edited: bool
) -> tuple[tuple[Plan, Recovered], ...]:
    """Each plan with the graph and the texts that it runs on."""
    if edited:
        return (down, before), (up, after)
    return ((joined([down, up]), after),)


def _notes(lost: Iterable[str], edited: Iterable[str], repointed: Iterable[str]) -> Iterator[str]:
    for id_ in sorted(lost):
        yield f"{id_} is not in this checkout: it is unapplied and not applied again."
    for id_ in sorted(edited):
        yield f"{id_} was edited since it was applied: its old text unapplies it."
    for id_ in sorted(repointed):
        yield f"{id_} was re-pointed after it had been applied: what it skipped is applied too."
