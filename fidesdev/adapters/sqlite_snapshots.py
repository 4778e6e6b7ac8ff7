"""Snapshots of a SQLite database as files in a folder beside it, each with a JSON file.

A copy is a snapshot once its JSON file is there, which is written last and removed first; what a
killed command left behind has none, and the next one removes it.
`adapters/postgres_snapshots.py` has the same functions.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from fidesdev.adapters.own_files import open_own
from fidesdev.adapters.revision_cache import make_folder
from fidesdev.adapters.sqlite import remove_companions
from fidesdev.adapters.sqlite_copies import (
    PATIENCE,
    PAUSE,
    copy_file,
    explained,
    place_file,
    sync,
    write_into,
)
from fidesdev.core.snapshots import (
    KIND,
    CopyStarted,
    Listener,
    Snapshot,
    mark,
    newest_first,
    read_mark,
    storage_name,
)
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyRunning, DatabaseMissing, LockBusy, UnknownSnapshot

FOLDER = ".fidesdev-snapshots"
"""What the name of the folder adds to that of the database."""


def list_snapshots(url: DatabaseUrl) -> tuple[Snapshot, ...]:
    """Every snapshot of the databases in the same folder, newest first."""
    folders = Path(url.database).parent.glob(f"*{FOLDER}")
    return newest_first(one for folder in folders for one in _snapshots(folder))


def save_snapshot(url: DatabaseUrl, snapshot: Snapshot, on_event: Listener) -> Snapshot:
    """Copy the database of the URL; the snapshot with its storage and size.

    One of the same name is replaced when the new one is whole. Others may go on reading, and wait
    with writing. Raises `CopyFailed`, `CopyRunning`, `LockBusy` or `DatabaseMissing`.
    """
    if not Path(url.database).is_file():
        raise DatabaseMissing(url.database, url.address)
    with _for_copying(url) as folder:
        return _save(url, folder, snapshot, on_event)


def restore_snapshot(
    url: DatabaseUrl, snapshot: Snapshot, on_event: Listener, *, kept: Snapshot | None = None
) -> Snapshot | None:
    """Make the database what the snapshot is, in one transaction of the file that is there.

    Programs that have it open see the new rows. What is replaced becomes the snapshot `kept`
    before, which is returned with its storage and size.
    """
    source, live = Path(snapshot.storage), Path(url.database)
    with _for_copying(url) as folder:
        if not source.is_file():
            raise UnknownSnapshot(snapshot.name, snapshot.database)
        if not live.is_file():
            on_event(CopyStarted(snapshot.database, snapshot.bytes))
            place_file(source, live, through=folder / "restored.new")
            return None
        kept = kept and _save(url, folder, kept, on_event)
        on_event(CopyStarted(snapshot.database, snapshot.bytes))
        write_into(source, live)
        return kept


def rename_snapshot(  # the URL is of use where a server has to be asked
    url: DatabaseUrl,  # noqa: ARG001
    snapshot: Snapshot,
    name: str,
) -> Snapshot:
    """Call the snapshot something else; where it is kept stays the same."""
    file = Path(snapshot.storage)
    with _exclusively(file.parent):
        if not _facts_of(file).is_file():
            raise UnknownSnapshot(snapshot.name, snapshot.database)
        renamed = replace(snapshot, name=name)
        _write_facts(renamed, file)
        return renamed


def delete_snapshot(url: DatabaseUrl, snapshot: Snapshot) -> None:  # noqa: ARG001 - a store's
    """Remove the snapshot; one that is gone already is fine."""
    file = Path(snapshot.storage)
    if file.parent.is_dir():
        with _exclusively(file.parent):
            _remove(file)


def free_bytes(url: DatabaseUrl) -> int | None:
    """How much room the disk of the database has."""
    folder = next(above for above in Path(url.database).absolute().parents if above.is_dir())
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def adopt_file(url: DatabaseUrl, source: Path, snapshot: Snapshot, *, without: str) -> Snapshot:
    """Make a copy of a database file, without that table, a snapshot of the database of the URL.

    The snapshot says where it is to be kept.
    """
    with _exclusively(_folder(url)) as folder:
        return _keep(source, folder, snapshot, snapshot.storage, without)


def _snapshots(folder: Path) -> list[Snapshot]:
    """The newest of each name: an older one was about to be removed."""
    database = str(folder.with_name(folder.name.removesuffix(FOLDER)))
    found: dict[str, Snapshot] = {}
    for file in folder.glob("*.db"):
        one = _read(file, database)
        if one and (one.name not in found or found[one.name].created < one.created):
            found[one.name] = one
    return list(found.values())


def _read(file: Path, database: str) -> Snapshot | None:
    """The snapshot in the file; it belongs to the database beside it, wherever that was before."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = read_mark(_facts_of(file).read_text(encoding="utf-8"), KIND)
        if facts is not None:
            return replace(Snapshot.read(facts, str(file)), database=database)
    return None


def _save(url: DatabaseUrl, folder: Path, snapshot: Snapshot, on_event: Listener) -> Snapshot:
    source = Path(url.database)
    on_event(CopyStarted(url.database, source.stat().st_size))
    return _keep(source, folder, snapshot, storage_name(snapshot))


def _keep(source: Path, folder: Path, snapshot: Snapshot, stem: str, without: str = "") -> Snapshot:
    """Make a snapshot of a database, whole or not at all, instead of one of its name."""
    file = folder / f"{stem}.db"
    new = file.with_suffix(".new")
    older = [one for one in _snapshots(folder) if one.name == snapshot.name]
    copy_file(source, new, without=without)
    with explained(source):
        saved = replace(snapshot, storage=str(file), bytes=new.stat().st_size)
        new.replace(file)
        _write_facts(saved, file)
        for one in older:
            _remove(Path(one.storage))
    return saved


@contextmanager
def _for_copying(url: DatabaseUrl) -> Iterator[Path]:
    """The snapshots' folder, while nobody else copies or migrates the database."""
    from fidesdev.adapters.journal import is_locked

    with _exclusively(_folder(url)) as folder:
        deadline = time.monotonic() + PATIENCE
        while is_locked(url):
            if time.monotonic() >= deadline:
                raise LockBusy(url.database, f"it holds {url.database}.fidesdev-lock", PATIENCE)
            time.sleep(PAUSE)
        yield folder


@contextmanager
def _exclusively(folder: Path) -> Iterator[Path]:
    """The folder, made if need be and without what killed runs left; raises `CopyRunning`."""
    deadline = time.monotonic() + PATIENCE
    with explained(folder):
        make_folder(folder)
        file = open_own(folder / "lock", "wb")
    with file:
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                raise CopyRunning(folder.name.removesuffix(FOLDER), PATIENCE)
            time.sleep(PAUSE)
        _remove_leftovers(folder)
        yield folder


def _remove_leftovers(folder: Path) -> None:
    """What was being made, has no JSON file any more, or was replaced by one of its name."""
    newest = {one.name: one.storage for one in _snapshots(folder)}
    for new in folder.glob("*.new*"):
        new.unlink(missing_ok=True)
    for file in folder.glob("*.db"):
        one = _read(file, "")
        if not _facts_of(file).exists() or (one and newest[one.name] != str(file)):
            _remove(file)


def _remove(file: Path) -> None:
    _facts_of(file).unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    remove_companions(file)


def _write_facts(snapshot: Snapshot, file: Path) -> None:
    """Write down what is known of the copy, in one step, and see both on disk."""
    facts = _facts_of(file)
    new = facts.with_suffix(".json.new")
    with open_own(new, "w", encoding="utf-8") as opened:
        opened.write(mark(KIND, snapshot.facts()))
    sync(new)
    new.replace(facts)
    sync(facts.parent)


def _facts_of(file: Path) -> Path:
    return file.with_suffix(".json")


def _folder(url: DatabaseUrl) -> Path:
    return Path(f"{url.database}{FOLDER}")


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
