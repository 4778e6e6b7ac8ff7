"""Verbs of `fidesdev db` for a database that has what the checkout has not."""

from __future__ import annotations

import typer

from fidesdev import services
from fidesdev.cli.db import Sql, app, carry_out
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Mover


@app.command(cls=Mover)
def sync(
    ctx: typer.Context,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
) -> None:
    """Unapply what this checkout has not, from its recovered source; then upgrade to heads."""
    call = invocation(ctx)
    move = services.recovery.sync(call.workspace)
    carry_out(call, move, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)
