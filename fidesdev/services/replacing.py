"""A snapshot put in the place of a database, and the journal told; the journal is not put back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from fidesdev.adapters.carried_journal import read_journal
from fidesdev.core.planner import Plan
from fidesdev.core.snapshots import CopyStarted, Snapshot
from fidesdev.errors import AlembicConfigMissing, SeveralAlembicConfigs
from fidesdev.services.journal import moves, recording
from fidesdev.services.snapshot_stores import store
from fidesdev.services.workspace import Workspace


def replace_database(
    workspace: Workspace,
    snapshot: Snapshot,
    command: str,
    *,
    before: frozenset[str] | None,
    kept: Snapshot | None,
    on_event: Callable[[CopyStarted], object],
) -> Snapshot | None:
    """What was replaced, as the snapshot `kept` with storage and size.

    `before` is what was applied; None where there is no database. Where moves of the database are
    recorded this is one of them, and what was recorded since the snapshot is carried over. Raises
    what `restore_snapshot` does.
    """
    url = workspace.database
    is_recorded = before is not None and bool(moves(workspace, 1))
    carried = read_journal(url, snapshot.created) if is_recorded else None
    kept = store(url).restore_snapshot(url, snapshot, on_event, kept=kept)
    if before is None or not is_recorded:
        return kept
    plan = Plan(before, frozenset(snapshot.revisions), ())
    with (
        suppress(AlembicConfigMissing, SeveralAlembicConfigs),  # no project says where it is kept
        recording(workspace, command, plan, carried=carried) as journaled,
    ):
        journaled.remember(kept.storage if kept else None)
    return kept
