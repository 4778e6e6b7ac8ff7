"""What git makes of a REV: `git:REF`, `merge-base`, and the upstream branch behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.recovery import Recovered, join
from fidesdev.core.target import Target
from fidesdev.errors import GraphError, UnknownRevision, UpstreamMissing
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.trees import TreeRevision

USUAL_UPSTREAMS = ("origin/main", "origin/master", "main", "master")
"""Tried in this order where neither the settings nor the remote name one."""


def with_git_target(
    workspace: Workspace, target: Target, standing: Recovered
) -> tuple[Recovered, frozenset[str]]:
    """What the target names, and the graph with the revisions that are only at that ref.

    Raises `UnknownRef`, `UpstreamMissing`, `GitUnavailable` or `GraphError`.
    """
    if target.git_ref is None:
        return standing, shared_with_upstream(workspace)
    there = _tree(workspace, target.git_ref)
    heads = RevisionGraph.build(one.revision for one in there).heads
    return _joined(workspace, target.git_ref, there, standing), heads


def shared_with_upstream(workspace: Workspace) -> frozenset[str]:
    """The heads of what this checkout and upstream both have."""
    ref, graph = upstream(workspace), workspace.graph
    theirs = {one.revision.id for one in _tree(workspace, ref)}
    foreign = graph.descendants(graph.revisions.keys() - theirs)
    shared = graph.revisions.keys() - foreign
    if not shared:
        raise UnknownRevision("merge-base", reason=f"{ref} has no revision of this checkout")
    return graph.tips(frozenset(shared))


def upstream(workspace: Workspace) -> str:
    """The branch that revisions are merged into; raises `UpstreamMissing`."""
    from fidesdev.adapters.git import commit_of, remote_default

    folder, configured = repository(workspace), workspace.settings.tool.upstream
    default = None if configured else remote_default(folder)
    tried = (configured,) if configured else (default, *USUAL_UPSTREAMS)
    for ref in filter(None, tried):
        if commit_of(folder, ref):
            return ref
    raise UpstreamMissing(configured, USUAL_UPSTREAMS)


def repository(workspace: Workspace) -> Path:
    """A folder of the repository that the revisions are kept in, which may be a submodule."""
    locations = workspace.alembic.version_locations
    near = locations[0] if locations else workspace.settings.project
    return next(folder for folder in (near, *near.parents) if folder.is_dir())


def _tree(workspace: Workspace, ref: str) -> list[TreeRevision]:
    from fidesdev.adapters.trees import revisions_at

    return revisions_at(
        repository(workspace),
        ref,
        workspace.alembic.version_locations,
        recursive=workspace.alembic.recursive,
        cache=workspace.settings.tool.data_dir / "objects.json",
    )


def _joined(
    workspace: Workspace, ref: str, there: list[TreeRevision], standing: Recovered
) -> Recovered:
    """The graph and sources that we stand on, with those that are only at the ref."""
    from fidesdev.adapters.trees import sources_at

    new = [one for one in there if one.revision.id not in standing.graph.revisions]
    if not new:
        return standing
    found = {**standing.sources, **sources_at(repository(workspace), ref, new)}
    joined = join(workspace.graph, found)
    if joined.missing:
        raise GraphError(tuple(dict.fromkeys(joined.missing.values())))
    return joined
