"""Snapshots of the database: save, list, restore, rename, delete.

Neither revision files nor git nor a configuration are needed: a URL is enough.
"""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.core.automatic_names import automatic_name
from fidesdev.core.server import Contents
from fidesdev.core.snapshots import (
    Listener,
    Present,
    Snapshot,
    SnapshotList,
    SnapshotRenamed,
    SnapshotRestored,
    SnapshotSaved,
    SnapshotsDeleted,
    SnapshotShown,
    check_name,
    ignore,
    superfluous,
)
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    AlembicConfigMissing,
    DatabaseMissing,
    NotEnoughSpace,
    SeveralAlembicConfigs,
    SnapshotExists,
)
from fidesdev.services.snapshot_stores import find, store

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace

_PLENTY = 4
"""Times its size must be left on the disk for a snapshot to have a spare."""
_ROOM = 1.1
"""A copy needs as much as the database, and room to write what else is going on."""


def plan(
    workspace: Workspace,
    name: str | None = None,
    *,
    message: str | None = None,
    automatic: bool = False,
    force: bool = False,
) -> SnapshotSaved:
    """The snapshot that `save` would take; raises what it would raise before it copies."""
    url = workspace.database
    snapshot = describe(workspace, name, message=message, automatic=automatic)
    names = {one.name for one in list_(workspace).snapshots}
    if name is None:
        snapshot = replace(snapshot, name=_free_name(snapshot.name, names))
    if snapshot.name in names and not force:
        raise SnapshotExists(snapshot.name, url.database)
    sized = replace(snapshot, bytes=_checked_size(url))
    return SnapshotSaved((sized,), replaced=snapshot.name in names, executed=False)


def save(
    workspace: Workspace,
    name: str | None = None,
    *,
    message: str | None = None,
    automatic: bool = False,
    force: bool = False,
    on_event: Listener = ignore,
) -> SnapshotSaved:
    """Keep a copy of the database; without a name it is called by the time.

    Connections to the database are ended, so this process must have none of its own, and above all
    not hold the migration lock. Raises `SnapshotExists` unless `force`, `NotEnoughSpace`,
    `CopyFailed`, `CopyRunning`, `DatabaseMissing`.
    """
    began = time.monotonic()
    planned = plan(workspace, name, message=message, automatic=automatic, force=force)
    url = workspace.database
    saved = store(url).save_snapshot(url, planned.snapshots[0], on_event)
    if automatic:
        _forget_oldest(workspace, saved)
    else:
        _prepare_spare(workspace, saved)
    seconds = round(time.monotonic() - began, 3)
    return replace(planned, snapshots=(saved,), executed=True, seconds=seconds)


def restore(
    workspace: Workspace,
    name: str,
    *,
    owner: str | None = None,
    keep: bool = True,
    dry_run: bool = False,
    on_event: Listener = ignore,
) -> SnapshotRestored:
    """Make the database what it was; what is there becomes an automatic snapshot if `keep`.

    It does not where it is larger than the setting `max_size`. `owner` is the database that the
    snapshot is of, where it is another one. The same as of `save` holds of connections. Raises
    what `find` raises, `CopyFailed`, `CopyRunning`, `LockBusy`.
    """
    from fidesdev.services.replacing import replace_database

    began = time.monotonic()
    url, snapshot = workspace.database, find(workspace, name, owner=owner)
    before = _present(workspace)
    kept = _to_keep(workspace, before) if keep else None
    if not dry_run:
        kept = replace_database(
            workspace,
            snapshot,
            f"snapshot restore {snapshot.name}",
            before=frozenset(before.revisions) if before else None,
            kept=kept,
            on_event=on_event,
        )
        _forget_oldest(workspace, kept)
        _prepare_spare(workspace, snapshot)
    return SnapshotRestored(
        (snapshot,),
        database=url.database,
        address=url.address,
        before=before,
        kept=kept,
        executed=not dry_run,
        seconds=round(time.monotonic() - began, 3),
    )


def list_(workspace: Workspace, *, every: bool = False) -> SnapshotList:
    """The snapshots of the database, newest first, or `every` one of the server."""
    url = workspace.database
    found = store(url).list_snapshots(url)
    own = tuple(one for one in found if one.database == url.database)
    return SnapshotList(
        found if every else own, "" if every else url.database, others=len(found) - len(own)
    )


def show(workspace: Workspace, name: str, *, owner: str | None = None) -> SnapshotShown:
    """One snapshot, by its name or a unique beginning of it."""
    return SnapshotShown((find(workspace, name, owner=owner),))


def rename(
    workspace: Workspace, old: str, new: str, *, owner: str | None = None, dry_run: bool = False
) -> SnapshotRenamed:
    """Call a snapshot something else; raises `SnapshotExists`."""
    url = workspace.database
    snapshot, wanted = find(workspace, old, owner=owner), check_name(new)
    every = store(url).list_snapshots(url)
    taken = {one.name for one in every if one.database == snapshot.database}
    if wanted in taken - {snapshot.name}:
        raise SnapshotExists(wanted, snapshot.database)
    if not dry_run:
        store(url).rename_snapshot(url, snapshot, wanted)
    renamed = replace(snapshot, name=wanted)
    return SnapshotRenamed((renamed,), snapshot.name, executed=not dry_run)


def delete(
    workspace: Workspace, names: Sequence[str], *, owner: str | None = None, dry_run: bool = False
) -> SnapshotsDeleted:
    """Remove snapshots; all of them are looked up before the first one goes."""
    url = workspace.database
    found = tuple(dict.fromkeys(find(workspace, name, owner=owner) for name in names))
    if not dry_run:
        for snapshot in found:
            store(url).delete_snapshot(url, snapshot)
    return SnapshotsDeleted(found, sum(one.bytes for one in found), executed=not dry_run)


def describe(
    workspace: Workspace, name: str | None, *, message: str | None = None, automatic: bool = False
) -> Snapshot:
    """A snapshot of the database as it is now, before it is saved; raises `DatabaseMissing`."""
    from fidesdev.adapters.git import read_checkout

    created = _now()
    revisions = _revisions(workspace)
    checkout = read_checkout(workspace.settings.project)
    return Snapshot(
        name=_stamp(created) if name is None else check_name(name),
        database=workspace.database.database,
        revisions=revisions,
        branch=checkout.branch if checkout else None,
        commit=checkout.commit if checkout else None,
        message=message,
        created=created,
        automatic=automatic,
    )


def _revisions(workspace: Workspace) -> tuple[str, ...]:
    """The rows of the version table, whatever else of a project there is."""
    from fidesdev.adapters.recorder import read_recorded

    tool = workspace.settings.tool
    table = (tool.version_table or "alembic_version", tool.version_table_schema)
    with suppress(AlembicConfigMissing, SeveralAlembicConfigs):
        table = workspace.version_table
    return tuple(sorted(read_recorded(workspace.database, *table).rows))


def _present(workspace: Workspace) -> Present | None:
    """What a restore replaces."""
    url = workspace.database
    try:
        revisions = _revisions(workspace)
    except DatabaseMissing:
        return None
    found = _contents(url)
    if found is None:
        return None
    return Present(found.bytes, found.tables, found.connections, revisions)


def _to_keep(workspace: Workspace, before: Present | None) -> Snapshot | None:
    """The snapshot that what is replaced becomes, unless it is too large or nobody wants it."""
    limits = workspace.settings.tool.snapshots
    if before is None or not limits.automatic or before.bytes > limits.max_size:
        return None
    names = {one.name for one in list_(workspace).snapshots}
    kept = describe(workspace, automatic_name("restore", _now(), names), automatic=True)
    return replace(kept, bytes=before.bytes)


def _contents(url: DatabaseUrl) -> Contents | None:
    if url.backend == "sqlite":
        from fidesdev.adapters import sqlite

        return sqlite.contents(Path(url.database))
    from fidesdev.adapters import postgres

    return postgres.contents(url)


def _checked_size(url: DatabaseUrl) -> int:
    """The size of the database; raises `NotEnoughSpace` where it is known that a copy is too much.

    Raises `DatabaseMissing` where there is no database.
    """
    free, found = store(url).free_bytes(url), _contents(url)
    if found is None:
        raise DatabaseMissing(url.database, url.address)
    needed = int(found.bytes * _ROOM)
    if free is not None and free < needed:
        raise NotEnoughSpace(url.database, needed=needed, free=free)
    return found.bytes


def _forget_oldest(workspace: Workspace, new: Snapshot | None) -> None:
    """Remove automatic snapshots of the database beyond those that are kept."""
    keep = workspace.settings.tool.snapshots.keep
    for old in superfluous(list_(workspace).snapshots, keep, new):
        store(workspace.database).delete_snapshot(workspace.database, old)


def _prepare_spare(workspace: Workspace, snapshot: Snapshot) -> None:
    """Let another copy be made beside the snapshot, in the background and where it is cheap."""
    limits, url = workspace.settings.tool.snapshots, workspace.database
    if url.backend != "postgresql" or not limits.spares or snapshot.bytes > limits.max_size:
        return
    free = store(url).free_bytes(url)
    if free is not None and free < _PLENTY * snapshot.bytes:
        return
    from fidesdev.adapters import spare_copies

    spare_copies.start(url, snapshot.storage)


def _free_name(wanted: str, taken: Set[str]) -> str:
    """The name, or the first of `name-2`, `name-3` ... that is not taken."""
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(moment: datetime) -> str:
    """`2026-11-22-215907`: what an unnamed snapshot is called, in UTC; it needs no quotes."""
    return f"{moment:%Y-%m-%d-%H%M%S}"
