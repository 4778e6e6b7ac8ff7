"""Verbs of the root: `fidesdev quickstart`."""

from __future__ import annotations

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Yes, invocation
from fidesdev.cli.parsing import Verb

quickstart_app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@quickstart_app.command(cls=Verb)
def quickstart(ctx: typer.Context, dry_run: DryRun = False, _yes: Yes = False) -> None:
    """Go from nothing to a migrated PostgreSQL with privacy requests in it."""
    call = invocation(ctx)
    call.show(services.quickstart.quickstart(call.workspace, dry_run=dry_run, on_event=call.event))
