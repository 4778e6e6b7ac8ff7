"""Revisions that a database has and this checkout has not: where their sources are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING

from fidesdev.core.recovery import (
    FoundSource,
    Lookup,
    Recovered,
    first_of,
    from_journal,
    recover,
)
from fidesdev.errors import DatabaseUnavailable, SourceNotFound, UnknownApplied
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.objects import SourceSearch
    from fidesdev.core.journal import JournalSource

SECONDS = 30.0
"""The longest search for what is needed."""
GLANCE = 4.0
"""The longest search for what is merely told."""


def sources(
    workspace: Workspace, ids: Collection[str], *, seconds: float = GLANCE
) -> dict[str, FoundSource]:
    """Where the source of each unknown revision is; what is not found in time is left out."""
    if not ids:
        return {}
    lookup, _search = _lookup(workspace, seconds)
    return dict(lookup(frozenset(ids)))


def glance(workspace: Workspace, rows: frozenset[str]) -> Recovered:
    """As `recovered`, but quick, and it never fails: what is missing is not in the graph."""
    unknown = rows - workspace.graph.revisions.keys()
    if not unknown:
        return Recovered(workspace.graph)
    lookup, _search = _lookup(workspace, GLANCE)
    return recover(workspace.graph, unknown, lookup)


def recovered(workspace: Workspace, rows: frozenset[str]) -> Recovered:
    """The checkout's graph with the unknown revisions among `rows` and what they are written on.

    Raises `SourceNotFound` where one of them is nowhere.
    """
    graph = workspace.graph
    unknown = rows - graph.revisions.keys()
    if not unknown:
        return Recovered(graph)
    lookup, search = _lookup(workspace, SECONDS)
    joined = recover(graph, unknown, lookup)
    if joined.missing:
        places = {id_: joined.place(id_) for id_ in unknown}
        searched = tuple(_searched(workspace, search))
        advice = f"{search.problem.hint} " if search.problem and search.problem.hint else ""
        raise SourceNotFound(
            unknown, places, missing=joined.missing, searched=searched, advice=advice
        )
    return joined


def known(workspace: Workspace, rows: frozenset[str]) -> frozenset[str]:
    """The rows, once each is known to have a file; raises `UnknownApplied` telling where it is."""
    if unknown := rows - workspace.graph.revisions.keys():
        places = {id_: found.place for id_, found in sources(workspace, unknown).items()}
        raise UnknownApplied(unknown, places)
    return rows


def _lookup(workspace: Workspace, seconds: float) -> tuple[Lookup, SourceSearch]:
    from fidesdev.adapters.objects import SourceSearch
    from fidesdev.services.git_targets import USUAL_UPSTREAMS, repository

    kept = cache(partial(_kept, workspace))
    search = SourceSearch(
        repository(workspace),
        workspace.alembic.version_locations,
        budget=seconds,
        project=workspace.settings.project,
        upstreams=(workspace.settings.tool.upstream or "", *USUAL_UPSTREAMS),
        kept=kept,
    )
    return first_of([from_journal(kept), search.find]), search


def _kept(workspace: Workspace, id_: str) -> JournalSource | None:
    """What the journal kept; one that does not answer now has nothing."""
    from fidesdev.services.journal import journal_source

    try:
        return journal_source(workspace, id_)
    except DatabaseUnavailable:
        return None


def _searched(workspace: Workspace, search: SourceSearch) -> Iterator[str]:
    from fidesdev.adapters.git import is_shallow
    from fidesdev.services.git_targets import repository

    if workspace.settings.tool.journal != "off":
        yield "the journal"
    yield from search.searched
    if is_shallow(repository(workspace)):
        yield "and no more, in a shallow clone: 'git fetch --unshallow' brings the rest"
    if search.problem:
        yield f"and then {search.problem}"
