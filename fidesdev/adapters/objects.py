"""Finds the text of a revision anywhere in a git repository, by what the file declares.

The names of a file and its folder only decide what is read first. Everything is read in bulk
(one `rev-list` and one `cat-file` for all branches together): the 800 branches of Fides take
half a second.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

from fidesdev.adapters import refs
from fidesdev.adapters.declarations import declared, declaring
from fidesdev.adapters.git import look_up, run_git, top_folder
from fidesdev.adapters.refs import BlobFile
from fidesdev.core.recovery import WORKING_TREE, FoundSource, Kept, choose, found_source
from fidesdev.errors import GitUnavailable

_Stage = Callable[[frozenset[str]], Iterable[FoundSource]]

_LIKELY = re.compile(r"(?:version|migration|revision|alembic)[^/]*/(?:.*/)?[^/]+\.py$")
"""Paths that revision files have in most projects; all others are read last."""
_SHORT = 10
"""Digits of a commit's id that are shown."""


def find_sources(
    repo: Path, ids: Collection[str], version_dirs: Sequence[Path] = (), *, budget: float = 10.0
) -> Mapping[str, FoundSource]:
    """The source of each revision that the repository around `repo` has anywhere."""
    return SourceSearch(repo, version_dirs, budget=budget).find(ids)


class SourceSearch:
    """One search of one repository, in which several questions share what was listed."""

    def __init__(
        self,
        repo: Path,
        version_dirs: Sequence[Path] = (),
        *,
        budget: float = 10.0,
        project: Path | None = None,
        upstreams: Sequence[str] = (),
        kept: Kept = lambda _id: None,
    ) -> None:
        """`budget` is in seconds, for all questions together; what was found by then counts.

        `project` is a folder to search too: around the repository, or when there is none.
        """
        self.searched: dict[str, None] = {}
        """Where was looked, in words and in order."""
        self.problem: GitUnavailable | None = None
        """Why git stopped answering, if it did."""
        self._repo = repo
        self._project = project or repo
        self._version_dirs = version_dirs
        self._end = time.monotonic() + budget
        self._upstreams = upstreams
        self._kept = kept
        self._names: dict[str, str] = {}
        self._near: dict[str, str] = {}
        self._declared: dict[str, dict[str, list[tuple[str, bytes]]]] = {}
        self._listed: dict[tuple[str, ...], list[BlobFile]] = {}

    def find(self, ids: Collection[str]) -> dict[str, FoundSource]:
        """The source of each of `ids` that is anywhere; the likeliest places are asked first."""
        found: dict[str, FoundSource] = {}
        try:
            for stage in self._stages():
                left = frozenset(filter(None, ids)) - found.keys()
                if not left:
                    break
                found.update(self._chosen(stage(left)))
        except GitUnavailable as error:
            self.problem = error
        return found

    def _stages(self) -> Iterator[_Stage]:
        """The places in order; near is where the revisions before were found."""
        at = partial(partial, self._at)
        yield self._nearby
        yield partial(self._files, lambda: self._folders)
        yield at("branches", lambda: self._branches)
        yield at("tags", lambda: self._tags)
        yield at("stashes", lambda: self._stashes)
        yield partial(self._files, lambda: self._other_worktrees)
        yield at("commits of the reflog", lambda: self._reflog)
        yield at("other refs", lambda: refs.other_refs(self._top, seconds=self._left))
        yield self._ever
        unreachable = partial(refs.unreachable_commits, self._top)
        yield at("unreachable commits", lambda: unreachable(seconds=self._left))
        yield partial(self._at, "all their other Python files", self._everywhere, likely=False)
        yield self._loose

    def _chosen(self, candidates: Iterable[FoundSource]) -> Iterator[tuple[str, FoundSource]]:
        by_id: dict[str, list[FoundSource]] = defaultdict(list)
        for candidate in candidates:
            by_id[candidate.revision.id].append(candidate)
        for id_, texts in by_id.items():
            found = choose(texts, self._kept(id_))
            if name := self._names.get(found.place):
                self._near[name] = found.place
            yield id_, found

    # Where

    def _nearby(self, ids: frozenset[str]) -> Iterator[FoundSource]:
        """Where the revisions before were found: a chain is read at once, not link by link."""
        for name, place in self._near.items():
            for id_ in ids:
                for path, text in self._declared_at(name).get(id_, ()):
                    found = found_source(text, path=path, place=place)
                    if found and found.revision.id == id_:
                        yield found

    def _at(
        self,
        title: str,
        listed: Callable[[], list[str]],
        ids: frozenset[str],
        *,
        likely: bool = True,
    ) -> Iterator[FoundSource]:
        """At the tips of refs, or at commits."""
        names = listed()
        if not names:
            return
        self.searched[f"{len(names)} {title}" if likely else title] = None
        files = [file for file in self._files_at(names) if self._is_likely(file) is likely]
        for blob, found in declaring(self._top, files, ids, until=self._end):
            asked = {f"{name}:{found.revision.path}": name for name in names}
            holders = [
                asked[text]
                for text, _kind, id_ in look_up(self._top, asked, seconds=self._left)
                if id_ == blob
            ]
            yield self._described(found, self._preferred(found.revision.id, holders))

    def _files(
        self, folders: Callable[[], list[Path]], ids: frozenset[str]
    ) -> Iterator[FoundSource]:
        """In working trees: files in other folders, and files that git does not know."""
        for folder in folders():
            self.searched["the working tree" if folder in self._folders else f"{folder}"] = None
            for path in refs.files_with(folder, ids, seconds=self._left):
                found = found_source(
                    path.read_bytes(), path=_shown(path, self._folders), place=WORKING_TREE
                )
                if found and found.revision.id in ids:
                    yield replace(found, date=_iso(path.stat().st_mtime))

    def _ever(self, ids: frozenset[str]) -> Iterator[FoundSource]:
        """At any commit, also where the file was deleted or changed since."""
        if not self._paths:
            return
        self.searched[f"all commits to {', '.join(self._paths)}"] = None
        files = refs.files_ever(self._top, self._paths, seconds=self._left)
        for blob, found in declaring(self._top, files, ids, until=self._end):
            path = found.revision.path
            changed = ("log", "--all", "--reflog", "-1", "--format=%H %P", f"--find-object={blob}")
            told = run_git(self._top, *changed, "--", path, seconds=self._left)
            commits = {f"{commit}:{path}": commit for commit in (told or b"").decode().split()}
            here = look_up(self._top, commits, seconds=self._left)
            holders = [commits[text] for text, _kind, id_ in here if id_ == blob]
            yield self._described(found, holders[0] if holders else blob)

    def _loose(self, ids: frozenset[str]) -> Iterator[FoundSource]:
        """In contents that no commit has, such as what was staged once."""
        self.searched["unreachable files"] = None
        blobs = refs.loose_blobs(self._top, seconds=self._left)
        for blob, found in declaring(self._top, blobs, ids, until=self._end):
            yield replace(found, place=f"git:{blob[:_SHORT]}")

    # What

    def _declared_at(self, name: str) -> dict[str, list[tuple[str, bytes]]]:
        if name not in self._declared:
            files = [file for file in self._files_at([name]) if self._is_likely(file)]
            self._declared[name] = declared(self._top, files, seconds=self._left)
        return self._declared[name]

    def _files_at(self, names: list[str]) -> list[BlobFile]:
        key = tuple(names)
        if key not in self._listed:
            self._listed[key] = refs.files_at(self._top, names, seconds=self._left)
        return self._listed[key]

    def _is_likely(self, file: BlobFile) -> bool:
        return file.path.startswith(self._prefixes) or bool(_LIKELY.search(file.path))

    def _preferred(self, id_: str, holders: list[str]) -> str:
        """Of the refs that hold the same text, the one that tells a person most."""
        kept = self._kept(id_)
        branches = [kept.branch if kept else None, *self._upstreams]
        wanted = [f"refs/{kind}/{branch}" for branch in branches for kind in ("heads", "remotes")]
        known = [name for name in (*self._near, *wanted) if name in holders]
        local = [name for name in holders if name.startswith("refs/heads/")]
        return next(iter((*known, *local, *holders)))

    def _described(self, found: FoundSource, name: str) -> FoundSource:
        """The source with the ref to show, and who committed it last there."""
        place = f"git:{self._short(name)}"
        self._names[place] = name
        last = ("log", "-1", "--format=%H%x00%an%x00%ct", name, "--", found.revision.path)
        told = run_git(self._top, *last, seconds=self._left) or b""
        commit, author, seconds = (told.decode(errors="replace").strip() or "\0\0").split("\0")
        return replace(
            found,
            place=place,
            commit=commit or None,
            author=author or None,
            date=_iso(float(seconds)) if seconds else None,
        )

    def _short(self, name: str) -> str:
        """A ref without what goes without saying; a commit by its first digits."""
        if not name.startswith("refs/"):
            return name if name.startswith("stash") else name[:_SHORT]
        told = run_git(self._top, "for-each-ref", "--format=%(refname:short)", name)
        return (told or b"").decode(errors="replace").partition("\n")[0] or name

    # The repository

    @property
    def _left(self) -> float:
        return self._end - time.monotonic()

    @cached_property
    def _top(self) -> Path:
        return top_folder(self._repo)

    @cached_property
    def _paths(self) -> list[str]:
        """The version folders as git names them, if they are in this repository."""
        top = self._top.resolve()
        folders = [folder.resolve() for folder in self._version_dirs]
        return [f.relative_to(top).as_posix() for f in folders if f.is_relative_to(top)]

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(f"{path}/" for path in self._paths if path != ".")

    @cached_property
    def _branches(self) -> list[str]:
        return refs.refs(self._top, "refs/heads", "refs/remotes", seconds=self._left)

    @cached_property
    def _tags(self) -> list[str]:
        return refs.refs(self._top, "refs/tags", seconds=self._left)

    @cached_property
    def _stashes(self) -> list[str]:
        return refs.stashes(self._top, seconds=self._left)

    @cached_property
    def _reflog(self) -> list[str]:
        return refs.reflog(self._top, seconds=self._left)

    def _everywhere(self) -> list[str]:
        return [*self._branches, *self._tags, *self._stashes]

    @cached_property
    def _other_worktrees(self) -> list[Path]:
        return [path for path in refs.worktrees(self._top, seconds=self._left) if path != self._top]

    @cached_property
    def _folders(self) -> list[Path]:
        """The working tree, and the project's folder where that is not inside."""
        try:
            top = self._top
        except GitUnavailable as error:
            if error.reason != "no_repository":
                raise
            return [self._project]
        inside = self._project.resolve().is_relative_to(top.resolve())
        return [top] if inside else [top, self._project]


def _shown(path: Path, folders: Iterable[Path]) -> str:
    for folder in folders:
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return str(path)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
