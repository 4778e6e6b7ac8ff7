"""Which revisions a verb looks at: a range, or those that upstream does not have."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from fidesdev.core.graph import Revision
from fidesdev.errors import GitUnavailable, UpstreamMissing
from fidesdev.services.history import revisions_between
from fidesdev.services.own_revisions import read_sides
from fidesdev.services.workspace import Workspace


def selected(
    workspace: Workspace, span: str | None = None
) -> tuple[tuple[Revision, ...], str | None]:
    """The revisions of a range `A:B`, or one's own, as they are applied; the ref they are beside.

    One's own are all where there is no upstream.
    """
    graph, against = workspace.graph, None
    ids: Collection[str] = graph.revisions
    if span is not None:
        ids = revisions_between(workspace, span)
    else:
        with suppress(UpstreamMissing, GitUnavailable):
            sides = read_sides(workspace)
            ids, against = {one.id for one in sides.own}, sides.ref
    order = graph.descending(frozenset(graph.revisions))[::-1]
    return tuple(graph.revisions[id_] for id_ in order if id_ in ids), against
