"""Who brought a file into the repository, and what upstream does not have."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from fidesdev.adapters.git import run_git, top_folder
from fidesdev.core.why import Commit

_FORMAT = "%x01%H%x00%an%x00%cI%x00%s"
_MOVES = 5
"""A file is followed through at most so many moves."""


def added_by(folder: Path, paths: Collection[Path]) -> dict[Path, Commit]:
    """The commit that added each file, followed to where it was before it was moved.

    Nothing for a file that no commit has. Raises `GitUnavailable`.
    """
    top = top_folder(folder)
    found: dict[Path, Commit] = {}
    waiting = {os.path.relpath(path, top): path for path in paths}  # name at the time -> file
    for _move in range(_MOVES):
        commits = _adding(top, waiting)
        found |= {waiting[name]: commit for name, commit in commits.items()}
        moved = _moved(top, {commit.id for commit in commits.values()})
        waiting = {
            moved[commit.id, name]: waiting[name]
            for name, commit in commits.items()
            if (commit.id, name) in moved
        }
        if not waiting:
            break
    return found


def commits_beyond(folder: Path, ref: str) -> frozenset[str]:
    """The commits of the checkout that `ref` does not have."""
    text = run_git(folder, "rev-list", "HEAD", f"^{ref}")
    return frozenset((text or b"").decode().split())


def _adding(top: Path, names: Collection[str]) -> dict[str, Commit]:
    """The first commit that has each of the names."""
    text = run_git(
        top,
        *("--literal-pathspecs", "log", "--diff-filter=A", "--no-renames", "-z"),
        *(f"--format={_FORMAT}", "--name-only", "--", *names),
    )
    found: dict[str, Commit] = {}
    for record in _text(text).split("\x01")[1:]:
        id_, author, date, rest = record.split("\x00", 3)
        subject, *added = (part.strip("\n") for part in rest.split("\x00"))
        for name in set(added) & set(names):
            found[name] = Commit(id_, author, date, subject)  # the oldest comes last
    return found


def _moved(top: Path, commits: Collection[str]) -> dict[tuple[str, str], str]:
    """(commit, name after it) -> name before it, for every file that one of the commits moved."""
    given = "".join(f"{id_}\n" for id_ in commits).encode()
    text = run_git(
        top,
        *("diff-tree", "--stdin", "-r", "-M", "--diff-filter=R", "--name-status", "-z", "-m"),
        given=given,
    )
    moved: dict[tuple[str, str], str] = {}
    parts, commit = iter(_text(text).split("\x00")), ""
    for part in parts:
        if part.startswith("R"):
            old = next(parts)
            moved[commit, next(parts)] = old
        else:
            commit = part.strip("\n")
    return moved


def _text(output: bytes | None) -> str:
    return os.fsdecode(output or b"")
