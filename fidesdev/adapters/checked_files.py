"""Revision files as the checks see them: those of the working tree and those at a commit.

Each text is read once and what it says is kept under its object id, so that a checkout and the
branch that it is compared with share nearly all of it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fidesdev.adapters.alembic_config import AlembicConfig
from fidesdev.adapters.git import read_objects, run_git
from fidesdev.adapters.revision_cache import Entry, read_cache, write_cache
from fidesdev.adapters.revision_files import RevisionFile, Unreadable, list_revision_files
from fidesdev.core.revision_facts import (
    FileFacts,
    RevisionText,
    from_entry,
    read_facts,
    text_digest,
    to_entry,
)

_SECONDS = 60
_REVISION_FILE = re.compile(r"(?!\.#|__init__)[^/]+\.py")
_MEANING: Entry = ["facts", 2]
"""Kept under no name; the number counts what was ever read of a text in another way."""
_SETTLED = 2_000_000_000
"""Nanoseconds after which a change shows in the time stamp."""


@dataclass(frozen=True, slots=True)
class TreeText:
    """A revision file at a commit."""

    path: str
    """In the repository."""
    blob: str


class CheckedFiles:
    """Reads revision files; what they say is kept in `cache` by `close`."""

    def __init__(self, config: AlembicConfig, root: Path, cache: Path | None) -> None:
        """`root` is the project folder, which paths are relative to."""
        self._config = config
        self._root = root.resolve()
        self._cache = cache
        self._kept = read_cache(cache) if cache else {}
        if self._kept.get("") != _MEANING:
            self._kept = {}
        self._fresh: dict[str, Entry] = {"": _MEANING}
        self._facts: dict[str, FileFacts] = {}
        self._now = time.time_ns()

    def working(self) -> Iterator[RevisionText]:
        """The files of the working tree; one that cannot be looked at is told by its problem."""
        config = self._config
        listed = list_revision_files(
            config.version_locations, self._root, recursive=config.recursive
        )
        for found in listed:
            if isinstance(found, Unreadable):
                yield RevisionText(found.shown, FileFacts("", problem=found.reason))
            else:
                yield RevisionText(found.shown, self._of_file(found))

    def at(self, top: Path, commit: str) -> tuple[RevisionText, ...]:
        """The files at a commit of the repository whose working tree is `top`."""
        listed = list(self._listed(top, commit))
        new = {file.blob: file for file in listed if not self._known(file.blob)}
        for blob, text in read_objects(top, new, seconds=_SECONDS):
            self._keep(blob, read_facts(text, name=new[blob].path.rpartition("/")[2]))
        shown = _Shown(top.resolve(), self._root)
        return tuple(RevisionText(shown(file.path), self._facts[file.blob]) for file in listed)

    def close(self) -> None:
        """Write what was read to the cache, if that is news."""
        if self._cache and self._fresh != self._kept:
            write_cache(self._cache, self._fresh)

    def _of_file(self, file: RevisionFile) -> FileFacts:
        kept = self._kept.get(file.path)
        if kept is not None and kept[0] == file.stamp and self._known(kept[1]):
            self._fresh[file.path] = kept
            return self._facts[kept[1]]
        try:
            source = Path(file.path).read_bytes()
        except OSError as error:
            return FileFacts("", problem=error.strerror or str(error))
        digest = text_digest(source)
        if not self._known(digest):
            self._keep(digest, read_facts(source, name=file.path.rpartition(os.sep)[2]))
        if abs(self._now - file.stamp[0]) > _SETTLED:
            self._fresh[file.path] = [file.stamp, digest]
        return self._facts[digest]

    def _known(self, digest: str) -> bool:
        """Whether the facts of a text are at hand, in memory or in the cache."""
        if digest not in self._facts and digest in self._kept:
            self._fresh[digest] = self._kept[digest]
            self._facts[digest] = from_entry(self._kept[digest])
        return digest in self._facts

    def _keep(self, digest: str, facts: FileFacts) -> None:
        self._facts[digest] = facts
        self._fresh[digest] = to_entry(facts)

    def _listed(self, top: Path, commit: str) -> Iterator[TreeText]:
        """The files that Alembic would import at the commit."""
        root, config = top.resolve(), self._config
        resolved = [folder.resolve() for folder in config.version_locations]
        inside = [f.relative_to(root).as_posix() for f in resolved if f.is_relative_to(root)]
        if not inside:
            return
        paths = () if "." in inside else ("--", *(f"{folder}/" for folder in inside))
        command = ("ls-tree", "-r", "-z", "--full-tree", commit, *paths)
        listed = run_git(top, *command, seconds=_SECONDS) or b""
        for entry in filter(None, listed.split(b"\0")):
            facts, _, name = entry.partition(b"\t")
            folder, _, file = (path := os.fsdecode(name)).rpartition("/")
            wanted = config.recursive or (folder or ".") in inside
            if wanted and facts.startswith(b"100") and _REVISION_FILE.fullmatch(file):
                yield TreeText(path, facts.split()[2].decode())


class _Shown:
    """Paths in the repository as a person would write them in the project folder."""

    def __init__(self, top: Path, root: Path) -> None:
        inside = root.is_relative_to(top)
        self._top = str(top)
        self._prefix = f"{root.relative_to(top).as_posix()}/" if inside else "/"
        self._whole = root == top

    def __call__(self, path: str) -> str:
        if self._whole:
            return path
        if path.startswith(self._prefix):
            return path.removeprefix(self._prefix)
        return f"{self._top}/{path}"


def texts_at(top: Path, commit: str, paths: list[str]) -> dict[str, bytes]:
    """The contents of some files at a commit, by path; those that are not there are left out."""
    asked = {f"{commit}:{path}": path for path in paths}
    return {asked[name]: text for name, text in read_objects(top, asked, seconds=_SECONDS)}


def relative_to_top(top: Path, root: Path, shown: str) -> str:
    """The path in the repository of a file that is shown as seen from the project folder."""
    return os.path.relpath(root.resolve() / shown, top.resolve()).replace(os.sep, "/")
