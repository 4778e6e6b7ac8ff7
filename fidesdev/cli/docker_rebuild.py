"""`fidesdev docker rebuild`: from changed sources to a running, migrated project."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.docker import Services, app
from fidesdev.cli.invocation import DryRun, Yes, invocation
from fidesdev.cli.parsing import Mover

NoCache = Annotated[bool, typer.Option("--no-cache", help="Build every layer again.")]


@app.command(cls=Mover)
def rebuild(
    ctx: typer.Context,
    names: Services = None,
    no_cache: NoCache = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Build, recreate only what changed, wait until all is ready, then upgrade the database."""
    call = invocation(ctx)
    call.show(
        services.rebuilding.rebuild(
            call.workspace,
            names or (),
            no_cache=no_cache,
            dry_run=dry_run,
            on_event=call.event,
            on_step=call.event,
        )
    )
