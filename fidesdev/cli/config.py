"""`fidesdev config`: what is configured, and where it comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Yes, invocation
from fidesdev.cli.parsing import Verb, group

app = group("What is configured, and where it comes from.")


@app.command(cls=Verb)
def show(
    ctx: typer.Context,
    origin: Annotated[
        bool, typer.Option("--origin", help="Name the flag, variable or file behind each value.")
    ] = False,
) -> None:
    """List every setting in force; passwords and keys are hidden."""
    call = invocation(ctx)
    call.show(services.configuration.show(call.workspace, origin=origin))


@app.command(cls=Verb)
def path(ctx: typer.Context) -> None:
    """Name the project folder, the files that were read, and where things are kept."""
    call = invocation(ctx)
    call.show(services.configuration.path(call.workspace))


@app.command(cls=Verb)
def check(ctx: typer.Context) -> None:
    """Read everything; name the first error, or what is probably not meant."""
    call = invocation(ctx)
    call.show(services.configuration.check(call.workspace))


@app.command(cls=Verb)
def init(ctx: typer.Context, dry_run: DryRun = False, _yes: Yes = False) -> None:
    """Write a commented .fides.toml in the project folder; never overwrite one."""
    call = invocation(ctx)
    call.show(services.configuration.init(call.workspace, dry_run=dry_run))
