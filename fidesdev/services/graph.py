"""The revision graph to look at: its lanes, what the database has of it, and who wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.graph_reports import APPLIED, PENDING, UNKNOWN, GraphNode, GraphReport
from fidesdev.core.lanes import drawing_order, lay_out
from fidesdev.errors import GitUnavailable
from fidesdev.services.history import revisions_between
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.core.recovery import FoundSource
    from fidesdev.core.why import Commit


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of each revision beside its header."""

    applied: bool = False
    """Whether the database has it; what it has beyond the checkout is drawn then too."""
    authors: bool = False
    """Who brought its file when, and on which branch: git takes seconds in a long history."""
    sources: bool = False
    """The text of its file."""


def graph(
    workspace: Workspace, span: str = ":", *, told: Told | None = None, limit: int | None = None
) -> GraphReport:
    """The revisions of a range `A:B` in lanes, newest first; at most `limit` of them."""
    told = told or Told()
    standing = _standing(workspace) if told.applied else _Standing(workspace.graph)
    shown = _chosen(workspace, standing.graph, span)
    order = [id_ for id_ in drawing_order(standing.graph) if id_ in shown]
    layout = lay_out(standing.graph, order[:limit])
    nodes = [_node(workspace, standing, id_, lane) for id_, lane in layout.lanes.items()]
    if told.authors:
        nodes = _authored(workspace, nodes)
    if told.sources:
        nodes = [replace(node, source=_source(workspace, standing, node)) for node in nodes]
    return GraphReport(
        nodes=tuple(nodes),
        edges=layout.edges,
        lanes=layout.width,
        older=len(order) - len(nodes),
        database=str(workspace.database) if told.applied else None,
    )


def write(path: Path, text: str) -> None:
    """The text in a file, which appears when it is whole; raises `FileNotWritten`."""
    from fidesdev.adapters.output_files import opened_target

    with opened_target(path, lambda _bytes: None, private=False) as target:
        target.write(text.encode("utf-8", errors="replace"))


@dataclass(frozen=True)
class _Standing:
    """The checkout's graph with what else the database has, and how much of it that is."""

    graph: RevisionGraph
    rows: frozenset[str] | None = None
    applied: frozenset[str] = frozenset()
    sources: Mapping[str, FoundSource] | None = None


def _standing(workspace: Workspace) -> _Standing:
    from fidesdev.services.unknown import glance

    rows = workspace.recorded().rows
    found = glance(workspace, rows)
    lost = rows - found.graph.revisions.keys()
    union = found.graph
    if lost:
        bare = (Revision(id_) for id_ in sorted(lost))
        union = RevisionGraph.build([*union.revisions.values(), *bare])
    return _Standing(union, rows, union.ancestors(rows), found.sources)


def _chosen(workspace: Workspace, union: RevisionGraph, span: str) -> frozenset[str]:
    """The ids of the range; where it has no end, with what the database has beyond it."""
    shown = frozenset(revisions_between(workspace, span))
    start, colon, end = span.partition(":")
    beyond = union.revisions.keys() - workspace.graph.revisions.keys()
    if end or not colon:
        return shown
    return shown | (union.descendants(shown) & beyond if start else beyond)


def _node(workspace: Workspace, standing: _Standing, id_: str, lane: int) -> GraphNode:
    revision, found = standing.graph.revisions[id_], (standing.sources or {}).get(id_)
    node = GraphNode(
        id=id_,
        lane=lane,
        parents=revision.parents,
        depends_on=revision.depends_on,
        labels=revision.labels,
        message=revision.message,
        path=revision.path or None,
        created=revision.created,
        is_head=id_ in workspace.graph.heads,
    )
    if standing.rows is None:
        return node
    state = APPLIED if id_ in standing.applied else PENDING
    node = replace(node, state=state, is_current=id_ in standing.rows)
    if id_ in workspace.graph.revisions:
        return node
    if found is None:
        return replace(node, state=UNKNOWN)
    return replace(
        node,
        state=UNKNOWN,
        place=found.place,
        commit=found.commit,
        author=found.author,
        date=found.date,
        branch=found.branch,
    )


def _authored(workspace: Workspace, nodes: list[GraphNode]) -> list[GraphNode]:
    """The nodes with what git knows of their files; as they are where it knows nothing."""
    from fidesdev.adapters.authorship import added_by
    from fidesdev.adapters.git import read_checkout
    from fidesdev.services.git_targets import repository
    from fidesdev.services.why import beyond_upstream

    own = [node for node in nodes if node.path and node.state != UNKNOWN]
    files = {node.id: workspace.settings.project / str(node.path) for node in own}
    folder = repository(workspace)
    try:
        commits = added_by(folder, files.values())
        beyond, base = beyond_upstream(workspace, folder)
    except GitUnavailable:
        return nodes
    checkout = read_checkout(folder)
    known = {id_: commits[file] for id_, file in files.items() if file in commits}
    here = checkout.branch if checkout else None

    def authored(node: GraphNode, commit: Commit) -> GraphNode:
        is_own = commit.id in beyond
        return replace(
            node,
            commit=commit.id,
            author=commit.author,
            date=commit.date,
            branch=here if is_own or base is None else base,
            is_own=None if base is None else is_own,
        )

    return [authored(node, known[node.id]) if node.id in known else node for node in nodes]


def _source(workspace: Workspace, standing: _Standing, node: GraphNode) -> str | None:
    if found := (standing.sources or {}).get(node.id):
        return found.source.decode("utf-8", errors="replace")
    if node.path is None:
        return None
    path = workspace.settings.project / node.path
    return path.read_bytes().decode("utf-8", errors="replace")
