"""`fidesdev db drift`: the live schema beside what its revisions make."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.findings import Explain, Output, OutputOption, Strict, choose_output, show
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import AlembicVerb


@app.command(cls=AlembicVerb)
def drift(
    ctx: typer.Context,
    models: Annotated[
        bool, typer.Option("--models/--no-models", help="The models too, which imports them.")
    ] = True,
    strict: Strict = False,
    explain: Explain = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Compare the database with what its revisions make on a scratch one, and with the models."""
    call = invocation(ctx)
    choose_output(ctx, output)
    if explain is not None:
        call.show(services.drift.explanations(explain))
        return
    report = services.drift.drift(call.workspace, models=models, on_event=call.event)
    show(call, report, output, strict=strict)
