"""`fidesdev db check`: the gate for CI and pull requests."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.findings import (
    CodesOption,
    Explain,
    Output,
    OutputOption,
    Strict,
    choose_output,
    codes,
    show,
)
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import AlembicVerb


@app.command(cls=AlembicVerb)
def check(
    ctx: typer.Context,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="REF", help="Compare with this git ref, not upstream."),
    ] = None,
    only: CodesOption = None,
    strict: Strict = False,
    explain: Explain = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Find what is wrong with the revision files, alone and once merged."""
    call = invocation(ctx)
    choose_output(ctx, output)
    if explain is not None:
        call.show(services.checking.explanations(codes([explain])))
        return
    report = services.checking.check(call.workspace, against=against, only=codes(only))
    show(call, report, output, strict=strict)
