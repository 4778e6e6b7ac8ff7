"""Writing revision files, by Alembic's own templates and hooks."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fidesdev.adapters.jobs import Failure
from fidesdev.adapters.runner import open_runner
from fidesdev.core.merge_reports import MergeReport
from fidesdev.core.reports import NewRevision
from fidesdev.core.target import parse_target, resolve
from fidesdev.errors import AmbiguousRevision, EnvFailed, NotWritten, UsageError
from fidesdev.services.generating import assert_comparable
from fidesdev.services.hooks import refresh_head_file
from fidesdev.services.merging import advice, chosen_heads, touched_by_both, verify
from fidesdev.services.outcomes import missing
from fidesdev.services.workspace import Workspace

_MAY_NOT = re.compile(r"\w+: \[Errno (?:13|30)\] (.+): '(.+\.py)'")
"""What Python says of a file in a folder of somebody else, or on a disk that is read-only."""


def revision(
    workspace: Workspace,
    message: str,
    *,
    head: str = "head",
    autogenerate: bool = False,
    dry_run: bool = False,
) -> NewRevision:
    """A new revision on the head, or on the one of several that `head` names; `base`: on none.

    Raises `AmbiguousRevision` where more than one is meant, `UsageError` for what is no head,
    and `AutogenerateRefused` where the database is not what the models are to be compared with.
    """
    parents = _parents(workspace, head)
    if autogenerate:
        assert_comparable(workspace)
    if dry_run:
        return NewRevision(None, tuple(parents), None, message, executed=False)
    on = next(iter(parents), "base")
    arguments = {"message": message, "autogenerate": autogenerate, "head": on}
    return _write(workspace, "revision", arguments, parents, message)


def merge_heads(
    workspace: Workspace,
    message: str | None = None,
    *,
    revs: Sequence[str] = (),
    verified: bool = False,
    force: bool = False,
    dry_run: bool = False,
) -> MergeReport:
    """A revision that joins the heads of a lineage, or `revs`; with one head nothing is written.

    Nothing is written either where the sides contradict each other, unless `force`. With
    `verified` both orders are tried on new databases first.
    Raises `AmbiguousRevision`, or what writing a revision raises.
    """
    heads = chosen_heads(workspace.graph, revs)
    if len(heads) < 2:  # noqa: PLR2004 - it takes two to merge
        return MergeReport(None, heads, None, None, executed=False, note=_nothing(workspace, heads))
    text = message or f"merge {', '.join(heads)}"
    report = _looked_at(workspace, heads, text, verified=verified)
    if report.has_conflict and not force:
        note = "Nothing was written: the sides contradict each other ('--force' writes it anyway)."
        return replace(report, note=note)
    if dry_run:
        return report
    arguments = {"revisions": list(heads), "message": text}
    made = _write(workspace, "merge", arguments, frozenset(heads), text)
    return replace(report, revision=made.revision, path=made.path, executed=made.executed)


def _looked_at(
    workspace: Workspace, heads: tuple[str, ...], message: str, *, verified: bool
) -> MergeReport:
    """What there is to say before anything is written."""
    return MergeReport(
        revision=None,
        parents=heads,
        path=None,
        message=message,
        executed=False,
        overlaps=touched_by_both(workspace, heads),
        verification=verify(workspace, heads) if verified else None,
        advice=advice(workspace, heads),
    )


def _nothing(workspace: Workspace, heads: Sequence[str]) -> str:
    """Why there is nothing to merge."""
    tips = sorted(heads or workspace.graph.heads)
    if len(tips) > 1:
        return (
            f"There is nothing to merge: {', '.join(tips)} are heads of independent branches; "
            f"to join them all the same: fidesdev db merge-heads {' '.join(tips)}"
        )
    return f"There is nothing to merge: {', '.join(tips) or 'base'} is the only head."


def _parents(workspace: Workspace, head: str) -> frozenset[str]:
    """What the new revision is to be written on."""
    graph = workspace.graph
    if head == "head" and len(graph.heads) > 1:
        heads = tuple(sorted(graph.heads))
        hint = (
            f"Say on which one with '--head ID' ({', '.join(heads)}), or join them with "
            "'fidesdev db merge-heads'."
        )
        raise AmbiguousRevision("head", heads, hint=hint)
    if head == "head":
        return graph.heads
    ids = resolve(parse_target(head), graph, frozenset()).ids
    if len(ids) > 1:
        raise AmbiguousRevision(head, tuple(sorted(ids)))
    if ids - graph.heads:
        raise UsageError(
            f"{', '.join(ids)} is no head",
            hint=f"The heads are {', '.join(sorted(graph.heads))}; see 'fidesdev db heads'.",
        )
    return ids


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
    if error := missing(workspace, failure):
        return error
    denied = _MAY_NOT.fullmatch(failure.message)
    if denied and not Path(denied[2]).exists():
        path = os.path.relpath(denied[2], workspace.settings.project)
        return NotWritten(path, denied[1].lower())
    return EnvFailed(
        f"Alembic wrote no revision: {failure.message}",
        hint="See where the database stands with 'fidesdev db status'.",
        kind=failure.kind,
        traceback=failure.traceback,
    )
