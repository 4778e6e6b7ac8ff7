"""`fidesdev doctor`: whether everything is in order, and what heals it."""

from __future__ import annotations

import typer

from fidesdev import services
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import Verb

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(cls=Verb)
def doctor(ctx: typer.Context) -> None:
    """Look at settings, git, revisions, runner, server and Docker; exit 3 when one is wrong."""
    call = invocation(ctx)
    report = services.health.examine(lambda: call.workspace)
    call.show(report, exit_code=0 if report.is_healthy else 3)
