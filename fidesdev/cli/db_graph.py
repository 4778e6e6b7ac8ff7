"""`fidesdev db graph`: the revisions as lanes in the terminal, or as a picture."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import Applied, app
from fidesdev.cli.invocation import Invocation, invocation
from fidesdev.cli.parsing import RevVerb
from fidesdev.core.graph_reports import GraphReport
from fidesdev.errors import UsageError


class Picture(StrEnum):
    """How the graph is drawn."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    HTML = "html"


ENDS = {".txt": Picture.TEXT, ".mmd": Picture.MERMAID, ".gv": Picture.DOT, ".htm": Picture.HTML}
"""Ends of file names that are not the name of the format."""


@app.command(cls=RevVerb)
def graph(
    ctx: typer.Context,
    span: Annotated[
        str, typer.Argument(metavar="[A:B]", help="From REV A to REV B; either may be left out.")
    ] = ":",
    format_: Annotated[
        Picture | None,
        typer.Option("--format", help="Else what the end of FILE's name says, or text."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it there."),
    ] = None,
    applied: Applied = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Draw the newest N revisions.")
    ] = None,
) -> None:
    """Draw revisions, newest first, in lanes; with -v, who wrote them when."""
    call = invocation(ctx)
    form = format_ or _format_of(output)
    is_page = form is Picture.HTML
    told = services.graph.Told(applied, is_page or call.output.verbose, is_page)
    report = services.graph.graph(call.workspace, span, told=told, limit=limit)
    if output:
        services.graph.write(call.workspace.cwd / output, _picture(form, report))
        call.output.say(f"Wrote {output}")
    if call.output.as_json:
        call.show(report)
    elif not output:
        _show(call, form, report)


def _format_of(output: Path | None) -> Picture:
    if output is None:
        return Picture.TEXT
    end = output.suffix.lower()
    try:
        return ENDS.get(end) or Picture(end[1:])
    except ValueError:
        forms = ", ".join(Picture)
        raise UsageError(
            f"no format has the name or the end of {str(output)!r}",
            hint=f"Name one with '--format': {forms}.",
        ) from None


def _show(call: Invocation, form: Picture, report: GraphReport) -> None:
    if form is Picture.TEXT:
        from fidesdev.render.graph_reports import drawing, signs_for

        call.output.blocks(drawing(report, signs_for(sys.stdout.encoding)))
    else:
        call.output.text(_picture(form, report))


def _picture(form: Picture, report: GraphReport) -> str:
    """The whole text of a file."""
    if form is Picture.TEXT:
        from fidesdev.render.graph_reports import blocks
        from fidesdev.render.plain import plain

        return "".join(f"{text}\n" for text in plain(blocks(report)))
    if form is Picture.HTML:
        from fidesdev.render.graph_page import page

        return page(report)
    from fidesdev.render import graph_pictures

    return graph_pictures.PICTURES[form](report)
