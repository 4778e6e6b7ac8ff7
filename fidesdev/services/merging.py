"""What joining heads is about: which ones, what their sides touch, whether their order matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fidesdev.core.checks_graph import rival_heads
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.merge_reports import Overlap, Side, Verification, overlaps
from fidesdev.core.schema import Catalog
from fidesdev.core.target import parse_target, resolve
from fidesdev.core.touches import Touch, touches
from fidesdev.errors import AmbiguousRevision, FidesdevError, MigrationError
from fidesdev.services import migrations
from fidesdev.services.own_revisions import read_sides
from fidesdev.services.scratch import scratch_workspace
from fidesdev.services.workspace import Workspace


def chosen_heads(graph: RevisionGraph, revs: Sequence[str]) -> tuple[str, ...]:
    """What is to be joined: the named revisions, else the heads of one lineage and label.

    Empty where there is nothing to join. Raises `AmbiguousRevision` where several lineages have
    several heads, and what `parse_target` and `resolve` raise.
    """
    if revs:
        found = (resolve(parse_target(rev), graph, frozenset()).ids for rev in revs)
        return tuple(sorted(graph.tips(graph.ancestors(frozenset().union(*found)))))
    groups = [tuple(sorted(heads)) for heads in rival_heads(graph)]
    if len(groups) > 1:
        raise AmbiguousRevision("heads", tuple(" ".join(heads) for heads in groups))
    return groups[0] if groups else ()


def touched_by_both(workspace: Workspace, heads: Iterable[str]) -> tuple[Overlap, ...]:
    """The tables, columns, types and indexes that more than one side touches."""
    graph = workspace.graph
    below = {head: graph.ancestors({head}) for head in heads}
    sides: dict[str, Side] = {}
    for head, ids in below.items():
        others = [other for name, other in below.items() if name != head]
        only = ids - frozenset.intersection(*others) if others else ids
        sides[head] = {id_: _touched(workspace, id_) for id_ in graph.order if id_ in only}
    return overlaps(sides)


def _touched(workspace: Workspace, id_: str) -> tuple[str, Sequence[Touch]]:
    path = workspace.graph.revisions[id_].path
    return path, touches((workspace.settings.project / path).read_bytes())


def advice(workspace: Workspace, heads: Iterable[str]) -> str | None:
    """That a rebase would do better, where a whole side is published nowhere."""
    try:
        sides = read_sides(workspace)
    except FidesdevError:
        return None  # no upstream, no repository: nobody can tell what is published
    graph, own = workspace.graph, {one.id for one in sides.own}
    mine = sorted(head for head in heads if head in own)
    theirs = [head for head in heads if head not in own]
    if not mine or (not theirs and len(mine) > 1 and not sides.ahead):
        return None
    shared = graph.ancestors(theirs)
    count = len((graph.ancestors(mine) - shared) & own)
    return (
        f"{', '.join(mine)} ({count} revision{'s' * (count > 1)}) is not on {sides.ref}: "
        "'fidesdev db rebase' puts it on top instead, without a merge revision."
    )


def verify(workspace: Workspace, heads: Sequence[str]) -> Verification:
    """The schemas that the sides make in both orders, each on a new database of the same server."""
    orders = (tuple(heads), tuple(reversed(heads)))
    made = [_schema(workspace, order) for order in orders]
    failed = tuple(reason for reason in made if isinstance(reason, str))
    if failed:
        return Verification(orders, failed)
    first, second = (catalog.objects for catalog in made if not isinstance(catalog, str))
    names = [" then ".join(order) for order in orders]
    differences = (
        *(f"only {names[0]}: {one}" for one in sorted(first - second)),
        *(f"only {names[1]}: {one}" for one in sorted(second - first)),
    )
    return Verification(orders, differences)


def _schema(workspace: Workspace, order: Sequence[str]) -> Catalog | str:
    """What the upgrades make one after the other, or how one of them failed."""
    from fidesdev.adapters.catalog import read_catalog

    with scratch_workspace(workspace) as (scratch, _database):
        for head in order:
            try:
                migrations.execute(migrations.upgrade(scratch, head))
            except MigrationError as error:
                return f"{' then '.join(order)}: {error}"
        return read_catalog(scratch.database)
