"""`fidesdev db log`, `undo`, `redo` and `stamp`: what is recorded, and changing just that."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import REV_HELP, Sql, app, carry_out
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import AlembicVerb, Mover, RevMover
from fidesdev.core.reports import StampReport
from fidesdev.errors import UsageError

SHOWN = 20
"""Moves that `db log` lists unless told otherwise."""


@app.command(cls=AlembicVerb)
def log(
    ctx: typer.Context,
    limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="The last N moves; 0 for all of them.")
    ] = SHOWN,
) -> None:
    """List the moves of the database, newest first: who, when, from where to where."""
    call = invocation(ctx)
    call.show(services.journal.log(call.workspace, limit or None))


@app.command(cls=Mover)
def undo(
    ctx: typer.Context,
    schema_only: Annotated[
        bool, typer.Option("--schema-only", help="Run the scripts back; leave the rows alone.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
) -> None:
    """Return to where the last command that changed the database started, with its data."""
    call = invocation(ctx)
    way = None if schema_only or sql else services.returning.undo(call.workspace)
    if way is None:
        move = services.undoing.undo(call.workspace)
        carry_out(call, move, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)
    elif dry_run:
        call.show(way.report)
    else:
        call.consent(way.loss, way.report, yes=yes, force_protected=force_protected)
        call.show(services.returning.execute(way, on_event=call.event))


@app.command(cls=Mover)
def redo(
    ctx: typer.Context,
    count: Annotated[
        int, typer.Argument(metavar="[N]", min=1, help="How many, the last applied first.")
    ] = 1,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
) -> None:
    """Downgrade and upgrade the last N revisions again."""
    call = invocation(ctx)
    move = services.undoing.redo(call.workspace, count)
    carry_out(call, move, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)


@app.command(cls=RevMover)
def stamp(
    ctx: typer.Context,
    rev: Annotated[str, typer.Argument(metavar="[REV]", help=REV_HELP)] = "",
    forget: Annotated[
        str, typer.Option(metavar="ID", help="Remove this one row, known or not, and nothing else.")
    ] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Write REV into the version table; run no script."""
    call = invocation(ctx)
    if bool(rev) == bool(forget):
        raise UsageError("give REV or --forget ID", hint="See 'fidesdev db stamp --help'.")
    write = services.stamping.forget if forget else services.stamping.stamp
    report = write(call.workspace, forget or rev, dry_run=True)
    if not dry_run and report.before != report.after:
        if report.forgotten:
            call.consent(_loss(report), report, yes=yes, force_protected=force_protected)
        report = write(call.workspace, forget or rev)
    call.show(replace(report, executed=not dry_run))


def _loss(report: StampReport) -> str:
    """What is forgotten, in one line."""
    before, after = (", ".join(sorted(ids)) or "base" for ids in (report.before, report.after))
    gone = ", ".join(sorted(report.forgotten))
    verb = "are" if len(report.forgotten) > 1 else "is"
    return f"rows {before} become {after}, which forgets that {gone} {verb} applied"
