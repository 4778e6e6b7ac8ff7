"""Templates of SQLite databases: files in the data directory, copied by SQLite's own backup.

A template is complete once it has its name: it is built under another one. The backup writes into
the database that is there, in one transaction: whoever has it open sees the new content, and it
keeps its inode, owner and mode.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from fidesdev.adapters.own_files import open_own
from fidesdev.adapters.revision_cache import make_folder
from fidesdev.adapters.sqlite_copies import copy_file, place_file, write_into
from fidesdev.core.templates import Label, stale
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import TemplateBusy

_PAUSE = 0.05


class SqliteTemplates:
    """The templates of a project's SQLite databases."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when a template is."""
        self._folder = folder

    def facts(self) -> dict[str, Any]:
        """What of the library decides how a template turns out."""
        return {"version": sqlite3.sqlite_version}

    def has(self, fingerprint: str) -> bool:
        """Whether the template is there, whole."""
        return self._file(fingerprint).is_file()

    @contextmanager
    def build(
        self, fingerprint: str, label: Label, *, patience: float, base: str | None = None
    ) -> Iterator[DatabaseUrl | None]:
        """A new database to fill, which becomes the template when the block ends well.

        It is empty, or a copy of the template `base`. None where another run made the template
        in the meantime. Raises `TemplateBusy` where one makes it for longer than `patience`.
        """
        make_folder(self._folder.parent)
        self._folder.mkdir(mode=0o755, exist_ok=True)
        with self._locked(fingerprint, patience):
            if self.has(fingerprint):
                yield None
                return
            new = self._folder / f"{fingerprint}-new.db"
            self._remove(new.stem)
            try:
                if base is not None:
                    copy_file(self._file(base), new)
                yield DatabaseUrl("sqlite", str(new))
                _settle(new)
                self._label(fingerprint).write_text(str(label), encoding="utf-8")
                new.replace(self._file(fingerprint))
            finally:
                self._remove(new.stem)

    def copy(self, fingerprint: str, target: Path) -> None:
        """Make the database what the template is, in one transaction; raises `CopyFailed`."""
        if target.exists():
            write_into(self._file(fingerprint), target)
        else:
            place_file(
                self._file(fingerprint), target, through=target.with_name(f"{target.name}-new")
            )

    def note_use(self, fingerprint: str) -> None:
        """Remember that the template is in use."""
        with contextlib.suppress(OSError):
            os.utime(self._label(fingerprint))

    def prune(self, project: str, current: str) -> None:
        """Drop what has not been used for long."""
        labels = {}
        for file in self._folder.glob("*.json"):
            if (label := Label.read(file.read_text(encoding="utf-8"))) is not None:
                used = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                labels[file.stem] = replace(label, used=used)
        for fingerprint in stale(labels, project, current):
            self.remove(fingerprint)

    def remove(self, fingerprint: str) -> None:
        """Drop the template, if there is one."""
        self._file(fingerprint).unlink(missing_ok=True)
        self._label(fingerprint).unlink(missing_ok=True)

    def _file(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.db"

    def _label(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.json"

    def _remove(self, stem: str) -> None:
        """Remove a file that is being built and all that stands beside it."""
        for file in self._folder.glob(f"{stem}.db*"):
            file.unlink(missing_ok=True)

    @contextmanager
    def _locked(self, fingerprint: str, patience: float) -> Iterator[None]:
        deadline = time.monotonic() + patience
        with open_own(self._folder / "lock", "wb") as file:
            while not _try_lock(file):
                if time.monotonic() >= deadline:
                    raise TemplateBusy(fingerprint, patience)
                time.sleep(_PAUSE)
            yield


def _settle(file: Path) -> None:
    """Make the database one file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
