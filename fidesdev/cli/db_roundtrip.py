"""`fidesdev db roundtrip`: each revision up, down and up again on scratch databases."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.findings import Explain, Output, OutputOption, Strict, choose_output, show
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import RevVerb
from fidesdev.errors import UsageError


@app.command(cls=RevVerb)
def roundtrip(
    ctx: typer.Context,
    span: Annotated[
        str | None, typer.Argument(metavar="[A:B]", help="These revisions; ':' is every one.")
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Those that upstream does not have: the default.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Every revision of the checkout.")] = False,
    rows: Annotated[
        bool, typer.Option("--rows/--no-rows", help="With made-up rows in every table.")
    ] = True,
    lanes: Annotated[
        int, typer.Option("--lanes", metavar="N", min=1, help="Scratch databases at once.")
    ] = 2,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Go on with no run that was interrupted.")
    ] = False,
    strict: Strict = False,
    explain: Explain = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Try revisions up, down and up on scratch databases; the database itself is not touched."""
    call = invocation(ctx)
    choose_output(ctx, output)
    if sum((span is not None, new, every)) > 1:
        raise UsageError("a range, --new and --all contradict each other", hint="Give one of them.")
    if explain is not None:
        call.show(services.roundtrip.explanations(explain))
        return
    report = services.roundtrip.roundtrip(
        call.workspace,
        span,
        every=every,
        lanes=lanes,
        rows=rows,
        fresh=fresh,
        on_event=call.event,
    )
    show(call, report, output, strict=strict)
