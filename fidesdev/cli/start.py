"""Verbs of the root: `fidesdev quickstart`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb
from fidesdev.errors import ConfirmationNeeded, Declined

quickstart_app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

Clean = Annotated[
    bool, typer.Option("--clean", help="Remove the embedded server and all of its data.")
]


@quickstart_app.command(cls=Verb)
def quickstart(
    ctx: typer.Context, clean: Clean = False, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Go from nothing to a migrated PostgreSQL with privacy requests in it."""
    call = invocation(ctx)
    if clean:
        _clean(call, dry_run=dry_run, yes=yes)
        return
    call.show(services.quickstart.quickstart(call.workspace, dry_run=dry_run, on_event=call.event))


def _clean(call: Invocation, *, dry_run: bool, yes: bool) -> None:
    """Remove what is there, after somebody saw what that is and agreed."""
    planned = services.quickstart.plan_cleaning(call.workspace)
    if dry_run or not planned.folders:
        call.show(planned)
        return
    if not yes:
        what = "this removes the embedded server and every database in it"
        if not call.output.can_ask:
            raise ConfirmationNeeded(what)
        call.output.report(call.command, planned)
        sys.stdout.flush()
        if not call.output.ask(f"{what[0].upper()}{what[1:]}. Go on?"):
            raise Declined
    call.show(services.quickstart.clean(call.workspace))
