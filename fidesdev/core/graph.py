"""The revision graph: an immutable, validated set of revisions and the walks over it.

Every walk is linear in revisions and edges; Alembic's own `current` and `history` are quadratic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from fidesdev.core.ordering import depths, descending
from fidesdev.errors import GraphError


@dataclass(frozen=True, slots=True)
class Revision:
    """One migration script, as its file declares it."""

    id: str
    parents: tuple[str, ...] = ()
    """`down_revision`: what the script was written on top of."""
    depends_on: tuple[str, ...] = ()
    """Cross-branch dependencies as written: ids, or labels."""
    labels: tuple[str, ...] = ()
    message: str = ""
    path: str = ""
    """Relative to the project folder where it is inside, else absolute."""
    created: str | None = None
    """ISO 8601 without a zone, as the docstring says it; None when it does not say."""

    @property
    def name(self) -> str:
        """The id and its file, for messages."""
        return f"{self.id} ({self.path})" if self.path else self.id


@dataclass(frozen=True)
class RevisionGraph:
    """Revisions whose parents and dependencies all exist and form no cycle."""

    revisions: Mapping[str, Revision]
    requires: Mapping[str, tuple[str, ...]]
    """Parents and dependencies of each revision, labels resolved to ids, no id twice."""
    order: tuple[str, ...]
    """All ids, every revision after what it requires; chains stay together. For showing: steps
    are run in the order of `descending`."""
    labelled: Mapping[str, str]
    """Branch label -> the id of the revision that carries it."""

    @classmethod
    def build(cls, revisions: Iterable[Revision]) -> RevisionGraph:
        """The graph of `revisions`; raises `GraphError` naming every contradiction and its file."""
        by_id: dict[str, Revision] = {}
        labelled: dict[str, str] = {}
        problems: list[str] = []
        for revision in revisions:
            if twin := by_id.get(revision.id):
                paths = " and ".join(sorted((twin.path, revision.path)))
                problems.append(f"revision {revision.id} is defined twice: {paths}")
                continue
            by_id[revision.id] = revision
            for label in revision.labels:
                if (other := labelled.setdefault(label, revision.id)) != revision.id:
                    problems.append(
                        f"label {label!r} is on both {by_id[other].name} and {revision.name}"
                    )
        requires = {id_: _required(rev, by_id, labelled, problems) for id_, rev in by_id.items()}
        sound = _topological(requires)
        if len(sound) < len(by_id):
            problems.extend(_cycles(by_id, requires, frozenset(sound)))
        if problems:
            raise GraphError(tuple(problems))
        return cls(by_id, requires, tuple(sound), labelled)

    @cached_property
    def heads(self) -> frozenset[str]:
        """Revisions that no other revision names as a parent."""
        return frozenset(self.revisions) - self.parents(self.revisions)

    @cached_property
    def bases(self) -> frozenset[str]:
        """Revisions without a parent."""
        return frozenset(id_ for id_, revision in self.revisions.items() if not revision.parents)

    def parents(self, ids: Iterable[str]) -> frozenset[str]:
        """Every revision that one of `ids` was written on top of."""
        return frozenset(parent for id_ in ids for parent in self.revisions[id_].parents)

    def children(self, ids: Iterable[str]) -> frozenset[str]:
        """Every revision that was written on top of one of `ids`."""
        return frozenset(child for id_ in ids for child in self._children[id_])

    def ancestors(self, ids: Iterable[str]) -> frozenset[str]:
        """The given ids and everything that they require."""
        return _closure(ids, self.requires.__getitem__)

    def descendants(self, ids: Iterable[str]) -> frozenset[str]:
        """The given ids and everything that requires them."""
        return _closure(ids, self.required_by.__getitem__)

    def lineage(self, ids: Iterable[str]) -> frozenset[str]:
        """Everything connected to `ids` through parents, in either direction."""
        return _closure(ids, lambda id_: (*self.revisions[id_].parents, *self._children[id_]))

    def descending(self, ids: frozenset[str]) -> tuple[str, ...]:
        """The ids in the order in which Alembic would unapply all of them; reversed, apply them."""
        requires = self.requires
        if len(ids) < len(self.revisions):
            requires = {id_: requires[id_] for id_ in self.revisions if id_ in ids}
        tips = self.tips(ids)
        heads = [id_ for id_ in self.revisions if id_ in tips]
        return tuple(descending(requires, self.required_by, self._depths, heads))

    def tips(self, ids: frozenset[str]) -> frozenset[str]:
        """The members of `ids` that no other member requires.

        For a set closed under `ancestors` these are the rows that the version table needs for it.
        """
        return ids - {required for id_ in ids for required in self.requires[id_]}

    @cached_property
    def required_by(self) -> Mapping[str, tuple[str, ...]]:
        """Each revision's direct dependents: children, and what names it in `depends_on`."""
        return _inverse(self.requires)

    @cached_property
    def _depths(self) -> Mapping[str, int]:
        return depths(self.order, self.requires)

    @cached_property
    def _children(self) -> Mapping[str, tuple[str, ...]]:
        return _inverse({id_: revision.parents for id_, revision in self.revisions.items()})


def _required(
    revision: Revision, by_id: dict[str, Revision], labelled: dict[str, str], problems: list[str]
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for kind, names in (("parent", revision.parents), ("dependency", revision.depends_on)):
        for name in names:
            id_ = name if name in by_id or kind == "parent" else labelled.get(name, name)
            if id_ in by_id:
                found[id_] = None
            else:
                problems.append(f"{revision.name} names the {kind} {name}, which no file defines")
    return tuple(found)


def _topological(requires: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The ids that are on no cycle and after none, required ones first."""
    waiting = {id_: len(required) for id_, required in requires.items()}
    required_by = _inverse(requires)
    ready = [id_ for id_, count in waiting.items() if not count][::-1]
    order: list[str] = []
    while ready:
        id_ = ready.pop()
        order.append(id_)
        for dependent in reversed(required_by[id_]):
            waiting[dependent] -= 1
            if not waiting[dependent]:
                ready.append(dependent)
    return order


def _cycles(
    by_id: dict[str, Revision], requires: dict[str, tuple[str, ...]], sound: frozenset[str]
) -> Iterable[str]:
    """One line for every cycle, its revisions in order."""
    left = {id_: set(requires[id_]) - sound for id_ in by_id if id_ not in sound}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            cycle: list[str] = error.args[1]
            yield "revisions form a cycle: " + " -> ".join(by_id[id_].name for id_ in cycle)
            left = {id_: rest - set(cycle) for id_, rest in left.items() if id_ not in cycle}
        else:
            return


def _inverse(edges: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    inverse: dict[str, list[str]] = defaultdict(list)
    for id_, targets in edges.items():
        for target in targets:
            inverse[target].append(id_)
    return {id_: tuple(inverse[id_]) for id_ in edges}


def _closure(ids: Iterable[str], step: Callable[[str], Iterable[str]]) -> frozenset[str]:
    seen: set[str] = set()
    queue = list(ids)
    while queue:
        id_ = queue.pop()
        if id_ not in seen:
            seen.add(id_)
            queue.extend(step(id_))
    return frozenset(seen)
