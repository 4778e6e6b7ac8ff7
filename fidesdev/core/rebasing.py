"""Which revisions get another parent when a branch's own ones move onto what upstream has now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from fidesdev.core.checks_graph import labels_under
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.errors import AmbiguousRevision


@dataclass(frozen=True, slots=True)
class ParentChange:
    """One revision whose header is to change."""

    revision: str
    old_parents: tuple[str, ...]
    new_parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rebase:
    """What moves where."""

    onto: frozenset[str]
    """The revisions that the own ones are to stand on."""
    moves: tuple[ParentChange, ...]
    """Lower revisions first; empty where the own revisions stand there already."""
    superfluous: tuple[str, ...] = ()
    """Own merge revisions with one parent left: what they joined is joined already."""


def own_revisions(ours: Iterable[str], upstream: Iterable[str]) -> frozenset[str]:
    """The revisions of a checkout that upstream does not have."""
    return frozenset(ours) - frozenset(upstream)


def plan_rebase(graph: RevisionGraph, own: Iterable[Revision], onto: Collection[str]) -> Rebase:
    """The new parents of `own`, so that they stand on `onto`: upstream's heads, or what is named.

    `graph` is what stays: upstream's. Links between own revisions stay too; a parent that is not
    own, be it in the graph or gone, becomes the member of `onto` that goes on from it. Of several
    own branches that nothing joins, each is put on top of the one before, unless it carries a
    label. Lineages that `onto` has no part of stay as they are.

    Raises `AmbiguousRevision` where two members of `onto` go on from a parent, and `GraphError`
    where the own revisions contradict each other.
    """
    written = {revision.id: revision for revision in own}
    inner = RevisionGraph.build(_inner(one, written) for one in written.values())
    parents = _retargeted(graph, inner, written, frozenset(onto))
    for branch, below, on_top_of in _stacked(inner, written, parents):
        for id_ in branch:
            parents[id_] = tuple(on_top_of if one == below else one for one in parents[id_])
    _drop_implied(graph, inner, parents)
    moves = tuple(
        ParentChange(id_, written[id_].parents, parents[id_])
        for id_ in inner.order
        if parents[id_] != written[id_].parents
    )
    superfluous = (
        one.revision for one in moves if len(one.new_parents) == 1 < len(one.old_parents)
    )
    return Rebase(frozenset(onto), moves, tuple(superfluous))


def rebased(graph: RevisionGraph, own: Iterable[Revision], rebase: Rebase) -> RevisionGraph:
    """What is there once they have moved; raises `GraphError` if they cannot stand so."""
    new = {change.revision: change.new_parents for change in rebase.moves}
    moved = (replace(one, parents=new.get(one.id, one.parents)) for one in own)
    return RevisionGraph.build([*graph.revisions.values(), *moved])


def _inner(revision: Revision, own: Collection[str]) -> Revision:
    """The revision with its links to own ones alone."""
    parents = tuple(parent for parent in revision.parents if parent in own)
    needs = tuple(need for need in revision.depends_on if need in own)
    return replace(revision, parents=parents, depends_on=needs)


def _retargeted(
    graph: RevisionGraph,
    inner: RevisionGraph,
    written: Mapping[str, Revision],
    onto: frozenset[str],
) -> dict[str, tuple[str, ...]]:
    """The parents of each own revision, upstream's ones exchanged for members of `onto`."""
    targets: dict[str, str] = {}
    under = labels_under(graph)
    parents: dict[str, tuple[str, ...]] = {}
    for id_ in inner.order:
        for parent in written[id_].parents:
            if parent not in written and parent not in targets:
                targets[parent] = _target(graph, under, parent, onto)
        new = (targets.get(parent, parent) for parent in written[id_].parents)
        parents[id_] = tuple(dict.fromkeys(new))
    return parents


def _target(
    graph: RevisionGraph,
    under: Mapping[str, frozenset[str]],
    parent: str,
    onto: frozenset[str],
) -> str:
    """The member of `onto` that takes the place of a parent."""
    if parent not in graph.revisions:
        return _only(parent, onto)
    lineage = graph.lineage({parent})
    after = onto & _above(graph, parent)
    near = after or onto & lineage
    if not near:
        return parent
    same = frozenset(one for one in near if under[one] == under[parent])
    return _only(parent, near if len(near) == 1 else same or near)


def _only(parent: str, candidates: frozenset[str]) -> str:
    if len(candidates) != 1:
        raise AmbiguousRevision(f"the successor of {parent}", tuple(sorted(candidates)))
    return next(iter(candidates))


def _above(graph: RevisionGraph, id_: str) -> frozenset[str]:
    """The revision and all that is written on it, directly or not."""
    above, waiting = {id_}, [id_]
    while waiting:
        new = graph.children({waiting.pop()}) - above
        above |= new
        waiting += new
    return frozenset(above)


def _stacked(
    inner: RevisionGraph,
    written: Mapping[str, Revision],
    parents: Mapping[str, tuple[str, ...]],
) -> Iterator[tuple[frozenset[str], str, str]]:
    """Own branches that go on top of others: the branch, what it stood on, what it stands on."""
    branches: dict[str, list[frozenset[str]]] = defaultdict(list)
    for branch in _in_order(inner, written):
        outer = {one for id_ in branch for one in parents[id_] if one not in written}
        if len(outer) == 1 and not any(written[id_].labels for id_ in branch):
            branches[outer.pop()].append(branch)
    for target, several in branches.items():
        top = target
        for branch in several:
            if top != target:
                yield branch, target, top
            tips = branch & inner.heads
            top = next(iter(tips)) if len(tips) == 1 else top


def _in_order(inner: RevisionGraph, written: Mapping[str, Revision]) -> list[frozenset[str]]:
    """The own branches that nothing joins; those that others depend on, and older ones, first.

    One with several ends comes late, for nothing can stand on top of it.
    """
    branch_of: dict[str, frozenset[str]] = {}
    for id_ in inner.order:
        if id_ not in branch_of:
            branch_of.update(dict.fromkeys(branch := inner.lineage({id_}), branch))
    needs = {
        branch: {branch_of[need] for id_ in branch for need in inner.requires[id_]} - {branch}
        for branch in branch_of.values()
    }
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError:
        return []  # two branches need each other: neither can be below
    ordered: list[frozenset[str]] = []
    while ready := sorter.get_ready():
        ordered += sorted(ready, key=lambda branch: _age(branch, inner, written))
        sorter.done(*ready)
    return ordered


def _age(
    branch: frozenset[str], inner: RevisionGraph, written: Mapping[str, Revision]
) -> tuple[bool, str, int]:
    created = min(written[id_].created or "" for id_ in branch)
    first = min(inner.order.index(id_) for id_ in branch)
    return len(branch & inner.heads) > 1, created, first


def _drop_implied(
    graph: RevisionGraph, inner: RevisionGraph, parents: dict[str, tuple[str, ...]]
) -> None:
    """Leave out what another parent is written on by now; own links stay in any case."""
    below: dict[str, frozenset[str]] = {}

    def under(id_: str) -> frozenset[str]:
        if id_ in below:
            return below[id_]
        return _below(graph, id_) if id_ in graph.revisions else frozenset()

    for id_ in _upwards(parents):
        own = inner.revisions[id_].parents
        kept = tuple(
            one
            for one in parents[id_]
            if one in own or not any(one in under(x) for x in parents[id_] if x != one)
        )
        parents[id_] = kept
        below[id_] = frozenset(kept).union(*(under(one) for one in kept))


def _upwards(parents: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """The own revisions, each after those it stands on."""
    links = {id_: [one for one in new if one in parents] for id_, new in parents.items()}
    return TopologicalSorter(links).static_order()


def _below(graph: RevisionGraph, id_: str) -> frozenset[str]:
    """All that the revision is written on, directly or not."""
    found: set[str] = set()
    waiting = [id_]
    while waiting:
        new = graph.parents({waiting.pop()}) - found
        found |= new
        waiting += new
    return frozenset(found)
