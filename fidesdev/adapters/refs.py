"""What a git repository holds, as names to search at and files found there.

A *name* is whatever git resolves to a commit: `refs/heads/main`, `stash@{0}^3`, a commit's id.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from fidesdev.adapters.git import look_up, run_git
from fidesdev.errors import GitUnavailable

LARGEST = 512 * 1024
"""No revision file has more bytes."""


class BlobFile(NamedTuple):
    """A file's content and a path that it has somewhere."""

    blob: str
    path: str


def refs(folder: Path, *patterns: str, seconds: float) -> list[str]:
    """Full names of the refs below the patterns, newest commit first."""
    listed = run_git(
        folder,
        *("for-each-ref", "--sort=-committerdate", "--format=%(refname)", *patterns),
        seconds=seconds,
    )
    return _words(listed)


def other_refs(folder: Path, *, seconds: float) -> list[str]:
    """Refs that are no branch, tag, stash or note: pull requests, mostly."""
    usual = ("refs/heads/", "refs/remotes/", "refs/tags/", "refs/stash", "refs/notes/")
    return [name for name in refs(folder, seconds=seconds) if not name.startswith(usual)]


def stashes(folder: Path, *, seconds: float) -> list[str]:
    """Every stash, with its index and its untracked files, the newest first."""
    count = len(_words(run_git(folder, "rev-list", "-g", "refs/stash", "--", seconds=seconds)))
    names = [f"stash@{{{number}}}{part}" for number in range(count) for part in ("", "^3", "^2")]
    return [name for name, _kind, _id in look_up(folder, names, seconds=seconds)]


def reflog(folder: Path, *, seconds: float) -> list[str]:
    """Every commit that a reflog names, newest first."""
    return _words(run_git(folder, "rev-list", "--reflog", "--no-walk=sorted", seconds=seconds))


def unreachable_commits(folder: Path, *, seconds: float) -> list[str]:
    """Commits that are stored and that no ref and no reflog leads to, newest first."""
    form = "--batch-check=%(objecttype) %(objectname)"
    every = ("cat-file", "--batch-all-objects", "--unordered", form)
    stored = _words(run_git(folder, *every, seconds=seconds))
    commits = {line[7:] for line in stored if line.startswith("commit ")}
    reachable = run_git(folder, "rev-list", "--all", "--reflog", seconds=seconds)
    commits.difference_update(_words(reachable))
    if not commits:
        return []
    given = "\n".join(sorted(commits)).encode()
    listing = ("rev-list", "--no-walk=sorted", "--stdin")
    return _words(run_git(folder, *listing, given=given, seconds=seconds))


def worktrees(folder: Path, *, seconds: float) -> list[Path]:
    """Every working tree of the repository."""
    lines = _words(run_git(folder, "worktree", "list", "--porcelain", seconds=seconds))
    return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]


def files_with(folder: Path, texts: Iterable[str], *, seconds: float) -> list[Path]:
    """Python files on disk that have one of the texts in quotes, whether or not git tracks them.

    What git ignores is left out; outside any repository everything is looked at.
    """
    quoted = (mark + text + mark for text in sorted(texts) for mark in ("'", '"'))
    patterns = [word for text in quoted for word in ("-e", text)]
    search = ("-lzF", *patterns, "--", "*.py")
    try:
        found = run_git(folder, "grep", "--untracked", *search, seconds=seconds)
    except GitUnavailable as error:
        if error.reason != "no_repository":
            raise
        found = run_git(folder, "grep", "--no-index", *search, seconds=seconds)
    return [folder / os.fsdecode(name) for name in (found or b"").split(b"\0") if name]


def files_at(folder: Path, names: Collection[str], *, seconds: float) -> list[BlobFile]:
    """Every Python file at any of the names, each content once."""
    if not names:
        return []
    given = "\n".join(names).encode()
    command = ("rev-list", "--objects", "--no-walk", "--missing=allow-any", "--stdin")
    return list(_python_files(run_git(folder, *command, given=given, seconds=seconds)))


def files_ever(folder: Path, paths: Iterable[str], *, seconds: float) -> list[BlobFile]:
    """Every Python file that was below one of the paths at any commit a ref or reflog leads to."""
    command = ("rev-list", "--objects", "--missing=allow-any", "--all", "--reflog", "--")
    return list(_python_files(run_git(folder, *command, *paths, seconds=seconds)))


def loose_blobs(folder: Path, *, seconds: float) -> list[BlobFile]:
    """Contents outside the packs, and in those that git keeps for what is unreachable."""
    located = run_git(folder, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    if not located:
        return []
    objects = Path(os.fsdecode(located.rstrip(b"\n")))
    ids = [a.parent.name + a.name for a in objects.glob("[0-9a-f][0-9a-f]/*")]
    for pack in objects.glob("pack/*.mtimes"):  # a cruft pack
        index = pack.with_suffix(".idx").read_bytes()
        lines = _words(run_git(folder, "show-index", given=index, seconds=seconds))
        ids.extend(line.split(" ")[1] for line in lines)
    form = "--batch-check=%(objecttype) %(objectsize) %(objectname)"
    given = "\n".join(ids).encode()
    checked = _words(run_git(folder, "cat-file", form, given=given, seconds=seconds))
    facts = (line.split(" ") for line in checked if not line.endswith(" missing"))
    return [
        BlobFile(id_, "") for kind, size, id_ in facts if kind == "blob" and int(size) < LARGEST
    ]


def _python_files(listed: bytes | None) -> Iterator[BlobFile]:
    for line in (listed or b"").split(b"\n"):
        if line.endswith(b".py"):
            blob, _, path = line.partition(b" ")
            yield BlobFile(blob.decode(), os.fsdecode(path))


def _words(text: bytes | None) -> list[str]:
    return os.fsdecode(text).splitlines() if text else []
