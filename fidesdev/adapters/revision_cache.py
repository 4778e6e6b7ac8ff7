"""What was read of revision files, kept on disk between commands.

A first line names format and checksum; JSON follows: path -> time stamp and header. A cache that
is missing, torn, of another version or not ours is empty, and one that cannot be written is not.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from fidesdev import __version__

Entry = list[Any]
"""A file's stamp (time in nanoseconds, size, inode), then id, parents, depends_on, labels,
message and creation date of its revision."""

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
    """Keep `kept` there, in one step; two commands at once both leave a whole file."""
    body = json.dumps(kept, separators=(",", ":")).encode()
    new = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        make_folder(path.parent)
        new.write_bytes(_head(body) + b"\n" + body)
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()


def _head(body: bytes) -> bytes:
    return f"{_FORMAT} {crc32(body):08x}".encode()


def make_folder(folder: Path) -> None:
    """Make the folder if need be; git is to ignore what is ours."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
