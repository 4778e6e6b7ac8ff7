"""SQLite files: made, looked into, dropped, and never mistaken."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fidesdev.adapters import sqlite
from fidesdev.adapters.recorder import read_recorded
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseUnavailable

HALF = """
import sqlite3, sys, time
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA cache_size = 1")
file.execute("BEGIN IMMEDIATE")
file.execute("CREATE TABLE other (a)")
file.executemany("INSERT INTO other VALUES (?)", [(str(n) * 200,) for n in range(2000)])
file.execute("UPDATE alembic_version SET version_num = 'b2'")
print("half", flush=True)
time.sleep(60)
"""
"""A transaction too large for SQLite's memory, so that part of it is in the file."""


def test_create_then_drop(tmp_path: Path) -> None:
    path = tmp_path / "a b%é.db"
    assert sqlite.create_database(path)
    assert not sqlite.create_database(path)
    assert sqlite.drop_database(path)
    assert not sqlite.drop_database(path)


def test_contents_count_tables_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a b%é?.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE one (id integer PRIMARY KEY AUTOINCREMENT)")
        connection.execute("CREATE TABLE sqlitely (id integer)")
    found = sqlite.contents(path)
    assert found is not None
    assert (found.tables, found.bytes) == (2, path.stat().st_size)


def test_contents_of_nothing_makes_no_file(tmp_path: Path) -> None:
    assert sqlite.contents(tmp_path / "none.db") is None
    assert not (tmp_path / "none.db").exists()


def test_drop_takes_the_write_ahead_log_along(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE one (id integer)")
    assert (tmp_path / "a.db-wal").exists()
    sqlite.drop_database(path)
    connection.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("chapter one")
    with pytest.raises(DatabaseUnavailable, match="not a SQLite database"):
        sqlite.drop_database(path)
    assert path.exists()


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="No such file"):
        sqlite.create_database(tmp_path / "none" / "a.db")


def test_database_that_a_killed_program_left_half_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('a1')")
    with subprocess.Popen([sys.executable, "-c", HALF, path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.kill()
    assert path.with_name("a.db-journal").exists()
    url = DatabaseUrl("sqlite", str(path))
    assert read_recorded(url, "alembic_version", "").rows == {"a1"}
    found = sqlite.contents(path)
    assert found is not None
    assert found.tables == 1
    with pytest.raises(sqlite3.Error), closing(sqlite.open_existing(path)) as connection:
        connection.execute("DELETE FROM alembic_version")
