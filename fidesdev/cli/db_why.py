"""`fidesdev db why`: which revisions made a table or column what it is."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import AlembicVerb
from fidesdev.cli.rows import Format, FormatOption, print_rows


@app.command(cls=AlembicVerb)
def why(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="TABLE[.COLUMN]", help="Any name it has had.")],
    format_: FormatOption = Format.TABLE,
) -> None:
    """List the revisions that created, changed or dropped a table or column, and their authors."""
    call = invocation(ctx)
    report = services.why.why(call.workspace, subject)
    if format_ is Format.TABLE:
        call.show(report)
    else:
        from fidesdev.core.why import Change

        print_rows(call, report.changes, Change, format_)
