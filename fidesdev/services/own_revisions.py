"""What of a checkout's revisions is its own: not on the branch that they are merged into."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.adapters.ancestry import merge_base
from fidesdev.adapters.git import commit_of, top_folder
from fidesdev.adapters.git_operations import read_operation
from fidesdev.adapters.revision_files import Unreadable, list_revision_files
from fidesdev.adapters.trees import revisions_at
from fidesdev.core.conflicts import conflict_line
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.header import HeaderError, read_header
from fidesdev.core.header_conflicts import is_about_parents, own_side, side_with
from fidesdev.core.rebase_planning import without_orphans
from fidesdev.core.recovery import revision_of
from fidesdev.errors import ConflictUnresolved, GraphError, UnknownRef
from fidesdev.services.git_targets import repository, upstream
from fidesdev.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Sides:
    """The revisions of a checkout beside those of its upstream."""

    ref: str
    """Upstream as it was named."""
    revisions: tuple[Revision, ...]
    """All that the checkout has, conflicts about parents solved."""
    theirs: frozenset[str]
    """The ids that upstream has."""
    ahead: tuple[str, ...]
    """What upstream got since the two parted, and the checkout lacks."""
    solved: dict[str, bytes] = field(default_factory=dict, repr=False)
    """The texts without git's markers, by revision, of files that have some."""
    operation: str | None = None
    """What git is in the middle of."""

    @property
    def own(self) -> tuple[Revision, ...]:
        """The revisions that upstream does not have."""
        return tuple(one for one in self.revisions if one.id not in self.theirs)

    @property
    def shared(self) -> tuple[Revision, ...]:
        """The revisions that upstream has too."""
        return tuple(one for one in self.revisions if one.id in self.theirs)


def read_sides(workspace: Workspace, ref: str | None = None) -> Sides:
    """The checkout and upstream, also in the middle of a merge or a rebase.

    Raises `UpstreamMissing`, `UnknownRef`, `GitUnavailable`, `ConflictUnresolved`, `GraphError`.
    """
    ref = ref.removeprefix("git:") if ref else upstream(workspace)
    there = {one.id: one for one in _at(workspace, ref)}
    operation = read_operation(repository(workspace))
    solved: dict[str, bytes] = {}
    try:
        revisions = tuple(workspace.graph.revisions.values())
    except GraphError as error:
        reader = _Reader(workspace, there, own_is_first=bool(operation and operation.own_is_first))
        revisions, solved = tuple(reader.revisions()), reader.solved
        if reader.problems or not _can_be_mended(revisions, there, has_solved=bool(solved)):
            raise GraphError(tuple(reader.problems) or error.facts["problems"]) from error
    here = {one.id for one in revisions}
    lacking = [id_ for id_ in there if id_ not in here]
    ahead = tuple(id_ for id_ in lacking if id_ not in _parted(workspace, ref)) if lacking else ()
    kind = operation.kind if operation else None
    return Sides(ref, revisions, frozenset(there), ahead, solved, kind)


def _can_be_mended(
    revisions: Sequence[Revision], theirs: Collection[str], *, has_solved: bool
) -> bool:
    """Whether it takes no more than new parents of own revisions."""
    if len({one.id for one in revisions}) < len(revisions):
        return False
    orphans = without_orphans(revisions)[1]
    own = [one for one in orphans if one.id not in theirs]
    return len(own) == len(orphans) and (has_solved or bool(own))


def seen_with(workspace: Workspace, graph: RevisionGraph) -> Workspace:
    """The workspace whose files say what the graph says: what git wrote into them is solved."""
    from dataclasses import replace

    seen = replace(workspace)
    vars(seen)["graph"] = graph  # where cached_property keeps it
    return seen


class _Reader:
    """Reads every revision file, those with conflicts too."""

    def __init__(
        self, workspace: Workspace, theirs: dict[str, Revision], *, own_is_first: bool
    ) -> None:
        self.solved: dict[str, bytes] = {}
        self.problems: list[str] = []
        self._workspace = workspace
        self._theirs = theirs
        self._own_is_first = own_is_first

    def revisions(self) -> Iterator[Revision]:
        """What the files declare; what is wrong with others is in `problems` then."""
        config, root = self._workspace.alembic, self._workspace.settings.project
        for file in list_revision_files(config.version_locations, root, recursive=config.recursive):
            if isinstance(file, Unreadable):
                self.problems.append(f"{file.shown}: {file.reason}")
                continue
            try:
                yield self._revision(Path(file.path), file.shown)
            except HeaderError as error:
                self.problems.append(f"{file.shown}:{error.line}: {error}")

    def _revision(self, path: Path, shown: str) -> Revision:
        source = path.read_bytes()
        conflict = conflict_line(source)
        if conflict is None:
            return _declared(source, path.name, shown)
        if not is_about_parents(source, name=path.name):
            raise ConflictUnresolved(shown, conflict)
        text = own_side(source, own_is_first=self._own_is_first)
        revision = _declared(text, path.name, shown)
        if their := self._theirs.get(revision.id):
            text = side_with(source, their.parents, name=path.name) or text
            revision = _declared(text, path.name, shown)
        self.solved[revision.id] = text
        return revision


def _declared(source: bytes, name: str, shown: str) -> Revision:
    header = read_header(source, name=name)
    if header.computed:
        names = " and ".join(header.computed)
        raise HeaderError(f"{names} is no literal", line=header.line)
    return revision_of(header, shown)


def _at(workspace: Workspace, ref: str) -> Iterable[Revision]:
    config = workspace.alembic
    found = revisions_at(
        repository(workspace),
        ref,
        config.version_locations,
        recursive=config.recursive,
        cache=workspace.settings.tool.data_dir / "objects.json",
    )
    return [one.revision for one in found]


def _parted(workspace: Workspace, ref: str) -> frozenset[str]:
    """The revisions at the commit where the two parted: what the checkout lacks, it deleted."""
    top = top_folder(repository(workspace))
    there = commit_of(top, ref)
    base = merge_base(top, "HEAD", there) if there else None
    if base is None:
        return frozenset()
    try:
        return frozenset(one.id for one in _at(workspace, base))
    except UnknownRef:
        return frozenset()
