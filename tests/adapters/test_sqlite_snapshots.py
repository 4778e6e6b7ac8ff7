"""Snapshots of SQLite files: kept whole, restored in one transaction, found by whoever looks."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fidesdev.adapters import sqlite_snapshots as snapshots
from fidesdev.adapters.row_checksums import row_checksums
from fidesdev.adapters.sqlite_copies import copy_file, write_into
from fidesdev.core.snapshots import CopyStarted, Snapshot, storage_name
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyFailed, DatabaseMissing, UnknownSnapshot

ROWS = 20_000
RUN = """
import sys
from fidesdev.adapters import sqlite_snapshots as snapshots
from fidesdev.core.url import DatabaseUrl
from tests.adapters.test_sqlite_snapshots import described, save
url = DatabaseUrl("sqlite", sys.argv[1])
(old,) = [one for one in snapshots.list_snapshots(url) if one.name == "old"]
print("ready", flush=True)
if sys.argv[2] == "save":
    save(url, "old")
else:
    snapshots.restore_snapshot(url, old, print, kept=described(url, "kept"))
"""
"""What is killed: a save or a restore."""


def described(url: DatabaseUrl, name: str) -> Snapshot:
    return Snapshot(
        name=name,
        database=url.database,
        revisions=("a1",),
        branch="main",
        commit=None,
        message="why",
        created=datetime.now(UTC),
    )


def save(url: DatabaseUrl, name: str) -> Snapshot:
    return snapshots.save_snapshot(url, described(url, name), lambda _event: None)


def restore(url: DatabaseUrl, snapshot: Snapshot, kept: str = "") -> Snapshot | None:
    wanted = described(url, kept) if kept else None
    return snapshots.restore_snapshot(url, snapshot, lambda _event: None, kept=wanted)


def names(url: DatabaseUrl) -> list[str]:
    return sorted(one.name for one in snapshots.list_snapshots(url))


def sql(url: DatabaseUrl, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(url.database)) as file, file:
        return file.execute(statement).fetchall()


@pytest.fixture(params=["delete", "wal"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrl:
    """A database with a row, in either kind of journal."""
    found = DatabaseUrl("sqlite", str(tmp_path / "a #db.sqlite"))
    sql(found, f"PRAGMA journal_mode = {request.param}")
    sql(found, "CREATE TABLE t (a integer)")
    sql(found, "INSERT INTO t VALUES (1)")
    return found


def test_snapshot_is_found_with_all_that_was_written_down(url: DatabaseUrl) -> None:
    told: list[CopyStarted] = []
    wanted = described(url, "ünï/cödé " + "x" * 190)
    saved = snapshots.save_snapshot(url, wanted, told.append)
    assert told[0].bytes > 0
    assert saved == replace(wanted, bytes=saved.bytes, storage=saved.storage)
    assert Path(saved.storage).stat().st_size == saved.bytes > 0
    assert snapshots.list_snapshots(url) == (saved,)


def test_restore_brings_rows_and_schema_back_and_keeps_what_was_there(url: DatabaseUrl) -> None:
    saved, before = save(url, "one"), row_checksums(url)
    sql(url, "DROP TABLE t")
    sql(url, "CREATE TABLE other (b)")
    changed = row_checksums(url)
    kept = restore(url, saved, "kept")
    assert row_checksums(url) == before
    assert names(url) == ["kept", "one"]
    assert kept is not None
    restore(url, kept)
    assert row_checksums(url) == changed


def test_programs_that_have_the_database_open_see_the_restored_rows(url: DatabaseUrl) -> None:
    saved = save(url, "one")
    with closing(sqlite3.connect(url.database)) as other:
        other.execute("INSERT INTO t VALUES (2)")
        other.commit()
        restore(url, saved)
        assert other.execute("SELECT a FROM t").fetchall() == [(1,)]
        other.execute("INSERT INTO t VALUES (3)")
        other.commit()
    assert sql(url, "SELECT a FROM t") == [(1,), (3,)]
    assert sql(url, "PRAGMA integrity_check") == [("ok",)]


def test_database_keeps_its_file_and_mode(url: DatabaseUrl) -> None:
    file = Path(url.database)
    file.chmod(0o640)
    saved, inode = save(url, "one"), file.stat().st_ino
    restore(url, saved)
    assert (file.stat().st_ino, file.stat().st_mode & 0o777) == (inode, 0o640)
    assert Path(saved.storage).stat().st_mode & 0o777 == 0o640


def test_database_that_is_gone_is_made_anew_without_its_old_journal(url: DatabaseUrl) -> None:
    saved, before = save(url, "one"), row_checksums(url)
    file = Path(url.database)
    file.unlink()
    for end in ("-wal", "-journal"):
        Path(url.database + end).write_bytes(b"left behind")
    assert restore(url, saved, "kept") is None
    assert row_checksums(url) == before
    assert sql(url, "PRAGMA integrity_check") == [("ok",)]


def test_other_page_size_is_restored(url: DatabaseUrl, tmp_path: Path) -> None:
    saved = save(url, "one")
    Path(url.database).unlink()
    for end in ("-wal", "-shm"):
        Path(url.database + end).unlink(missing_ok=True)
    for statement in ("PRAGMA page_size = 16384", "PRAGMA journal_mode = wal"):
        with closing(sqlite3.connect(url.database)) as file:
            file.execute(statement)
            file.execute("VACUUM")
    with closing(sqlite3.connect(url.database)) as file:
        file.execute("PRAGMA page_size = 16384")
        file.execute("CREATE TABLE big (a)")
    restore(url, saved)
    assert sql(url, "SELECT a FROM t") == [(1,)]


def test_empty_database_is_kept_and_restored(url: DatabaseUrl) -> None:
    empty = replace(url, database=url.database + "2")
    Path(empty.database).touch()
    saved = save(empty, "nothing")
    sql(empty, "CREATE TABLE t (a)")
    restore(empty, saved)
    assert row_checksums(empty) == {}


def test_snapshot_of_the_same_name_is_replaced(url: DatabaseUrl) -> None:
    first = save(url, "one")
    sql(url, "INSERT INTO t VALUES (2)")
    second = save(url, "one")
    assert snapshots.list_snapshots(url) == (second,)
    assert not Path(first.storage).exists()


def test_rename_and_delete(url: DatabaseUrl) -> None:
    saved = save(url, "one")
    renamed = snapshots.rename_snapshot(url, saved, "two")
    assert snapshots.list_snapshots(url) == (renamed,)
    assert replace(renamed, name="one") == saved
    snapshots.delete_snapshot(url, renamed)
    snapshots.delete_snapshot(url, renamed)
    assert snapshots.list_snapshots(url) == ()
    with pytest.raises(UnknownSnapshot):
        snapshots.rename_snapshot(url, renamed, "three")
    with pytest.raises(UnknownSnapshot):
        restore(url, renamed)


def test_snapshots_of_databases_beside_each_other_do_not_mix(url: DatabaseUrl) -> None:
    other = replace(url, database=f"{Path(url.database).parent}/other.db")
    sql(other, "CREATE TABLE o (a)")
    assert save(url, "same").storage != save(other, "same").storage
    found = {(one.name, one.database) for one in snapshots.list_snapshots(url)}
    assert found == {("same", url.database), ("same", other.database)}


def test_snapshots_move_with_their_database(url: DatabaseUrl, tmp_path: Path) -> None:
    save(url, "one")
    before, folder = Path(url.database).parent, tmp_path.with_name(tmp_path.name + " moved")
    before.rename(folder)
    moved = replace(url, database=str(folder / Path(url.database).name))
    (found,) = snapshots.list_snapshots(moved)
    assert found.database == moved.database
    restore(moved, found)


def test_files_of_others_and_unreadable_facts_are_no_snapshots_and_stay(url: DatabaseUrl) -> None:
    saved = save(url, "one")
    folder = Path(saved.storage).parent
    (folder / "other.db").write_text("x")
    (folder / "other.json").write_text('{"mine": 1}')
    (folder / "cut.db").write_text("x")
    (folder / "cut.json").write_text('{"fidesdev":')
    save(url, "two")
    assert names(url) == ["one", "two"]
    assert (folder / "other.db").exists()
    assert (folder / "cut.db").exists()


def test_what_a_killed_run_left_is_removed(url: DatabaseUrl) -> None:
    saved = save(url, "one")
    folder = Path(saved.storage).parent
    for left in ("a.new", "b.db", "c.json.new"):
        (folder / left).write_text("x")
    save(url, "two")
    assert len(list(folder.glob("*.db"))) == len(list(folder.glob("*.json"))) == 2
    assert list(folder.glob("*.new")) == []


def test_missing_database_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        save(DatabaseUrl("sqlite", str(tmp_path / "none.db")), "one")
    assert list(tmp_path.iterdir()) == []
    text = DatabaseUrl("sqlite", str(tmp_path / "text.db"))
    Path(text.database).write_text("no database, and long enough to be looked at" * 40)
    with pytest.raises(CopyFailed, match="not a database"):
        save(text, "one")
    assert snapshots.list_snapshots(text) == ()


def test_locked_database_is_waited_for_and_left_as_it_is(url: DatabaseUrl, tmp_path: Path) -> None:
    saved = save(url, "one")
    with closing(sqlite3.connect(url.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("INSERT INTO t VALUES (2)")
        with pytest.raises(CopyFailed, match="locked"):
            write_into(Path(saved.storage), Path(url.database), patience=0.2)
        other.execute("COMMIT")
        other.execute("BEGIN EXCLUSIVE")
        if sql_mode(url) == "delete":  # with a write-ahead log readers do not wait
            with pytest.raises(CopyFailed, match="locked"):
                copy_file(Path(url.database), tmp_path / "copy", patience=0.2)
            assert not (tmp_path / "copy").exists()
        other.execute("ROLLBACK")
    assert sql(url, "SELECT a FROM t") == [(1,), (2,)]


def sql_mode(url: DatabaseUrl) -> str:
    """`delete` or `wal`, read from the file's header, since the database is locked."""
    return "wal" if Path(url.database).read_bytes()[18] == 2 else "delete"


def test_room_of_the_disk_is_known(url: DatabaseUrl) -> None:
    disk = os.statvfs(Path(url.database).parent)
    found = snapshots.free_bytes(url)
    assert found is not None
    assert abs(found - disk.f_bavail * disk.f_frsize) < 1 << 30


@pytest.mark.parametrize("verb", ["save", "restore"])
def test_kill_anywhere_leaves_the_old_or_the_new(url: DatabaseUrl, verb: str) -> None:
    sql(url, _many())
    save(url, "old")
    old = row_checksums(url)
    sql(url, "UPDATE t SET a = -a")
    new = row_checksums(url)
    seen = set()
    for pause in (0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08):
        _kill_after(url, verb, pause)
        assert sql(url, "PRAGMA integrity_check") == [("ok",)]
        now = row_checksums(url)
        assert now in (old, new)
        seen.add(now == old)
        found = {one.name: one for one in snapshots.list_snapshots(url)}
        assert "old" in found
        for one in found.values():
            assert row_checksums(replace(url, database=one.storage)) in (old, new)
        if verb == "restore":
            sql(url, "UPDATE t SET a = -abs(a)")
    assert verb == "restore" or seen == {False}


def _many() -> str:
    return (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        f" WHERE i < {ROWS}) INSERT INTO t SELECT i FROM n"
    )


def _kill_after(url: DatabaseUrl, verb: str, pause: float) -> None:
    command = [sys.executable, "-c", RUN, url.database, verb]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)


def test_snapshot_that_cannot_be_described_is_none(tmp_path: Path) -> None:
    url = DatabaseUrl("sqlite", str(tmp_path / "app.db"))
    with closing(sqlite3.connect(url.database)) as made:
        made.execute("CREATE TABLE t (a)")
    wanted = described(url, "new")
    (tmp_path / f"app.db.fidesdev-snapshots/{storage_name(wanted)}.json").mkdir(parents=True)
    with pytest.raises(CopyFailed, match="the database is as it was"):
        snapshots.save_snapshot(url, wanted, lambda _event: None)
    assert snapshots.list_snapshots(url) == ()
