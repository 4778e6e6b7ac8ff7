"""What was read of revision files, kept on disk between commands.

A first line names format and checksum; JSON follows: path -> time stamp and header. A cache that
is missing, torn, of another version or not ours is empty, and one that cannot be written is not.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from fidesdev import __version__
from fidesdev.adapters.own_files import open_own

Entry = list[Any]
"""A file's stamp (time in nanoseconds, size, inode), then id, parents, depends_on, labels,
message and creation date of its revision."""

_CACHES = {".gitignore", "revisions.json", "objects.json"}
_FORMAT = f"fidesdev {__version__} revisions 1"
"""The number counts the meanings of an entry."""


def read_cache(path: Path) -> dict[str, Entry]:
    """What an earlier command kept there; empty when that is of no use."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return {}
    if head != _head(body):
        return {}
    kept: dict[str, Entry] = json.loads(body)
    return kept


def write_cache(path: Path, kept: Mapping[str, Entry]) -> None:
    """Keep `kept` there, in one step; of two commands at once one does, and one does not wait."""
    body = json.dumps(kept, separators=(",", ":")).encode()
    new = path.with_name(f"{path.name}.new")
    with contextlib.suppress(OSError):
        make_folder(path.parent)
        with open_own(new, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_ino != new.stat().st_ino:
                return  # another command put it in its place since
            try:
                file.truncate(0)  # what a killed command left
                file.write(_head(body) + b"\n" + body)
                file.flush()
                new.replace(path)
            except BaseException:
                new.unlink(missing_ok=True)
                raise


def _head(body: bytes) -> bytes:
    return f"{_FORMAT} {crc32(body):08x}".encode()


def make_folder(folder: Path) -> None:
    """Make the folder if need be, to write for nobody else; git is to ignore what is ours."""
    if not folder.is_dir():
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with open_own(folder / ".gitignore", "w", encoding="utf-8") as file:
            file.write("*\n")


def remove_folder(folder: Path) -> None:
    """Remove a data directory that holds nothing but caches; one that holds more stays."""
    if folder.is_dir() and {path.name for path in folder.iterdir()} <= _CACHES:
        shutil.rmtree(folder)
