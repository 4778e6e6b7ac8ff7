"""Writing revision files, by Alembic's own templates and hooks."""

from __future__ import annotations

import os
from typing import Any

from fidesdev.adapters.runner import Failure, open_runner
from fidesdev.core.reports import NewRevision
from fidesdev.core.target import parse_target, resolve
from fidesdev.errors import AmbiguousRevision, EnvFailed, RunnerMissing, UsageError
from fidesdev.services.hooks import refresh_head_file
from fidesdev.services.workspace import Workspace


def revision(
    workspace: Workspace,
    message: str,
    *,
    head: str = "head",
    autogenerate: bool = False,
    dry_run: bool = False,
) -> NewRevision:
    """A new revision on the head, or on the one of several that `head` names; `base`: on none.

    Raises `AmbiguousRevision` where more than one is meant, `UsageError` for what is no head.
    """
    parents = _parents(workspace, head)
    if dry_run:
        return NewRevision(None, tuple(parents), None, message, executed=False)
    on = next(iter(parents), "base")
    arguments = {"message": message, "autogenerate": autogenerate, "head": on}
    return _write(workspace, "revision", arguments, parents, message)


def merge_heads(
    workspace: Workspace, message: str | None = None, *, dry_run: bool = False
) -> NewRevision:
    """A revision that joins all heads; with one head nothing is written."""
    heads = workspace.graph.heads
    if len(heads) < 2:  # noqa: PLR2004 - it takes two to merge
        note = f"There is nothing to merge: {', '.join(heads) or 'base'} is the only head."
        return NewRevision(None, tuple(heads), None, None, executed=False, note=note)
    text = message or f"merge {', '.join(sorted(heads))}"
    if dry_run:
        return NewRevision(None, tuple(sorted(heads)), None, text, executed=False)
    arguments = {"revisions": sorted(heads), "message": text}
    return _write(workspace, "merge", arguments, heads, text)


def _parents(workspace: Workspace, head: str) -> frozenset[str]:
    """What a new revision is written on: one head, or nothing."""
    graph = workspace.graph
    parents = graph.heads
    if head not in {"head", "heads"}:
        parents = resolve(parse_target(head), graph, frozenset()).ids
    if len(parents) > 1:
        ids = tuple(sorted(parents))
        hint = f"Name one of {', '.join(ids)} with '--head ID', or join them with"
        raise AmbiguousRevision(head, ids, hint=f"{hint} 'fidesdev db merge-heads'.")
    if parents - graph.heads:
        (id_,) = parents
        raise UsageError(f"{id_} is no head", hint="List the heads with 'fidesdev db heads'.")
    return parents


def _write(
    workspace: Workspace,
    operation: str,
    arguments: dict[str, Any],
    parents: frozenset[str],
    message: str,
) -> NewRevision:
    with open_runner(workspace.environment) as runner:
        written, failure = runner.write_revision(operation, arguments)
    if failure:
        raise _refused(workspace, failure)
    if not written:
        note = "Nothing to write: env.py found no difference and asked for no file."
        return NewRevision(None, tuple(sorted(parents)), None, message, executed=False, note=note)
    (file,) = written
    refresh_head_file(workspace, (workspace.graph.heads - parents) | {file.revision})
    path = os.path.relpath(file.path, workspace.settings.project)
    return NewRevision(file.revision, tuple(sorted(parents)), path, message, executed=True)


def _refused(workspace: Workspace, failure: Failure) -> Exception:
    if failure.missing_module:
        return RunnerMissing(failure.missing_module, str(workspace.alembic.path))
    return EnvFailed(
        f"Alembic wrote no revision: {failure.message}",
        hint="See where the database stands with 'fidesdev db status'.",
        kind=failure.kind,
        traceback=failure.traceback,
    )
