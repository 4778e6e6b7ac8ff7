"""`fidesdev db check`: the gate for CI and pull requests."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import Verb
from fidesdev.errors import UsageError


class Format(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


@app.command(cls=Verb)
def check(
    ctx: typer.Context,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="REF", help="Compare with this git ref, not upstream."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="CODES", help="Look for these alone: heads,ids,..."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 for a warning too.")] = False,
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="CODE", help="Tell what CODE (or: all) means."),
    ] = None,
    output: Annotated[
        Format, typer.Option("--output", help="How to print what is found.")
    ] = Format.TEXT,
) -> None:
    """Find what is wrong with the revision files, alone and once merged."""
    if output is Format.JSON:
        ctx.obj["as_json"] = True
    call = invocation(ctx)
    if output not in {Format.TEXT, Format.JSON} and call.output.as_json:
        raise UsageError(f"--json and --output {output} cannot both be", hint="Leave one out.")
    if explain is not None:
        call.show(services.checking.explanations(_codes([explain])))
        return
    report = services.checking.check(call.workspace, against=against, only=_codes(only))
    exit_code = 3 if report.fails(strict=strict) else 0
    if output in {Format.TEXT, Format.JSON}:
        call.show(report, exit_code=exit_code)
        return
    from fidesdev.render.annotations import FORMATS

    call.output.text(FORMATS[output](report))
    raise typer.Exit(exit_code)


def _codes(given: list[str] | None) -> tuple[str, ...]:
    return tuple(code.strip() for text in given or () for code in text.split(",") if code.strip())
