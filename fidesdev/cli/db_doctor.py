"""`fidesdev db doctor`: what is wrong with a version table, and what would heal it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import AlembicVerb


@app.command(cls=AlembicVerb)
def doctor(
    ctx: typer.Context,
    fix: Annotated[
        bool, typer.Option("--fix", help="Remove rows that other rows imply; nothing else.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Look for what is wrong with the version table; exit 3 when something is."""
    call = invocation(ctx)
    report = services.doctor.examine(call.workspace)
    if not fix:
        report = replace(report, after=report.before)
    elif not dry_run and report.before != report.after:
        rows = ", ".join(sorted(report.before - report.after))
        what = f"this removes the rows {rows}, which other rows imply"
        call.consent(what, report, yes=yes, force_protected=force_protected)
        report = services.doctor.heal(call.workspace)
    call.show(report, exit_code=3 if report.findings else 0)
