"""The snapshot before something that can lose data: whether, and how it is called and told."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from fidesdev.core.automatic_names import automatic_name
from fidesdev.core.reports import Listener, SnapshotSkipped, SnapshotTaken
from fidesdev.core.snapshots import Snapshot, superfluous
from fidesdev.errors import CopyFailed, CopyRefused, DatabaseMissing, FidesdevError, NotEnoughSpace
from fidesdev.services import snapshots
from fidesdev.services.snapshot_stores import store
from fidesdev.services.workspace import Workspace


def is_wanted(workspace: Workspace) -> bool:
    """Whether snapshots are taken without being asked for."""
    chosen = workspace.settings.tool.snapshots
    wanted = chosen.automatic and chosen.keep > 0 and not workspace.no_snapshot
    return wanted and workspace.database.database != ":memory:"


def take(workspace: Workspace, command: str, on_event: Listener) -> Snapshot | None:
    """A new snapshot, named after the command; None where there can be none, which is told.

    Connections to the database are ended. Raises `CopyFailed`, `CopyRunning` or `LockBusy`.
    """
    name = unused_name(workspace, command)
    try:
        if reason := _too_large(workspace, name):
            on_event(SnapshotSkipped(reason))
            return None
        report = snapshots.save(workspace, name, automatic=True)
    except DatabaseMissing:
        return None
    except (CopyRefused, NotEnoughSpace) as error:
        on_event(SnapshotSkipped(str(error)))
        return None
    except CopyFailed as error:
        error.hint = f"{error.hint} To go on without a snapshot, add '--no-snapshot'."
        raise
    (saved,) = report.snapshots
    on_event(SnapshotTaken(saved.name, saved.bytes, report.seconds, _way_back(command, name)))
    return saved


def unused_name(workspace: Workspace, command: str) -> str:
    """`before-goto-base-2026-11-22-221530`, or the next one that is free."""
    taken = {one.name for one in snapshots.list_(workspace).snapshots}
    return automatic_name(command, datetime.now(UTC), taken)


def forget_oldest(workspace: Workspace, new: Snapshot | None) -> None:
    """Remove automatic snapshots of the database beyond those that are to be kept."""
    found, keep = snapshots.list_(workspace).snapshots, workspace.settings.tool.snapshots.keep
    for old in superfluous(found, keep, new):
        discard(workspace, old)


def discard(workspace: Workspace, snapshot: Snapshot | None) -> None:
    """Remove a snapshot that nobody needs; one that cannot be removed now is removed in time."""
    url = workspace.database
    with suppress(FidesdevError):
        if snapshot is not None:
            store(url).delete_snapshot(url, snapshot)


def _way_back(command: str, name: str) -> str:
    """What to type to have the database back: no journal leads there from another one."""
    if command.startswith(("db rebase", "db drop")):
        return f"fidesdev snapshot restore {name}"
    return "fidesdev db undo"


def _too_large(workspace: Workspace, name: str) -> str | None:
    """Why the database is not copied; None where it may be."""
    (planned,) = snapshots.plan(workspace, name, automatic=True).snapshots
    limit = workspace.settings.tool.snapshots.max_size
    if planned.bytes <= limit:
        return None
    return f"{planned.bytes:,} bytes are more than max_size of [fidesdev.snapshots], {limit:,}"
