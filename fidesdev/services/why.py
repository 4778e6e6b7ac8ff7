"""Which revisions created, changed or dropped a table or column, and who wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from fidesdev.adapters.authorship import added_by, commits_beyond
from fidesdev.adapters.git import read_checkout
from fidesdev.core.touches import Touch, touches
from fidesdev.core.why import (
    Change,
    Commit,
    Subject,
    WhyReport,
    changes_of,
    described,
    known_names,
    parse_subject,
)
from fidesdev.errors import GitUnavailable, UnknownTable, UpstreamMissing
from fidesdev.services.git_targets import repository, upstream
from fidesdev.services.workspace import Workspace


def why(workspace: Workspace, text: str) -> WhyReport:
    """What the revisions of this checkout do to `TABLE` or `TABLE.COLUMN`, newest first.

    Read from their text: a name that is computed, and columns in SQL, are not seen. Raises
    `UnknownTable` where no revision names it.
    """
    subject, scripts = parse_subject(text), _Scripts(workspace)
    names, found = _traced(subject, scripts)
    if not found:
        known = known_names(scripts.touched(None))
        raise UnknownTable(str(subject), tuple(get_close_matches(str(subject), known, n=3)))
    changes = [_change(workspace, revision, touch) for revision, touch in found]
    return WhyReport(str(subject), tuple(names), tuple(_authored(workspace, changes)))


def beyond_upstream(workspace: Workspace, folder: Path) -> tuple[frozenset[str], str | None]:
    """The commits that are this branch's own, and upstream's name, if there is one."""
    try:
        ref = upstream(workspace)
    except UpstreamMissing:
        return frozenset(), None
    return commits_beyond(folder, ref), ref


@dataclass(frozen=True)
class _Scripts:
    """The revision files, each parsed at most once."""

    workspace: Workspace
    _parsed: dict[str, tuple[Touch, ...]] = field(default_factory=dict)
    _texts: dict[str, bytes] = field(default_factory=dict)

    def touched(self, names: Iterable[str] | None) -> dict[str, Sequence[Touch]]:
        """What the upgrades touch that name one of the tables (or any), in their order."""
        wanted = None if names is None else [name.partition(".")[0].encode() for name in names]
        return {
            id_: self._touches(id_)
            for id_ in self.workspace.graph.order
            if wanted is None or any(name in self._text(id_).lower() for name in wanted)
        }

    def _touches(self, id_: str) -> tuple[Touch, ...]:
        if id_ not in self._parsed:
            self._parsed[id_] = touches(self._text(id_))
        return self._parsed[id_]

    def _text(self, id_: str) -> bytes:
        if id_ not in self._texts:
            self._texts[id_] = _path(self.workspace, id_).read_bytes()
        return self._texts[id_]


def _traced(subject: Subject, scripts: _Scripts) -> tuple[list[str], list[tuple[str, Touch]]]:
    """The names and changes, with those from before a table was renamed."""
    names = [str(subject)]
    while True:
        found, changes = changes_of(subject, scripts.touched(names))
        if len(found) == len(names):
            return found, changes
        names = found


def _path(workspace: Workspace, id_: str) -> Path:
    return workspace.settings.project / workspace.graph.revisions[id_].path


def _change(workspace: Workspace, id_: str, touch: Touch) -> Change:
    revision = workspace.graph.revisions[id_]
    what = f"{touch.kind} {touch.name}"
    return Change(id_, revision.message, revision.path, touch.line, touch.action, what)


def _authored(workspace: Workspace, changes: Sequence[Change]) -> Iterable[Change]:
    """The changes with what git knows of their files; as they are where it knows nothing."""
    folder, project = repository(workspace), workspace.settings.project
    try:
        commits = added_by(folder, {project / change.path for change in changes})
        beyond, base = beyond_upstream(workspace, folder)
    except GitUnavailable:
        return changes
    checkout = read_checkout(folder)
    here = checkout.branch if checkout else None

    def branch(commit: Commit | None) -> str | None:
        return here if base is None or (commit and commit.id in beyond) else base

    return [
        described(change, commit, branch(commit))
        for change in changes
        for commit in [commits.get(project / change.path)]
    ]
