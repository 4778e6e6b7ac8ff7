"""`fidesdev db rebase`: own revisions on what upstream has now, and the database with them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.invocation import DryRun, ForceProtected, Invocation, Yes, invocation
from fidesdev.cli.parsing import Mover
from fidesdev.errors import ConfirmationNeeded, Declined


@app.command(cls=Mover)
def rebase(
    ctx: typer.Context,
    onto: Annotated[
        str | None, typer.Option(metavar="REV", help="Stand on REV, not on upstream's head.")
    ] = None,
    upstream: Annotated[
        str | None, typer.Option(metavar="REF", help="The branch that own revisions go into.")
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Leave the database alone, and note that.")
    ] = False,
    rename: Annotated[
        bool, typer.Option("--rename", help="Renew numbers and dates in file names too.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Give this branch's own revisions a new parent, and move the database with them."""
    call = invocation(ctx)
    rebasing = services.rebasing
    if not dry_run and (settled := rebasing.settle(call.workspace)):
        call.output.say(settled)
    plan = rebasing.plan(
        call.workspace, onto=onto, upstream=upstream, files_only=files_only, rename=rename
    )
    if dry_run:
        call.show(plan.report)
        return
    if plan.database:
        is_shown = call.output.can_ask and not yes
        preview = services.impacts.assessed_rebase(plan) if is_shown else plan.report
        call.consent(plan.loss, preview, yes=yes, force_protected=force_protected)
    elif not (yes or plan.is_empty):
        _consent_to_files(call, plan.loss, plan.report)
    call.show(rebasing.execute(plan, on_event=call.event))


def _consent_to_files(call: Invocation, what: str, preview: object) -> None:
    """Go on only when somebody agrees; the database, protected or not, is left alone."""
    if not call.output.can_ask:
        raise ConfirmationNeeded(what)
    from fidesdev.render.console import blocks_of

    call.output.blocks(blocks_of(preview), sys.stderr)
    if not call.output.ask(f"{what[0].upper()}{what[1:]}. Go on?"):
        raise Declined
