"""Snapshots of SQLite databases to and from files: a database with one table more, which tells."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from fidesdev.adapters.new_files import new_file
from fidesdev.adapters.sqlite import MAGIC, open_existing
from fidesdev.adapters.sqlite_copies import copy_file, explained
from fidesdev.adapters.sqlite_snapshots import adopt_file
from fidesdev.core.snapshots import KIND, Snapshot, mark, read_mark
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import NotADump

TABLE = "fidesdev_snapshot"
"""The table that an exported file has and a snapshot has not."""


def export_file(snapshot: Snapshot, file: Path, *, force: bool) -> int:
    """Write the snapshot to the file; its size. Raises `AlreadyExists`, `CopyFailed` ..."""
    with new_file(file, replace=force) as part:
        copy_file(Path(snapshot.storage), part)
        with explained(part), closing(sqlite3.connect(part)) as copy, copy:
            copy.execute(f"CREATE TABLE {TABLE} (facts TEXT NOT NULL)")
            copy.execute(
                f"INSERT INTO {TABLE} VALUES (?)",  # noqa: S608 - a constant
                (mark(KIND, snapshot.facts()),),
            )
        part.chmod(0o600)
        return part.stat().st_size


def read_facts(file: Path) -> Mapping[str, Any] | None:
    """What the file says of the snapshot; None where nothing. Raises `NotADump`."""
    try:
        with file.open("rb") as opened:
            if opened.read(len(MAGIC)) != MAGIC:
                raise NotADump(str(file), "SQLite database", reason="it does not begin like one")
    except OSError as error:
        raise NotADump(str(file), "SQLite database", reason=error.strerror or "") from error
    try:
        with closing(open_existing(file)) as database:
            told = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
            if not database.execute(told, (TABLE,)).fetchone():
                return None
            ((text,),) = database.execute(f"SELECT facts FROM {TABLE}")  # noqa: S608 - a constant
            return read_mark(text, KIND)
    except (sqlite3.Error, ValueError) as error:
        raise NotADump(str(file), "SQLite database", reason=str(error)) from error


def import_file(url: DatabaseUrl, snapshot: Snapshot, file: Path) -> Snapshot:
    """Make a snapshot of the file, instead of one of its name; it, with its storage and size."""
    return adopt_file(url, file, snapshot, without=TABLE)
