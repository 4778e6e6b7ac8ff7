"""What the verbs that find something share: their options, and how findings are printed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from fidesdev.cli.invocation import Invocation
from fidesdev.core.checks import CheckReport
from fidesdev.errors import UsageError


class Output(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


OutputOption = Annotated[Output, typer.Option("--output", help="How to print what is found.")]
CodesOption = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="CODES", help="Look for these alone, with commas between."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 for a warning too.")]
Explain = Annotated[
    str | None,
    typer.Option("--explain", metavar="CODE", help="Tell what CODE (or: all) means."),
]


def codes(given: list[str] | None) -> tuple[str, ...]:
    """The codes in what was given, whether repeated or with commas."""
    return tuple(code.strip() for text in given or () for code in text.split(",") if code.strip())


def choose_output(ctx: typer.Context, output: Output) -> None:
    """Let `--output json` be `--json`; raises `UsageError` where both say something else."""
    if output is Output.JSON:
        ctx.obj["as_json"] = True
    elif output is not Output.TEXT and ctx.obj.get("as_json"):
        raise UsageError(f"--json and --output {output} cannot both be", hint="Leave one out.")


def show(call: Invocation, report: CheckReport, output: Output, *, strict: bool) -> None:
    """Print the findings and end the command: exit 3 for an error, with `strict` for any."""
    exit_code = 3 if report.fails(strict=strict) else 0
    if output in {Output.TEXT, Output.JSON}:
        call.show(report, exit_code=exit_code)
        return
    from fidesdev.render.annotations import FORMATS

    call.output.text(FORMATS[output](report))
    raise typer.Exit(exit_code)
