"""The revision files at a git ref, read from its objects: nothing is checked out.

A content's header never changes, so each is parsed once and kept under its object id.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from fidesdev.adapters.git import commit_of, read_objects, run_git, top_folder
from fidesdev.adapters.revision_cache import Entry, read_cache, write_cache
from fidesdev.core.graph import Revision
from fidesdev.core.header import HeaderError, read_header
from fidesdev.core.recovery import FoundSource
from fidesdev.errors import GraphError, UnknownRef

_SECONDS = 30
_REVISION_FILE = re.compile(r"(?!\.#|__init__)[^/]+\.py")

_POSITION = frozenset({"revision", "down_revision"})
"""Identifiers without which a file has no place in the graph."""


class TreeRevision(NamedTuple):
    """A revision of a tree and the object that holds its text."""

    revision: Revision
    blob: str


def revisions_at(
    repo: Path,
    ref: str,
    version_dirs: Sequence[Path],
    *,
    recursive: bool = False,
    cache: Path | None = None,
) -> list[TreeRevision]:
    """What the version folders hold at `ref`.

    Raises `UnknownRef`, `GitUnavailable`, and `GraphError` where a file there is no revision.
    """
    top = top_folder(repo)
    commit = commit_of(top, ref)
    if commit is None:
        raise UnknownRef(ref, "there is no such branch, tag or commit", tuple(_nearest(top, ref)))
    files = dict(_files(top, commit, version_dirs, recursive=recursive))
    if not files:
        folders = ", ".join(_relative(top, version_dirs)) or "this repository"
        raise UnknownRef(ref, f"there are no revision files in {folders} at it")
    kept = read_cache(cache) if cache else {}
    fresh = {blob: kept[blob] for blob in files if blob in kept}
    fresh.update(_read(top, {blob: files[blob] for blob in files if blob not in kept}, ref))
    if cache and not fresh.keys() <= kept.keys():
        write_cache(cache, {**kept, **fresh})
    return [TreeRevision(_revision(fresh[blob], path), blob) for blob, path in files.items()]


def sources_at(repo: Path, ref: str, wanted: Iterable[TreeRevision]) -> dict[str, FoundSource]:
    """The texts of some revisions of `revisions_at`, by revision."""
    by_blob = {one.blob: one.revision for one in wanted}
    return {
        by_blob[blob].id: FoundSource(by_blob[blob], text, f"git:{ref}")
        for blob, text in read_objects(repo, by_blob, seconds=_SECONDS)
    }


def _files(
    top: Path, commit: str, version_dirs: Sequence[Path], *, recursive: bool
) -> Iterator[tuple[str, str]]:
    """Object and path of each file that Alembic would import."""
    for folder in _relative(top, version_dirs):
        tree = commit if folder == "." else f"{commit}:{folder}"
        flags = ("-r", "-z") if recursive else ("-z",)
        listed = run_git(top, "ls-tree", *flags, tree, seconds=_SECONDS) or b""
        for entry in filter(None, listed.split(b"\0")):
            facts, _, name = entry.partition(b"\t")
            path = os.fsdecode(name)
            if facts.startswith(b"100") and _REVISION_FILE.fullmatch(path.rpartition("/")[2]):
                yield facts.split()[2].decode(), path if folder == "." else f"{folder}/{path}"


def _relative(top: Path, version_dirs: Sequence[Path]) -> list[str]:
    """The version folders as git names them, if they are in this repository."""
    root = top.resolve()
    folders = [folder.resolve() for folder in version_dirs]
    return [
        folder.relative_to(root).as_posix() for folder in folders if folder.is_relative_to(root)
    ]


def _read(top: Path, files: dict[str, str], ref: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    problems = []
    for blob, text in read_objects(top, files, seconds=_SECONDS):
        path = files[blob]
        try:
            header = read_header(text, name=path.rpartition("/")[2])
        except HeaderError as error:
            problems.append(f"{path}:{error.line} at git:{ref}: {error}")
            continue
        if names := _POSITION.intersection(header.computed):
            which = " and ".join(sorted(names))
            problems.append(f"{path}:{header.line} at git:{ref}: {which} is no literal")
        lists = (list(header.parents), list(header.depends_on), list(header.labels))
        entries[blob] = [None, header.revision, *lists, header.message, header.created]
    if problems:
        raise GraphError(tuple(problems))
    return entries


def _revision(entry: Entry, path: str) -> Revision:
    _stamp, id_, parents, depends_on, labels, message, created = entry
    lists = (tuple(parents), tuple(depends_on), tuple(labels))
    return Revision(id_, *lists, message, path, created)


def _nearest(top: Path, ref: str) -> list[str]:
    """At most three refs that are called something like it."""
    listed = run_git(top, "for-each-ref", "--format=%(refname:lstrip=2)") or b""
    return get_close_matches(ref, os.fsdecode(listed).splitlines(), n=3, cutoff=0.6)
