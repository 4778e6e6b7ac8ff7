"""The live schema beside what its revisions make on a scratch database, and the models too."""

from __future__ import annotations

from fidesdev.adapters.catalog import read_catalog
from fidesdev.core.checks import CheckReport, Explanations, Skipped, explained
from fidesdev.core.drift import DRIFTS, model_findings, schema_findings
from fidesdev.core.findings import Finding
from fidesdev.core.planner import plan_goto
from fidesdev.core.recovery import Recovered
from fidesdev.core.reports import Listener, ignore
from fidesdev.core.target import Destination
from fidesdev.errors import ConfigError, UsageError
from fidesdev.services import migrations
from fidesdev.services.model_checking import compared
from fidesdev.services.moves import Move
from fidesdev.services.scratch import scratch_workspace
from fidesdev.services.unknown import recovered
from fidesdev.services.workspace import Workspace

MODELS = ("models-drift", "models-live-drift")


def drift(workspace: Workspace, *, models: bool = True, on_event: Listener = ignore) -> CheckReport:
    """What differs between the database, what its applied revisions make, and the models.

    The revisions run on a scratch database of the same server; the workspace's own is only read.
    Revisions that the checkout does not have are recovered as `db sync` would. Without `models`,
    or where env.py names none, those are left out.
    """
    rows = workspace.recorded().rows
    standing = recovered(workspace, rows)
    skipped: list[Skipped] = []
    with scratch_workspace(workspace) as (beside, scratch):
        migrations.execute(_way(beside, rows, standing), on_event=on_event)
        left_out = (workspace.version_table,)
        made = read_catalog(scratch.url, left_out)
        findings = list(schema_findings(made, read_catalog(workspace.database, left_out)))
        if models:
            try:
                findings += _model_findings(workspace, beside, rows, on_event)
            except ConfigError as error:
                skipped.append(Skipped(MODELS, f"{error}; {error.hint}"))
    left = {code for one in skipped for code in one.codes}
    wanted = [code for code in DRIFTS if code not in left and (models or code not in MODELS)]
    return CheckReport(
        findings=tuple(findings),
        checked=tuple(wanted),
        skipped=tuple(skipped),
        revisions=len(standing.graph.ancestors(rows)),
    )


def explanations(code: str) -> Explanations:
    """What the code means, or `all` of them; raises `UsageError` for an unknown one."""
    if code != "all" and code not in DRIFTS:
        raise UsageError(
            f"there is no finding {code!r}",
            hint="See them all with 'fidesdev db drift --explain all'.",
            known=list(DRIFTS),
        )
    return explained(one for one in DRIFTS.values() if code in {"all", one.code})


def _way(beside: Workspace, rows: frozenset[str], standing: Recovered) -> Move:
    """From nothing to what the database has."""
    recorded, graph = beside.recorded(), standing.graph
    to = Destination(rows, frozenset(graph.revisions))
    plan = plan_goto(graph, recorded.rows, to)
    return Move(beside, plan, recorded, command="db drift", recovered=standing)


def _model_findings(
    workspace: Workspace, beside: Workspace, rows: frozenset[str], on_event: Listener
) -> list[Finding]:
    """The models beside all revisions, and beside the database if that has all of them."""
    migrations.execute(migrations.goto(beside, "heads"), on_event=on_event)
    made = compared(beside)
    live = compared(workspace) if rows == workspace.graph.heads else None
    return list(model_findings(made, live))
