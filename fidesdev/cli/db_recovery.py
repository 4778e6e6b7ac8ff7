"""Verbs of `fidesdev db` for a database that has what the checkout has not."""

from __future__ import annotations

import typer

from fidesdev import services
from fidesdev.cli.db import Extra, Section, Sql, app, carry_out
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Mover


@app.command(cls=Mover)
def sync(
    ctx: typer.Context,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
    extra: Extra = None,
    section: Section = "alembic",
) -> None:
    """Unapply what this checkout has not, from its recovered source; then upgrade to heads."""
    call = invocation(ctx)
    workspace = call.open_workspace(section=section, x_arguments=tuple(extra or ()))
    move = services.recovery.sync(workspace)
    carry_out(call, move, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)
