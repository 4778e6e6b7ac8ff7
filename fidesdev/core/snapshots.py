"""Snapshots: what is known of a copy of a database, how it is kept and what the verbs return.

A snapshot is a database in the same server (PostgreSQL) or a file (SQLite). What is known of it
travels with it as one JSON object: on PostgreSQL in the comment on the database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from fidesdev.errors import UsageError

MARK = "fidesdev"
"""The key that tells what a database of ours is for; without it, it is not ours."""
KIND = "snapshot"
LONG = 64 * 1024 * 1024
"""Bytes whose copy takes long enough to be told."""
LONGEST_NAME = 200
_HASH = 24
"""Hexadecimal digits: 96 bits, within the 63 bytes that PostgreSQL leaves a name."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of a database, whole and never changed."""

    name: str
    """As typed: any characters."""
    database: str
    """Whose copy it is: the database's name, for SQLite the file's path."""
    revisions: tuple[str, ...]
    """The rows of the version table at that time, sorted."""
    branch: str | None
    commit: str | None
    message: str | None
    created: datetime
    bytes: int = 0
    automatic: bool = False
    """Taken before something destructive, and removed by itself in time."""
    storage: str = ""
    """The database or file that holds it; empty until it is saved."""

    def facts(self) -> dict[str, Any]:
        """What is written down beside the copy; `storage` is where it is written."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        del values["storage"]
        return {**values, "created": self.created.astimezone(UTC).isoformat()}

    @classmethod
    def read(cls, facts: Mapping[str, Any], storage: str) -> Snapshot:
        """The snapshot that was written down; facts of a later version are passed over."""
        return cls(
            name=str(facts["name"]),
            database=str(facts["database"]),
            revisions=tuple(facts.get("revisions") or ()),
            branch=facts.get("branch"),
            commit=facts.get("commit"),
            message=facts.get("message"),
            created=datetime.fromisoformat(facts["created"]),
            bytes=int(facts.get("bytes") or 0),
            automatic=bool(facts.get("automatic")),
            storage=storage,
        )


@dataclass(frozen=True, slots=True)
class CopyStarted:
    """A large database is about to be copied."""

    database: str
    bytes: int


Listener = Callable[[CopyStarted], object]


def ignore(_event: CopyStarted) -> None:
    """Listen to nothing: the default listener."""


@dataclass(frozen=True, slots=True)
class SnapshotList:
    """Snapshots, newest first."""

    snapshots: tuple[Snapshot, ...]
    database: str
    """Whose they are; empty: those of every database of the server."""
    others: int = 0
    """How many there are of other databases."""


@dataclass(frozen=True, slots=True)
class SnapshotShown:
    """One snapshot."""

    snapshots: tuple[Snapshot]


@dataclass(frozen=True, slots=True)
class SnapshotSaved:
    """The snapshot that was taken, or would be."""

    snapshots: tuple[Snapshot]
    replaced: bool
    """Whether one of the same name made room for it."""
    executed: bool
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Present:
    """The database as it is before a restore, all of which the restore replaces."""

    bytes: int
    tables: int
    connections: int
    """Of others, which are ended."""
    revisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotRestored:
    """The database is what it was when the snapshot was saved, or would be."""

    snapshots: tuple[Snapshot]
    database: str
    address: str
    before: Present | None
    """None: there was no database."""
    kept: Snapshot | None
    """The snapshot that holds what was replaced; None: it is gone."""
    executed: bool
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SnapshotRenamed:
    """The snapshot under its new name."""

    snapshots: tuple[Snapshot]
    old: str
    executed: bool


@dataclass(frozen=True, slots=True)
class SnapshotsDeleted:
    """The snapshots that are gone, or would be."""

    snapshots: tuple[Snapshot, ...]
    bytes: int
    executed: bool


def physical_name(kind: str, *parts: str) -> str:
    """The name of a database of ours, whatever the parts hold: the same for the same parts.

    >>> physical_name("snapshot", "app", "a name of any length")
    'fidesdev_snapshot_9285043ad8fccc9419459788'
    """
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"fidesdev_{kind}_{digest[:_HASH]}"


def storage_name(snapshot: Snapshot) -> str:
    """Where a new snapshot is kept; it stays there when it is renamed."""
    created = snapshot.created.astimezone(UTC).isoformat()
    return physical_name(KIND, snapshot.database, snapshot.name, created)


def mark(kind: str, facts: Mapping[str, Any]) -> str:
    """The text that makes a database ours: one JSON object."""
    return json.dumps({MARK: kind, **facts}, ensure_ascii=False)


def read_mark(text: str | None, kind: str) -> Mapping[str, Any] | None:
    """The facts of a text of that kind; None for every other text, which is not ours to judge."""
    if not text or not text.startswith("{"):
        return None
    try:
        facts = json.loads(text)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) and facts.get(MARK) == kind else None


def read_snapshot(text: str | None, storage: str) -> Snapshot | None:
    """The snapshot that a mark describes; None where it is no mark of a snapshot."""
    facts = read_mark(text, KIND)
    if facts is None:
        return None
    try:
        return Snapshot.read(facts, storage)
    except (KeyError, TypeError, ValueError):
        return None


def check_name(name: str) -> str:
    """The name without space around it; raises `UsageError` where it cannot be one."""
    kept = name.strip()
    if not kept or len(kept) > LONGEST_NAME or not kept.isprintable():
        raise UsageError(
            f"a snapshot's name has 1 to {LONGEST_NAME} characters, all of them visible",
            hint="Choose another one: 'fidesdev snapshot save NAME'.",
        )
    return kept


def newest_first(snapshots: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """The order in which snapshots are listed."""
    return tuple(sorted(snapshots, key=lambda one: (one.created, one.name), reverse=True))


def superfluous(
    snapshots: Iterable[Snapshot], keep: int, new: Snapshot | None
) -> tuple[Snapshot, ...]:
    """The automatic ones but for the newest `keep`, of snapshots in the order of `newest_first`.

    `new`, where it is given, is the newest, whatever the clock said when it was made.
    """
    made = new.storage if new else None
    automatic = [one for one in snapshots if one.automatic]
    return tuple(sorted(automatic, key=lambda one: one.storage != made)[keep:])
