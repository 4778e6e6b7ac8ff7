"""The revision files of a project, as Alembic lists them.

The rules are `ScriptDirectory._load_revisions` and `Script._list_py_dir`, `_from_path` in
alembic/script/base.py: links to files are followed and those to folders are not, one file counts
once, and its name is judged after following.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class RevisionFile(NamedTuple):
    """A file that Alembic would import."""

    path: str
    """Absolute, links followed."""
    shown: str
    """Relative to the project folder (posix) when inside, else absolute."""
    stamp: list[int]
    """Modification time in nanoseconds, size and inode: what changes when the text does."""


class Unreadable(NamedTuple):
    """A file or folder that is listed and cannot be looked at."""

    shown: str
    reason: str


def list_revision_files(
    locations: Iterable[Path], root: Path, *, recursive: bool
) -> Iterator[RevisionFile | Unreadable]:
    """Every revision file below the locations once; a location that is missing has none."""
    roots = (str(root.absolute()), os.path.realpath(root))
    seen: set[str] = set()
    for location in locations:
        for found in _below(str(location), roots, recursive=recursive):
            if isinstance(found, Unreadable):
                yield found
            elif found.path not in seen:
                seen.add(found.path)
                yield found


def _below(
    folder: str, roots: tuple[str, ...], *, recursive: bool
) -> Iterator[RevisionFile | Unreadable]:
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        yield Unreadable(_shown(folder, roots), error.strerror or str(error))
        return
    if not folder.endswith("__pycache__"):
        real = os.path.realpath(folder) + os.sep
        shown = _shown(real, roots)
        yield from filter(None, (_file(entry, real, shown, roots) for entry in entries))
    for entry in entries if recursive else ():
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, roots, recursive=True)


def _file(
    entry: os.DirEntry[str], real: str, shown: str, roots: tuple[str, ...]
) -> RevisionFile | Unreadable | None:
    if entry.is_symlink():
        path = os.path.realpath(entry.path)
        name, shown = path.rpartition(os.sep)[2], _shown(path, roots)
    else:
        name = entry.name
        path, shown = real + name, shown + name
    if not name.endswith(".py") or name.startswith((".#", "__init__")):
        return None
    try:
        status = entry.stat()
    except OSError as error:
        return Unreadable(shown, error.strerror or str(error))
    if entry.is_dir():
        return None
    return RevisionFile(path, shown, [status.st_mtime_ns, status.st_size, status.st_ino])


def _shown(path: str, roots: tuple[str, ...]) -> str:
    """The path as a person would write it in the project folder."""
    for root in roots:
        if path.startswith(root + os.sep):
            return path[len(root) + 1 :].replace(os.sep, "/")
    return path
