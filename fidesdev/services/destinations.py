"""What a REV means for one database: the checkout is asked, then git or the journal."""

from __future__ import annotations

from fidesdev.core.recovery import Recovered
from fidesdev.core.target import Destination, Target, resolve
from fidesdev.errors import UnknownRevision
from fidesdev.services.workspace import Workspace


def destination(
    workspace: Workspace, target: Target, rows: frozenset[str], standing: Recovered
) -> tuple[Recovered, Destination]:
    """Where the target is, in a graph that has it, for a database with `rows`.

    `standing` is the graph that knows all rows; the revisions that are only at a `git:REF` are
    joined to it. `heads`, labels and the like mean what they mean in the checkout, whatever the
    database has besides.
    """
    if target.git_ref is not None or target.is_merge_base:
        from fidesdev.services.git_targets import with_git_target

        standing, named = with_git_target(workspace, target, standing)
        return standing, resolve(target, standing.graph, rows, named=named)
    if target.is_previous:
        from fidesdev.services.journal import last_move
        from fidesdev.services.unknown import recovered

        named = frozenset(last_move(workspace, rows).before)
        standing = recovered(workspace, rows | named)
        return standing, resolve(target, standing.graph, rows, named=named)
    checkout = workspace.graph
    if target.anchor == "current" or standing.graph is checkout:
        return standing, resolve(target, standing.graph, rows)
    try:
        to = resolve(target, checkout, rows & checkout.revisions.keys())
    except UnknownRevision:
        return standing, resolve(target, standing.graph, rows)
    union = standing.graph
    scope = frozenset(union.revisions) if target.is_about_all else union.lineage(to.scope)
    return standing, Destination(to.ids, scope)
