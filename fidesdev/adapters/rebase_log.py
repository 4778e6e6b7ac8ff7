"""What a rebase is about to do, on disk before it does it: how a later run takes it back.

One file per checkout, held locked while its rebase runs: one that nobody holds was cut short.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from fidesdev.adapters.own_files import open_own
from fidesdev.adapters.revision_cache import make_folder
from fidesdev.errors import NotWritten, RebaseRunning

_NAME = "rebase.json"


class RebaseLog:
    """The file, open and locked by this process."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self._path = path
        self._file = file

    def write(self, entry: Mapping[str, Any]) -> None:
        """Add to what it says, or say otherwise; on disk when this returns.

        Every call is a line of its own: one that is torn counts as not there. Raises `NotWritten`.
        """
        line, number = json.dumps(entry).encode() + b"\n", self._file.fileno()
        try:
            while line:
                line = line[os.write(number, line) :]  # nothing waits in a buffer to fail again
            os.fsync(number)
        except OSError as error:
            raise NotWritten(str(self._path), error.strerror or str(error)) from error

    def read(self) -> dict[str, Any]:
        """What it says by all that was written; nothing where not even the first was whole."""
        self._file.seek(0)
        entry: dict[str, Any] = {}
        for line in self._file:
            with suppress(ValueError):
                entry |= json.loads(line)
        return entry

    def remove(self) -> None:
        """It is over, in whichever way; raises `NotWritten`."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise NotWritten(str(self._path), error.strerror or str(error)) from error


@contextmanager
def open_log(data_dir: Path) -> Iterator[RebaseLog]:
    """The log of this checkout, made if need be; raises `RebaseRunning` where another run has it.

    An empty log is removed in the end. Raises `NotWritten` where there cannot be one.
    """
    path = data_dir / _NAME
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RebaseRunning(str(path)) from error
        if not path.exists() or path.stat().st_ino != os.fstat(file.fileno()).st_ino:
            raise RebaseRunning(str(path))  # it ended between our two looks
        log = RebaseLog(path, file)
        try:
            yield log
        finally:
            if path.exists() and not path.stat().st_size:
                log.remove()


def _opened(path: Path) -> IO[str]:
    try:
        make_folder(path.parent)
        return open_own(path, "a+", encoding="utf-8")
    except OSError as error:
        raise NotWritten(str(path), error.strerror or str(error)) from error


def was_cut_short(data_dir: Path) -> bool:
    """Whether a rebase of this checkout did not end and is not running either."""
    path = data_dir / _NAME
    if not path.exists():
        return False
    with open_own(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
        return path.stat().st_size > 0
