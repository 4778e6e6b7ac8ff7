"""`fidesdev db lint`: hazards in revisions, before they run."""

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
from fidesdev.cli.parsing import RevVerb
from fidesdev.errors import UsageError


@app.command(cls=RevVerb)
def lint(
    ctx: typer.Context,
    span: Annotated[
        str | None, typer.Argument(metavar="[A:B]", help="These revisions; ':' is every one.")
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Those that upstream does not have: the default.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Judge locks by the size of the database's tables.")
    ] = False,
    only: CodesOption = None,
    strict: Strict = False,
    explain: Explain = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Find hazards in upgrades: locks, rewrites, lost data, what a downgrade leaves behind."""
    call = invocation(ctx)
    choose_output(ctx, output)
    if span and new:
        raise UsageError("a range and --new contradict each other", hint="Give one of them.")
    if explain is not None:
        call.show(services.linting.explanations(codes([explain])))
        return
    report = services.linting.lint(call.workspace, span, only=codes(only), live=live)
    show(call, report, output, strict=strict)
