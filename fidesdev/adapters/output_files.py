"""Where results go that are too long for a report: a whole file or none, or standard output."""

from __future__ import annotations

import io
import os
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from fidesdev.errors import FileNotWritten, OutputFailed

BUFFER = 1 << 20
Progress = Callable[[int], None]
"""Gets the number of bytes so far."""


@contextmanager
def opened_target(
    path: Path | None, on_bytes: Progress, *, private: bool = True
) -> Iterator[BinaryIO]:
    """Where to write: a file that appears only when it is whole, or standard output.

    What is no regular file (a pipe, a device) is written to as it is. What is `private` can be
    read by its owner alone. Raises `OutputFailed` or `FileNotWritten` where there is no room or no
    right.
    """
    try:
        if path is None:
            yield from _written(_Counted(1, on_bytes, owned=False))
        elif _is_special(path):
            yield from _written(_Counted(os.open(path, os.O_WRONLY), on_bytes))
        else:
            yield from _replaced(path.resolve(), on_bytes, 0o600 if private else 0o666)
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise (FileNotWritten(str(path), reason) if path else OutputFailed(reason)) from error


def _is_special(path: Path) -> bool:
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def _written(raw: _Counted) -> Iterator[BinaryIO]:
    with io.BufferedWriter(raw, BUFFER) as target:
        yield target


def _replaced(place: Path, on_bytes: Progress, mode: int) -> Iterator[BinaryIO]:
    """A new file beside the old one, which it replaces in the end; `mode` as the umask allows."""
    unfinished = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}.part")
    number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with io.BufferedWriter(_Counted(number, on_bytes), BUFFER) as target:
            yield target
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


class _Counted(io.FileIO):
    """A file that tells how many bytes it got."""

    def __init__(self, number: int, on_bytes: Progress, *, owned: bool = True) -> None:
        super().__init__(number, "wb", closefd=owned)
        self._on_bytes = on_bytes
        self._total = 0

    def write(self, chunk: Any) -> int:
        written = super().write(chunk) or 0
        self._total += written
        self._on_bytes(self._total)
        return written
