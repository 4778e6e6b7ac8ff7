"""SQLite databases, which are files: create, look into and drop one."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from fidesdev.core.server import Contents
from fidesdev.errors import DatabaseUnavailable

_COMPANIONS = ("-wal", "-shm", "-journal")
MAGIC = b"SQLite format 3\0"


def database_exists(path: Path) -> bool:
    """Whether there is a file."""
    return path.is_file()


def create_database(path: Path) -> bool:
    """Make an empty database; False when the file was there already."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    return True


def drop_database(path: Path) -> bool:
    """Remove the file and what SQLite keeps beside it; False when there was none."""
    if not database_exists(path):
        return False
    _check_is_ours(path)
    try:
        path.unlink(missing_ok=True)
        remove_companions(path)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    return True


def contents(path: Path) -> Contents | None:
    """What is in the database; None when there is none."""
    if not database_exists(path):
        return None
    _check_is_ours(path)
    try:
        with contextlib.closing(open_existing(path)) as connection:
            rows = connection.execute(
                "SELECT count(*) FROM sqlite_master"
                " WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
            )
            return Contents(bytes=path.stat().st_size, tables=int(rows.fetchone()[0]))
    except sqlite3.Error as error:
        raise _unusable(path, str(error)) from error


def open_existing(path: Path) -> sqlite3.Connection:
    """A connection to read by, which makes no file; raises `sqlite3.Error`.

    It is not opened read-only, for what a killed program left half written is rolled back first.
    """
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def remove_companions(path: Path) -> None:
    """Remove what SQLite keeps beside a file that is gone, and would take for a new one's."""
    for end in _COMPANIONS:
        path.with_name(path.name + end).unlink(missing_ok=True)


def _check_is_ours(path: Path) -> None:
    """Refuse a file that SQLite has not written: a mistyped URL is not a reason to delete it."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if start not in {b"", MAGIC}:
        raise _unusable(path, "it is not a SQLite database")


def _unusable(path: Path, reason: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"cannot use the SQLite database {path}: {reason}",
        hint="Correct the path; 'fidesdev db url' shows what is used.",
        address=str(path),
        reason=reason,
    )
