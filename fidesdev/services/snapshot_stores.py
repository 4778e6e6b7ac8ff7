"""Where the snapshots of a kind of database are kept, and the one that a name means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from fidesdev.core.snapshots import Listener, Snapshot
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import AmbiguousSnapshot, SnapshotElsewhere, UnknownSnapshot

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace

_SHOWN = 3
"""Names, the newest first, where none is like the one that was typed."""


class Store(Protocol):
    """What keeps snapshots of one kind of database: a module of the adapters."""

    def list_snapshots(self, url: DatabaseUrl) -> tuple[Snapshot, ...]:
        """Every snapshot that is kept where the database is, newest first."""

    def save_snapshot(self, url: DatabaseUrl, snapshot: Snapshot, on_event: Listener) -> Snapshot:
        """Copy the database, instead of one of the same name; the snapshot, size and storage."""

    def restore_snapshot(
        self, url: DatabaseUrl, snapshot: Snapshot, on_event: Listener, *, kept: Snapshot | None
    ) -> Snapshot | None:
        """Put a copy in the database's place; what was there becomes the snapshot `kept`."""

    def rename_snapshot(self, url: DatabaseUrl, snapshot: Snapshot, name: str) -> Snapshot:
        """Call it something else."""

    def delete_snapshot(self, url: DatabaseUrl, snapshot: Snapshot) -> None:
        """Remove it."""

    def free_bytes(self, url: DatabaseUrl) -> int | None:
        """The room that is left where snapshots are kept, as far as it is known."""


def store(url: DatabaseUrl) -> Store:
    """What keeps the snapshots of such a database."""
    if url.backend == "sqlite":
        from fidesdev.adapters import sqlite_snapshots

        return sqlite_snapshots
    from fidesdev.adapters import postgres_snapshots

    return postgres_snapshots


def find(workspace: Workspace, name: str, *, owner: str | None = None) -> Snapshot:
    """The snapshot with the name, or the only one whose name begins with it.

    It is one of this database unless its `owner` is named. Raises `UnknownSnapshot`,
    `AmbiguousSnapshot`, or `SnapshotElsewhere` where another database alone has one.
    """
    database = owner or workspace.database.database
    every: Sequence[Snapshot] = store(workspace.database).list_snapshots(workspace.database)
    own = [one for one in every if one.database == database]
    wanted = name.strip()
    for matching in (
        [one for one in own if one.name == wanted],
        [one for one in own if wanted and one.name.startswith(wanted)],
    ):
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise AmbiguousSnapshot(name, tuple(one.name for one in matching))
    elsewhere = sorted({one.database for one in every if one.name == wanted})
    if elsewhere and owner is None:
        raise SnapshotElsewhere(name, database, tuple(elsewhere))
    names = [one.name for one in own]
    nearest = difflib.get_close_matches(name, names, cutoff=0.5) or names[:_SHOWN]
    raise UnknownSnapshot(name, database, tuple(nearest))
