"""Snapshots carried to other machines: as a dump in pg_dump's custom format, or a SQLite file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Any

from fidesdev.core.snapshot_files import (
    OnProgress,
    SnapshotExported,
    SnapshotImported,
    unheard,
)
from fidesdev.core.snapshots import Snapshot, check_name, storage_name
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import NotADump, NotEnoughSpace, SnapshotExists
from fidesdev.services.snapshot_stores import find, store
from fidesdev.services.snapshots import describe

if TYPE_CHECKING:
    from fidesdev.core.snapshot_files import DumpContents
    from fidesdev.services.workspace import Workspace


def export(
    workspace: Workspace,
    name: str,
    file: str,
    *,
    force: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress = unheard,
) -> SnapshotExported:
    """Write a snapshot to a file, which has its name when it is complete.

    What is known of the snapshot travels with it. Raises what `find` raises, `AlreadyExists`
    unless `force`, `NotEnoughSpace`, `TransferFailed`, `ProgramTooOld`, `CommandMissing`.
    """
    began = time.monotonic()
    snapshot, path = find(workspace, name), workspace.cwd / file
    is_file = workspace.database.backend == "sqlite"
    planned = SnapshotExported(
        (snapshot,),
        str(path),
        format="sqlite" if is_file else "pg_dump",
        bytes=None,
        replaced=path.exists(),
        executed=False,
    )
    _check_target(snapshot, path, is_copy=is_file, force=force)
    if dry_run:
        return planned
    size = _export(workspace, snapshot, path, force=force, on_progress=on_progress)
    return replace(planned, bytes=size, executed=True, seconds=_since(began))


def import_(
    workspace: Workspace,
    file: str,
    name: str | None = None,
    *,
    force: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress = unheard,
) -> SnapshotImported:
    """Make a snapshot of this database from a file; it is there when it is complete.

    Its name is that of the snapshot that was exported, else the file's. Raises `NotADump`,
    `SnapshotExists` unless `force`, `NotEnoughSpace`, `TransferFailed`, `ProgramTooOld`.
    """
    began = time.monotonic()
    source = _look_into(workspace, workspace.cwd / file)
    snapshot = _described(workspace, source, name)
    older = _older(workspace, snapshot)
    if older and not force:
        raise SnapshotExists(snapshot.name, snapshot.database)
    _check_free(snapshot, store(workspace.database).free_bytes(workspace.database))
    planned = SnapshotImported(
        (snapshot,),
        str(source.path),
        original=source.facts.get("database") if source.facts else None,
        replaced=bool(older),
        executed=False,
    )
    if dry_run:
        return planned
    made, roles = _import(workspace, snapshot, source, on_progress)
    return replace(
        planned, snapshots=(made,), missing_roles=roles, executed=True, seconds=_since(began)
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that a snapshot can be made from."""

    path: Path
    facts: Mapping[str, Any] | None
    """What was written down of the snapshot that it was."""
    contents: DumpContents | None
    """Of a dump; None for a SQLite file."""


def _check_target(snapshot: Snapshot, path: Path, *, is_copy: bool, force: bool) -> None:
    """Raise what speaks against writing there, as far as it is known beforehand."""
    from fidesdev.adapters.new_files import check_target

    check_target(path, replace=force)
    if is_copy and path.parent.is_dir():  # how small a dump will be, nobody knows
        _check_free(snapshot, disk_usage(path.parent).free)


def _export(
    workspace: Workspace, snapshot: Snapshot, path: Path, *, force: bool, on_progress: OnProgress
) -> int:
    from fidesdev.adapters import postgres_dumps, sqlite_dumps

    if workspace.database.backend == "sqlite":
        return sqlite_dumps.export_file(snapshot, path, force=force)
    return postgres_dumps.export_snapshot(
        workspace.database,
        snapshot,
        path,
        environ=workspace.environ,
        force=force,
        on_progress=on_progress,
    )


def _look_into(workspace: Workspace, path: Path) -> _Source:
    """What the file is; raises `NotADump` also for one of the other kind of database."""
    from fidesdev.adapters import postgres_dumps, sqlite_dumps

    if not path.is_file():
        raise NotADump(str(path), "dump", reason="there is no such file")
    if workspace.database.backend == "sqlite":
        return _Source(path, _whole(sqlite_dumps.read_facts(path)), None)
    contents = postgres_dumps.look_into(workspace.database, path, workspace.environ)
    return _Source(path, _whole(contents.facts), contents)


def _whole(facts: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The facts, unless somebody spoilt them."""
    try:
        Snapshot.read(facts or {}, "")
    except (KeyError, TypeError, ValueError):
        return None
    return facts


def _described(workspace: Workspace, source: _Source, name: str | None) -> Snapshot:
    """The snapshot that the file becomes, of the database of the workspace."""
    database, now = workspace.database.database, datetime.now(UTC)
    size = source.path.stat().st_size
    snapshot = Snapshot(source.path.stem, database, (), None, None, None, now, size)
    if source.facts is not None:
        snapshot = Snapshot.read(source.facts, "")
    named = replace(
        snapshot,
        name=check_name(snapshot.name if name is None else name),
        database=database,
        automatic=False,  # what somebody asked for is not removed by itself
    )
    return replace(named, storage=storage_name(replace(named, created=now)))


def _import(
    workspace: Workspace, snapshot: Snapshot, source: _Source, on_progress: OnProgress
) -> tuple[Snapshot, tuple[str, ...]]:
    from fidesdev.adapters import postgres_dumps, sqlite_dumps

    url = workspace.database

    def revisions(made: DatabaseUrl) -> tuple[str, ...]:
        return snapshot.revisions if source.facts else _revisions(workspace, made)

    if source.contents is None:
        known = replace(snapshot, revisions=revisions(url.with_database(str(source.path))))
        return sqlite_dumps.import_file(url, known, source.path), ()
    return postgres_dumps.import_dump(
        url,
        snapshot,
        postgres_dumps.Source(source.path, source.contents, revisions),
        environ=workspace.environ,
        older=_older(workspace, snapshot),
        on_progress=on_progress,
    )


def _revisions(workspace: Workspace, url: DatabaseUrl) -> tuple[str, ...]:
    """The rows of the version table of another database."""
    settings = replace(workspace.settings, database_url=url)
    return describe(replace(workspace, settings=settings), None).revisions


def _older(workspace: Workspace, snapshot: Snapshot) -> list[Snapshot]:
    """Those that the snapshot replaces."""
    every = store(workspace.database).list_snapshots(workspace.database)
    wanted = (snapshot.database, snapshot.name)
    return [one for one in every if (one.database, one.name) == wanted]


def _check_free(snapshot: Snapshot, free: int | None) -> None:
    if free is not None and free < snapshot.bytes:
        raise NotEnoughSpace(snapshot.name, needed=snapshot.bytes, free=free)


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
