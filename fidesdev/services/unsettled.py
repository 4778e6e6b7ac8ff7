"""Databases that a rebase left behind: files were rewritten and the database was not moved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fidesdev.adapters.rebase_log import was_cut_short
from fidesdev.adapters.rebase_notes import read_notes, write_notes
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.reports import Unsettled
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.core.rebase_reports import MovedRevision

_CUT_SHORT = Unsettled(
    None, "a rebase was cut short", "Finish it, or take it back, with 'fidesdev db rebase'."
)
_FOLLOW = "Let the database follow with 'fidesdev db rebase'."


def note_files(workspace: Workspace, moved: Iterable[MovedRevision]) -> None:
    """Remember what was moved in files alone."""
    folder = workspace.settings.tool.data_dir
    new = [
        {
            "revision": one.revision,
            "old_parents": list(one.old_parents),
            "new_parents": list(one.new_parents),
        }
        for one in moved
        if one.old_parents != one.new_parents
    ]
    ids = {note["revision"] for note in new}
    kept = [note for note in read_notes(folder) if note.get("revision") not in ids]
    write_notes(folder, [*kept, *new])


def unsettled(workspace: Workspace, rows: frozenset[str]) -> tuple[Unsettled, ...]:
    """What rebases left to be done for a database with these rows.

    A moved revision is settled once the database has it not applied, or has applied it on its new
    parents as the journal tells; it is forgotten then.
    """
    folder = workspace.settings.tool.data_dir
    found = [_CUT_SHORT] if was_cut_short(folder) else []
    notes = read_notes(folder)
    if not notes:
        return tuple(found)
    from fidesdev.core.journal import applied_steps
    from fidesdev.services.journal import moves

    graph = workspace.graph
    applied = graph.ancestors(rows & graph.revisions.keys())
    parents = {id_: step.parents for id_, step in applied_steps(moves(workspace)).items()}
    for note in notes:
        id_, was = note["revision"], ", ".join(note["old_parents"]) or "base"
        if _is_left(graph, id_, applied, parents):
            message = (
                f"{id_} was moved from {was} in its file alone, and it may be applied as it was"
            )
            found.append(Unsettled(id_, message, _FOLLOW))
    return tuple(found)


def _is_left(
    graph: RevisionGraph,
    id_: str,
    applied: frozenset[str],
    parents: dict[str, tuple[str, ...]],
) -> bool:
    if id_ not in applied:
        return False
    return parents.get(id_) != graph.revisions[id_].parents
