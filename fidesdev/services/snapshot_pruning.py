"""Room made by removing snapshots that nobody asked to keep."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fidesdev.core.snapshot_pruning import Limits, SnapshotsPruned, choose, split_needed
from fidesdev.errors import FidesdevError, UsageError
from fidesdev.services.snapshot_stores import store
from fidesdev.services.snapshots import describe, list_

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace


def plan(workspace: Workspace, limits: Limits, *, named: bool = False) -> SnapshotsPruned:
    """The snapshots of the database that `prune` would remove.

    Only automatic ones are looked at unless `named`, which needs a limit; without one as many
    automatic ones stay as the setting `keep` says. What the next `db undo` needs stays.
    """
    if limits.is_empty:
        if named:
            raise UsageError(
                "--named needs --keep, --older-than or --max-size",
                hint="Say what may go: 'fidesdev snapshot prune --named --older-than 30d'.",
            )
        limits = replace(limits, keep=workspace.settings.tool.snapshots.keep)
    every = list_(workspace).snapshots
    candidates = [one for one in every if named or one.automatic]
    chosen = choose(candidates, limits, datetime.now(UTC))
    gone, needed = split_needed(chosen, _counted_on(workspace))
    return SnapshotsPruned(
        gone,
        bytes=sum(one.bytes for one in gone),
        needed=needed,
        kept=len(candidates) - len(gone),
        named=named,
        executed=False,
    )


def prune(workspace: Workspace, planned: SnapshotsPruned) -> SnapshotsPruned:
    """Remove what was planned; one that is gone already is fine."""
    for one in planned.snapshots:
        store(workspace.database).delete_snapshot(workspace.database, one)
    return replace(planned, executed=True)


def _counted_on(workspace: Workspace) -> set[str]:
    """Where the copy is that the next `db undo` brings back, if there is one."""
    from fidesdev.services.journal import last_move

    with suppress(FidesdevError):  # no journal, hence no undo
        rows = frozenset(describe(workspace, None).revisions)
        if storage := last_move(workspace, rows).snapshot:
            return {storage}
    return set()
