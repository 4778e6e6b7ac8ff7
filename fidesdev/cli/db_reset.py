"""`fidesdev db reset`: an empty database at the heads."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import REV_HELP, app
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Mover
from fidesdev.core.seeding import SAMPLES


@app.command(cls=Mover)
def reset(
    ctx: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="REV", help=f"To here: {REV_HELP}")] = "heads",
    seed: Annotated[
        int,
        typer.Option(
            "--seed",
            metavar="N",
            min=0,
            max=len(SAMPLES),
            help=f"With N privacy requests of the sample, which has {len(SAMPLES)}.",
        ),
    ] = 0,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build the template again, though there is one.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Replace the database by an empty one at the heads; the old one becomes a snapshot."""
    call = invocation(ctx)
    reset = services.resetting.plan(call.workspace, to=to, seed=seed, rebuild=rebuild)
    if dry_run:
        call.show(reset.report)
        return
    if loss := reset.loss:
        call.consent(loss, reset.report, yes=yes, force_protected=force_protected)
    call.show(services.resetting.execute(reset, on_event=call.event))
