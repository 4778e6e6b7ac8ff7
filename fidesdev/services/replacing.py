"""A snapshot put in the place of a database, and the journal told; the journal is not put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from fidesdev.adapters.carried_journal import read_journal
from fidesdev.core.planner import Plan
from fidesdev.core.snapshots import CopyStarted, Snapshot
from fidesdev.errors import AlembicConfigMissing, JournalFailed, SeveralAlembicConfigs
from fidesdev.services.journal import Recording, moves, recording
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
    if before is None or not moves(workspace, 1):
        return store(url).restore_snapshot(url, snapshot, on_event, kept=kept)
    plan = Plan(before, frozenset(snapshot.revisions), ())
    if url.backend == "sqlite":  # its journal is beside it, and stays
        with _recorded(workspace, command, plan) as journaled:
            kept = store(url).restore_snapshot(url, snapshot, on_event, kept=kept)
            _remember(journaled, kept)
        return kept
    carried = read_journal(url, snapshot.created)
    kept = store(url).restore_snapshot(url, snapshot, on_event, kept=kept)
    with _recorded(workspace, command, plan, carried) as journaled:
        _remember(journaled, kept)
    return kept


def _remember(journaled: Recording, kept: Snapshot | None) -> None:
    """Record where the old database is, as far as that can be: the new one is in its place."""
    with suppress(JournalFailed):
        journaled.remember(kept.storage if kept else None)


@contextmanager
def _recorded(
    workspace: Workspace, command: str, plan: Plan, carried: str | None = None
) -> Iterator[Recording]:
    """Record what happens inside, unless no project says where the journal is kept."""
    try:
        _ = workspace.alembic
    except (AlembicConfigMissing, SeveralAlembicConfigs):
        yield Recording(plan, ())
        return
    with recording(workspace, command, plan, carried=carried) as journaled:
        yield journaled
