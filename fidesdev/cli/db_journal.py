"""`fidesdev db log`, `undo` and `redo`: what is recorded of the moves, and back along them."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import Extra, Section, Sql, app, carry_out
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Verb

SHOWN = 20
"""Moves that `db log` lists unless told otherwise."""


@app.command(cls=Verb)
def log(
    ctx: typer.Context,
    limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="The last N moves; 0 for all of them.")
    ] = SHOWN,
) -> None:
    """List the moves of the database, newest first: who, when, from where to where."""
    call = invocation(ctx)
    call.show(services.journal.log(call.workspace, limit or None))


@app.command(cls=Verb)
def undo(
    ctx: typer.Context,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
    extra: Extra = None,
    section: Section = "alembic",
) -> None:
    """Return to where the last command that changed the database started."""
    call = invocation(ctx)
    workspace = call.open_workspace(section=section, x_arguments=tuple(extra or ()))
    move = services.undoing.undo(workspace)
    carry_out(call, move, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)


@app.command(cls=Verb)
def redo(
    ctx: typer.Context,
    count: Annotated[
        int, typer.Argument(metavar="[N]", min=1, help="How many, the last applied first.")
    ] = 1,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
    extra: Extra = None,
    section: Section = "alembic",
) -> None:
    """Downgrade and upgrade the last N revisions again."""
    call = invocation(ctx)
    workspace = call.open_workspace(section=section, x_arguments=tuple(extra or ()))
    move = services.undoing.redo(workspace, count)
    carry_out(call, move, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)
