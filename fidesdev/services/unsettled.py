"""Databases that a rebase left behind: files were rewritten and the database was not moved."""

from __future__ import annotations

from collections.abc import Iterable

from fidesdev.adapters.rebase_log import was_cut_short
from fidesdev.adapters.rebase_notes import read_notes, write_notes
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.journal import applied_steps
from fidesdev.core.rebase_reports import MovedRevision
from fidesdev.services.journal import moves
from fidesdev.services.workspace import Workspace


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


def unsettled(workspace: Workspace, rows: frozenset[str]) -> tuple[str, ...]:
    """What a rebase left to be done, one line each, for a database with these rows.

    A moved revision is settled once the database has it not applied, or has applied it on its new
    parents as the journal tells; it is forgotten then.
    """
    lines = []
    if was_cut_short(workspace.settings.tool.data_dir):
        lines.append("a rebase was cut short: 'fidesdev db rebase' finishes it or takes it back")
    folder = workspace.settings.tool.data_dir
    notes = read_notes(folder)
    if not notes:
        return tuple(lines)
    graph = workspace.graph
    applied = graph.ancestors(rows & graph.revisions.keys())
    parents = {id_: step.parents for id_, step in applied_steps(moves(workspace)).items()}
    left = [note for note in notes if _is_left(graph, note["revision"], applied, parents)]
    for note in left:
        was = ", ".join(note["old_parents"]) or "base"
        lines.append(
            f"{note['revision']} was moved from {was} in its file alone, and this database may "
            "have it as it was: see 'fidesdev db doctor'"
        )
    return tuple(lines)


def _is_left(
    graph: RevisionGraph,
    id_: str,
    applied: frozenset[str],
    parents: dict[str, tuple[str, ...]],
) -> bool:
    if id_ not in applied:
        return False
    return parents.get(id_) != graph.revisions[id_].parents
