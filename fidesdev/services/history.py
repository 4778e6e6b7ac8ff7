"""Reading the revisions of a checkout, and where a database stands among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Plan, plan_upgrade
from fidesdev.core.reports import (
    DatabaseReport,
    GitReport,
    RevisionDetail,
    RevisionList,
    RevisionReport,
    StatusReport,
    UnknownRow,
)
from fidesdev.core.target import Destination, parse_target, resolve
from fidesdev.errors import AmbiguousRevision, InvalidTarget
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.core.recovery import FoundSource


def status(workspace: Workspace) -> StatusReport:
    """Where the database stands; rows that no file has are told, not refused."""
    from fidesdev.adapters.git import read_checkout
    from fidesdev.services.unsettled import unsettled

    recorded, graph = workspace.recorded(), workspace.graph
    unknown = recorded.rows - graph.revisions.keys()
    known = recorded.rows - unknown
    whole, sources = _whole(workspace, recorded.rows)
    to = Destination(graph.heads, frozenset(graph.revisions))
    plan = plan_upgrade(whole, recorded.rows & whole.revisions.keys(), to)
    pending = tuple(step.revision for step in plan.steps)
    checkout = read_checkout(workspace.settings.project)
    url = workspace.database
    named = (*graph.heads, *known, *pending)
    return StatusReport(
        database=DatabaseReport(
            str(url),
            url.backend,
            recorded.server_version,
            workspace.is_embedded,
            recorded.is_replica,
            recorded.is_pooled,
        ),
        current=tuple(sorted(recorded.rows)),
        heads=tuple(sorted(graph.heads)),
        pending=pending,
        unknown=tuple(_unknown(id_, sources.get(id_)) for id_ in sorted(unknown)),
        redundant=tuple(sorted(plan.redundant)),
        at_heads=not (unknown or pending or plan.redundant),
        git=GitReport(checkout.branch, checkout.commit, checkout.dirty) if checkout else None,
        messages={id_: graph.revisions[id_].message for id_ in named},
        unsettled=unsettled(workspace, recorded.rows),
    )


def current(workspace: Workspace) -> RevisionList:
    """The rows of the version table as they are."""
    rows, graph = workspace.recorded().rows, workspace.graph
    unknown = rows - graph.revisions.keys()
    found: Mapping[str, FoundSource] = {}
    if unknown:
        from fidesdev.services.unknown import sources

        found = sources(workspace, unknown)
    return RevisionList(tuple(_row(graph, id_, found.get(id_)) for id_ in sorted(rows)))


def heads(workspace: Workspace, *, applied: bool = False) -> RevisionList:
    """The heads of this checkout, in the order of the graph."""
    graph = workspace.graph
    return _listed(workspace, (id_ for id_ in graph.order if id_ in graph.heads), applied=applied)


def history(workspace: Workspace, span: str = ":", *, applied: bool = False) -> RevisionList:
    """The revisions of a range `A:B`, newest first; `A` and `B` themselves are listed too.

    Only a range that begins or ends relative to the database (`-3:`, `current:`) asks it.
    """
    return _listed(workspace, revisions_between(workspace, span), applied=applied)


def revisions_between(workspace: Workspace, span: str) -> tuple[str, ...]:
    """The ids of a range `A:B` with both ends, newest first."""
    start, end = _range(span)
    graph = workspace.graph
    wanted = graph.ancestors(_ends(workspace, end or "heads"))
    if start:
        from_ids = _ends(workspace, start)
        wanted &= graph.descendants(from_ids) if from_ids else wanted
    return tuple(id_ for id_ in reversed(graph.order) if id_ in wanted)


def show(workspace: Workspace, rev: str, *, applied: bool = False) -> RevisionDetail:
    """Everything about one revision."""
    from fidesdev.adapters.git import last_commit

    ids = _ends(workspace, rev)
    if len(ids) != 1:
        raise AmbiguousRevision(rev, tuple(sorted(ids))) if ids else InvalidTarget(rev)
    (id_,) = ids
    project, path = workspace.settings.project, workspace.graph.revisions[id_].path
    (report,) = _listed(workspace, [id_], applied=applied).revisions
    up, down, problem = _rendered(workspace, id_)
    return RevisionDetail(
        revision=report,
        commit=last_commit(project, path),
        source=(project / path).read_bytes().decode("utf-8", errors="replace"),
        upgrade_sql=up,
        downgrade_sql=down,
        sql_problem=problem,
    )


def _whole(
    workspace: Workspace, rows: frozenset[str]
) -> tuple[RevisionGraph, Mapping[str, FoundSource]]:
    """The graph with what is found of unknown revisions, and where that was found."""
    if rows <= workspace.graph.revisions.keys():
        return workspace.graph, {}
    from fidesdev.services.unknown import glance

    recovered = glance(workspace, rows)
    return recovered.graph, recovered.sources


def _rendered(workspace: Workspace, id_: str) -> tuple[str | None, str | None, str | None]:
    """The SQL of both directions, and why there is none where a script needs a live database."""
    from fidesdev.adapters.runner import open_runner
    from fidesdev.core.planner import Direction, Step
    from fidesdev.services.moves import scripts_of

    graph = workspace.graph
    parents = graph.tips(frozenset(graph.requires[id_]))
    scripts = scripts_of(graph, workspace.settings.project)
    below, at = parents, frozenset({id_})
    texts: dict[Direction, str | None] = {}
    problem = None
    with open_runner(workspace.offline_environment) as runner:
        for direction, before, after in ((Direction.UP, below, at), (Direction.DOWN, at, below)):
            plan = Plan(before, after, (Step(direction, id_, tuple(sorted(parents))),))
            text, failure = runner.render(plan, scripts)
            texts[direction] = None if failure else text
            problem = failure.message if failure else problem
    return texts[Direction.UP], texts[Direction.DOWN], problem


def _range(span: str) -> tuple[str, str]:
    start, colon, end = span.partition(":")
    if ":" in end:
        raise InvalidTarget(span)
    return (start, end) if colon else ("", start)


def _ends(workspace: Workspace, rev: str) -> frozenset[str]:
    target = parse_target(rev)
    rows: frozenset[str] = frozenset()
    if target.anchor == "current":
        rows = workspace.recorded().rows & workspace.graph.revisions.keys()
    return resolve(target, workspace.graph, rows).ids


def _listed(workspace: Workspace, ids: Iterable[str], *, applied: bool) -> RevisionList:
    graph, have = workspace.graph, None
    if applied:
        rows = workspace.recorded().rows
        union, _sources = _whole(workspace, rows)
        have = union.ancestors(rows & union.revisions.keys())
    return RevisionList(tuple(_known(graph, id_, have) for id_ in ids))


def _row(graph: RevisionGraph, id_: str, found: FoundSource | None) -> RevisionReport:
    if id_ in graph.revisions:
        return _known(graph, id_, frozenset({id_}))
    place = found.place if found else None
    return RevisionReport(id_, None, None, None, None, None, None, None, None, place)


def _unknown(id_: str, found: FoundSource | None) -> UnknownRow:
    if found is None:
        return UnknownRow(id_)
    revision = found.revision
    told = (found.commit, found.author, found.date, found.branch, found.note)
    return UnknownRow(id_, found.place, revision.path or None, revision.message, *told)


def _known(graph: RevisionGraph, id_: str, applied: frozenset[str] | None) -> RevisionReport:
    revision = graph.revisions[id_]
    return RevisionReport(
        id=id_,
        parents=revision.parents,
        depends_on=revision.depends_on,
        labels=revision.labels,
        message=revision.message,
        path=revision.path,
        created=revision.created,
        is_head=id_ in graph.heads,
        applied=None if applied is None else id_ in applied,
    )
