"""Snapshots as databases of the same PostgreSQL server, each with a JSON object as its comment.

They are closed: nobody can connect to one, so that copying one never meets a connection.
`adapters/sqlite_snapshots.py` has the same functions.
"""

from __future__ import annotations

import os
from dataclasses import replace

from fidesdev.adapters import database_copies as copies
from fidesdev.adapters.database_attributes import Attributes
from fidesdev.adapters.server_statements import Server, lock, server_of
from fidesdev.adapters.unattended import leave_running
from fidesdev.core.snapshots import (
    KIND,
    LONG,
    CopyStarted,
    Listener,
    Snapshot,
    mark,
    newest_first,
    physical_name,
    read_mark,
    read_snapshot,
    storage_name,
)
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseMissing, UnknownSnapshot

_MARKED = """
SELECT d.datname, shobj_description(d.oid, 'pg_database') FROM pg_database d
 WHERE starts_with(d.datname, 'fidesdev_') AND d.datconnlimit <> -2
"""
"""-2: dropping it was interrupted."""
_FOLDER = """
SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory'),
       host(inet_server_addr())
"""
_LOOPBACK = {"127.0.0.1", "::1", None}


def list_snapshots(url: DatabaseUrl) -> tuple[Snapshot, ...]:
    """Every snapshot of the server, of whatever database, newest first."""
    with server_of(url) as server:
        return all_snapshots(server)


def all_snapshots(server: Server) -> tuple[Snapshot, ...]:
    """The same, for whoever has a connection."""
    found = (read_snapshot(text, name) for name, text in server.rows(_MARKED))
    return newest_first(one for one in found if one is not None)


def save_snapshot(url: DatabaseUrl, snapshot: Snapshot, on_event: Listener) -> Snapshot:
    """Copy the database of the URL; the snapshot with its storage and size.

    One of the same name and database is replaced when the new one is whole. Connections to the
    database are ended, and who connects meanwhile waits. Raises `CopyFailed`, `CopyRunning`,
    `LockBusy` or `DatabaseMissing`.
    """
    with copies.for_copying(url) as server:
        attributes = copies.read_attributes(server, url.database)
        if attributes is None:
            raise DatabaseMissing(url.database, url.address)
        saved = _sized(server, snapshot)
        _tell(on_event, CopyStarted(url.database, saved.bytes))
        made = copies.making_name(url.database)
        copies.copy_database(server, url.database, made)
        older = [old for old in all_snapshots(server) if _same(old, snapshot)]
        names = [old.storage for old in older]
        text = _mark(saved, attributes)
        copies.keep(server, made, saved.storage, text=text, instead_of=names)
        for old in older:
            _delete(server, old)
        return saved


def restore_snapshot(
    url: DatabaseUrl, snapshot: Snapshot, on_event: Listener, *, kept: Snapshot | None = None
) -> Snapshot | None:
    """Put a copy of the snapshot in the place of the database of the URL.

    Owner, privileges, settings, comment, connection limit and tablespace are those of the database
    that is replaced; where there is none, those of the one that was saved. What is replaced
    becomes the snapshot `kept`, which is returned with its storage and size; else it is dropped,
    last of all.
    """
    with copies.for_copying(url) as server:
        saved = _saved_attributes(server, snapshot)
        live = copies.read_attributes(server, url.database)
        new = _ready_copy(server, snapshot, live or saved, on_event)
        return put_in_place(server, new, live=live, usual=saved, kept=kept)


def put_in_place(
    server: Server, new: str, *, live: Attributes | None, usual: Attributes, kept: Snapshot | None
) -> Snapshot | None:
    """Put the database `new` in the place of the URL's, for whoever holds that one's lock.

    `live` is what belongs to the one that is replaced; where there is none, `usual` is given.
    What is replaced becomes the snapshot `kept`, which is returned with storage and size.
    """
    database, wanted = server.url.database, live or usual
    copies.dress(server, new, wanted)
    if live is None:
        copies.place(server, new, database, wanted)
        return None
    kept = kept and _sized(server, kept)
    replaced = (
        (copies.replaced_name(database), copies.replaced_mark(database))
        if kept is None
        else (kept.storage, _mark(kept, live))
    )
    copies.swap(server, database, new, attributes=live, replaced=replaced)
    if kept is None:
        copies.drop(server, replaced[0])
    return kept


def rename_snapshot(url: DatabaseUrl, snapshot: Snapshot, name: str) -> Snapshot:
    """Call the snapshot something else; where it is kept stays the same."""
    with copies.exclusively(url.with_database(snapshot.database)) as server:
        attributes = _saved_attributes(server, snapshot)
        renamed = replace(snapshot, name=name)
        server.run(copies.comment(snapshot.storage, _mark(renamed, attributes)))
        return renamed


def delete_snapshot(url: DatabaseUrl, snapshot: Snapshot) -> None:
    """Drop the snapshot and its spare; one that is gone already is fine."""
    with copies.exclusively(url.with_database(snapshot.database)) as server:
        _delete(server, snapshot)


def delete_unattended(server: Server, snapshot: Snapshot) -> None:
    """Have the server drop the snapshot in its own time."""
    url = server.url.with_database(server.connection.info.dbname)
    leave_running(url, copies.dropping(server, snapshot.storage))


def prepare_spare(url: DatabaseUrl, storage: str) -> bool:
    """Copy the snapshot once more, for a restore to rename; False when there is a spare already."""
    spare = spare_name(storage)
    with server_of(url) as server:
        server.run("SELECT set_config('application_name', %s, false)", (spare,))
        lock(server, spare)
        there = _existing(server, spare, storage)
        if spare in there or storage not in there:
            return False
        made = copies.making_name(spare)
        copies.drop(server, made)
        copies.copy_database(server, storage, made)
        (database,) = (one.database for one in all_snapshots(server) if one.storage == storage)
        facts = {"of": storage, "database": database}
        copies.keep(server, made, spare, text=mark(copies.SPARE, facts))
        return True


def spare_name(storage: str) -> str:
    """Where the spare of the snapshot is that is kept there."""
    return physical_name(copies.SPARE, storage)


def free_bytes(url: DatabaseUrl) -> int | None:
    """How much room the server's disk has; None where the server is elsewhere or does not say."""
    with server_of(url) as server:
        ((folder, address),) = server.rows(_FOLDER)
    if folder is None or address not in _LOOPBACK:
        return None
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize


def _same(one: Snapshot, other: Snapshot) -> bool:
    return (one.database, one.name) == (other.database, other.name)


def _sized(server: Server, snapshot: Snapshot) -> Snapshot:
    """A new snapshot with the size of the database that it is of, and where it will be."""
    ((size,),) = server.rows("SELECT pg_database_size(%s)", (server.url.database,))
    return replace(snapshot, bytes=size, storage=storage_name(snapshot))


def _mark(snapshot: Snapshot, attributes: Attributes) -> str:
    """The comment of a snapshot; the attributes are for when its database is gone."""
    return mark(KIND, {**snapshot.facts(), "attributes": attributes.facts()})


def _saved_attributes(server: Server, snapshot: Snapshot) -> Attributes:
    """What the snapshot's mark says of its database; raises `UnknownSnapshot`."""
    for name, text in server.rows(_MARKED):
        if name == snapshot.storage and (facts := read_mark(text, KIND)):
            return Attributes.read(facts["attributes"])
    raise UnknownSnapshot(snapshot.name, snapshot.database)


def _ready_copy(server: Server, snapshot: Snapshot, wanted: Attributes, on_event: Listener) -> str:
    """A copy of the snapshot in the right tablespace: its spare where there is one."""
    made, spare = copies.making_name(server.url.database), spare_name(snapshot.storage)
    lock(server, spare)  # one that is being made is there sooner than another copy
    found = copies.read_attributes(server, spare)
    if found is not None and found.tablespace == wanted.tablespace:
        copies.rename(server, spare, made)
        return made
    _tell(on_event, CopyStarted(snapshot.database, snapshot.bytes))
    stored = copies.read_attributes(server, snapshot.storage)
    # naming a tablespace takes a privilege that staying in it does not
    moved = stored is not None and stored.tablespace != wanted.tablespace
    tablespace = wanted.tablespace if moved else None
    copies.copy_database(server, snapshot.storage, made, tablespace=tablespace)
    return made


def _tell(on_event: Listener, started: CopyStarted) -> None:
    """Tell of a copy that takes a while; what tells it takes longer to load than a small one."""
    if started.bytes >= LONG:
        on_event(started)


def _delete(server: Server, snapshot: Snapshot) -> None:
    """Drop the spare first, so that none is ever left of a snapshot that is gone."""
    spare = spare_name(snapshot.storage)
    server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
        (spare,),
    )
    lock(server, spare)
    names = (spare, copies.making_name(spare), snapshot.storage)
    there = _existing(server, *names)
    for name in names:
        if name in there:
            copies.drop(server, name)


def _existing(server: Server, *names: str) -> set[str]:
    """Those of the databases that there are."""
    rows = server.rows("SELECT datname FROM pg_database WHERE datname IN %s", (names,))
    return {name for (name,) in rows}
