"""Saves and restores that are killed, or lose their connection, at every single statement."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import psycopg2
import pytest

from fidesdev.adapters import postgres_snapshots
from fidesdev.adapters.database_attributes import Attributes
from fidesdev.adapters.database_copies import read_attributes
from fidesdev.adapters.postgres import connect
from fidesdev.adapters.server_statements import server_of
from fidesdev.core.snapshots import Snapshot, ignore, physical_name, read_snapshot
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import FidesdevError
from tests.wire import When, Wire

BREAKS = [
    (True, When.BEFORE),  # which for the server is the same as after the statement before
    (True, When.DURING),
    (False, When.AFTER),
]
TOLD = 3
ENOUGH = 100
"""More statements than there are."""

Act = Callable[[DatabaseUrl, Snapshot], object]


def snapshot_of(url: DatabaseUrl, name: str) -> Snapshot:
    return Snapshot(name, url.database, ("r1",), "main", None, None, datetime.now(UTC))


def save(url: DatabaseUrl, snapshot: Snapshot) -> None:
    postgres_snapshots.save_snapshot(url, snapshot, ignore)


def restore(url: DatabaseUrl, snapshot: Snapshot) -> None:
    postgres_snapshots.restore_snapshot(url, snapshot, ignore)


def restore_and_keep(url: DatabaseUrl, snapshot: Snapshot) -> None:
    kept = snapshot_of(url, "kept")
    postgres_snapshots.restore_snapshot(url, snapshot, ignore, kept=kept)


@dataclass(frozen=True)
class Seen:
    """What the server says of a database and of its copies."""

    attributes: Attributes | None
    names: set[str]
    """Of its snapshots."""
    leftovers: set[str]
    """Databases of ours that are neither the database nor one of its snapshots."""


@dataclass(frozen=True)
class Scene:
    """A database in which the row is 2, and a snapshot of it in which the row is 1."""

    url: DatabaseUrl
    saved: Snapshot
    attributes: Attributes

    @property
    def row(self) -> int:
        """The row, read by a client that tries again where a killed run still ends others."""
        for _attempt in range(50):
            with (
                contextlib.suppress(psycopg2.OperationalError),
                closing(connect(self.url, timeout=30)) as connection,
            ):
                cursor = connection.cursor()
                cursor.execute("SELECT a FROM t")
                ((row,),) = cursor.fetchall()
                return int(row)
        raise AssertionError("nobody can connect")

    def write(self, row: int) -> None:
        with closing(connect(self.url, autocommit=True)) as connection:
            connection.cursor().execute("UPDATE t SET a = %s", (row,))

    def look(self) -> Seen:
        database = self.url.database
        with server_of(self.url) as server:
            rows = server.rows(
                "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
                " WHERE datname LIKE 'fidesdev\\_%%'"
            )
            attributes = read_attributes(server, database)
        ours = {name: text for name, text in rows if f'"database": "{database}"' in (text or "")}
        found = {name: read_snapshot(text, name) for name, text in ours.items()}
        made = {physical_name(kind, database) for kind in ("making", "replaced")}
        return Seen(
            attributes,
            {one.name for one in found.values() if one is not None},
            {name for name, one in found.items() if one is None}
            | made & {name for name, _ in rows},
        )

    def next_command(self) -> None:
        """Something that has nothing to do with what was broken."""
        postgres_snapshots.rename_snapshot(self.url, self.saved, self.saved.name)

    def forget(self) -> None:
        """Leave but the snapshot of the scene."""
        for one in postgres_snapshots.list_snapshots(self.url):
            if one.database == self.url.database and one.name != self.saved.name:
                postgres_snapshots.delete_snapshot(self.url, one)


@pytest.fixture
def scene(database: DatabaseUrl) -> Iterator[Scene]:
    with closing(connect(database, autocommit=True)) as connection:
        connection.cursor().execute(
            f"CREATE TABLE t AS SELECT 1 AS a; ALTER DATABASE {database.database} SET jit TO off;"
            f"REVOKE TEMPORARY ON DATABASE {database.database} FROM PUBLIC;"
            f"COMMENT ON DATABASE {database.database} IS 'not ours'"
        )
    saved = postgres_snapshots.save_snapshot(database, snapshot_of(database, "then"), ignore)
    with server_of(database) as server:
        attributes = read_attributes(server, database.database)
    assert attributes is not None
    made = Scene(database, saved, attributes)
    made.write(2)
    yield made
    made.forget()
    postgres_snapshots.delete_snapshot(database, saved)


def break_at(wire: Wire, act: Act, snapshot: Snapshot) -> bool:
    """Whether the wire broke while it was done; if not, it has no such moment.

    In a process of its own: to be killed, and because cancelling a statement holds up every
    thread of a process, those of the wire too.
    """
    with wire.opened() as url:
        process = SPAWN.Process(target=attempt, args=(act, url, snapshot))
        process.start()
        assert process.pid is not None
        wire.victim = process.pid
        wire.has_victim.set()
        process.join(60)
        broke = wire.broken.is_set()
        assert process.exitcode in ({-9} if wire.kills and broke else {0, TOLD} if broke else {0})
        return broke


def attempt(act: Act, url: DatabaseUrl, snapshot: Snapshot) -> None:
    """Do it; exit with `TOLD` where it failed with an error of ours."""
    try:
        act(url, snapshot)
    except FidesdevError:
        sys.exit(TOLD)


SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["fidesdev.adapters.postgres_snapshots", "psycopg2", __name__])


@pytest.mark.parametrize(("kills", "when"), BREAKS)
def test_a_broken_save_leaves_the_database_and_the_next_command_tidies_up(
    scene: Scene, kills: bool, when: When
) -> None:
    for moment in count(1):
        assert moment < ENOUGH
        broke = break_at(Wire(scene.url, moment, when, kills), save, snapshot_of(scene.url, "new"))
        assert scene.row == 2
        scene.next_command()
        seen = scene.look()
        assert (seen.attributes, seen.leftovers) == (scene.attributes, set())
        assert {"then"} <= seen.names <= {"new", "then"}
        if not broke:
            break
        if "new" in seen.names:
            scene.forget()
    assert seen.names == {"new", "then"}


@pytest.mark.parametrize(
    ("kills", "when", "act"),
    [
        (*BREAKS[0], restore),
        (*BREAKS[1], restore_and_keep),
        (*BREAKS[2], restore),
        (*BREAKS[0], restore_and_keep),
    ],
)
def test_a_broken_restore_leaves_the_old_or_the_new_database(
    scene: Scene, kills: bool, when: When, act: Act
) -> None:
    for moment in count(1):
        assert moment < ENOUGH
        broke = break_at(Wire(scene.url, moment, when, kills), act, scene.saved)
        scene.next_command()  # a statement that is cut off may end meanwhile
        row, seen = scene.row, scene.look()
        assert (seen.attributes, seen.leftovers) == (scene.attributes, set())
        assert seen.names == (
            {"then", "kept"} if row == 1 and act is restore_and_keep else {"then"}
        )
        if not broke:
            break
        if row == 1:
            scene.forget()
            scene.write(2)
    assert row == 1
