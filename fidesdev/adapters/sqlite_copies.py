"""SQLite databases copied by SQLite's own backup: into a new file, or into one that is in use.

A database is only ever written in one transaction of its own file: to put another file in its
place would leave programs that have it open with the old file and the new one's journals, which
corrupts it (https://sqlite.org/howtocorrupt.html).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fidesdev.adapters.sqlite import remove_companions
from fidesdev.errors import CopyFailed

PATIENCE = 60.0
"""Seconds to wait for programs that have the database locked, or for another run."""
PAUSE = 0.05


def copy_file(source: Path, new: Path, *, without: str = "", patience: float = PATIENCE) -> None:
    """Make `new` a copy of a database, safe on disk; raises `CopyFailed` and leaves none.

    The table `without`, if there is one, is left out.

    Readers and writers of the source are waited for.
    """
    try:
        with explained(source):
            new.unlink(missing_ok=True)
            new.touch(0o600)
            _copy(source, new, patience, without)
            new.chmod(source.stat().st_mode & 0o777)
            sync(new)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def place_file(source: Path, live: Path, *, through: Path) -> None:
    """Put a copy where no database is; a journal of one that was there is not to be its."""
    copy_file(source, through)
    with explained(live):
        remove_companions(live)
        through.replace(live)
        sync(live.parent)


def write_into(source: Path, live: Path, *, patience: float = PATIENCE) -> None:
    """Write the pages of a copy into the database, as one transaction; raises `CopyFailed`."""
    with (
        explained(live),
        closing(_connect(source, immutable=True)) as copy,
        closing(_connect(live)) as database,
    ):
        if _page_size(copy) != _page_size(database):
            # SQLite cannot change it while there is a write-ahead log
            database.execute("PRAGMA journal_mode = DELETE")
        _backup(copy, database, patience)


def _copy(source: Path, new: Path, patience: float, without: str) -> None:
    with (
        closing(_connect(source)) as original,
        closing(sqlite3.connect(new, isolation_level=None)) as copy,
    ):
        copy.execute("PRAGMA journal_mode = OFF")  # a copy that fails is thrown away
        copy.execute("PRAGMA synchronous = OFF")
        _backup(original, copy, patience)
        if without:
            copy.execute(f'DROP TABLE IF EXISTS "{without}"')


def _backup(source: sqlite3.Connection, target: sqlite3.Connection, patience: float) -> None:
    """Copy all pages in one step, once others let it."""
    deadline = time.monotonic() + patience

    def progress(status: int, _remaining: int, _total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > deadline:
            raise sqlite3.OperationalError("another program keeps it locked")

    source.backup(target, progress=progress, sleep=PAUSE)


def _connect(file: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A connection that makes no file; of an immutable one, not even journals beside it."""
    mode = "ro&immutable=1" if immutable else "rw"
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=PAUSE
    )


def _page_size(connection: sqlite3.Connection) -> int:
    ((size,),) = connection.execute("PRAGMA page_size")
    return int(size)


def sync(path: Path) -> None:
    """See that a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raises `CopyFailed` where SQLite or the file system refuses something."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, CopyFailed):  # which is an OSError too
            raise
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise CopyFailed(
            f"cannot copy {path}: {reason}; the database is as it was",
            hint="See that it is a SQLite database, that nobody keeps it locked and that the disk"
            " has room; 'fidesdev db url' shows which file is meant.",
            address=str(path),
            reason=reason,
        ) from error
