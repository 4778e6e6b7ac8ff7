"""`fidesdev models`: the tables of any database, and new ones."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Yes, invocation
from fidesdev.cli.parsing import AlembicVerb, Verb, group
from fidesdev.cli.records import Model
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.core.model_fields import KINDS, OPTIONS, parse_fields
from fidesdev.core.model_reports import ModelRow
from fidesdev.core.model_source import parse_name

app = group("Models: the tables of a database, what they are made of, and new ones.")


class Picture(StrEnum):
    """How a diagram is drawn."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


@app.command("list", cls=Verb)
def list_(ctx: typer.Context, format_: FormatOption = Format.TABLE) -> None:
    """List the tables and views of the database, with their mapped classes."""
    call = invocation(ctx)
    report = services.models.list_(call.workspace)
    if format_ is Format.TABLE:
        call.show(report)
    else:
        print_rows(call, report.models, ModelRow, format_)


@app.command(cls=Verb)
def show(ctx: typer.Context, model: Model) -> None:
    """Show the columns, indexes, checks and foreign keys of one model."""
    call = invocation(ctx)
    call.show(services.models.show(call.workspace, model))


@app.command(cls=Verb)
def diagram(
    ctx: typer.Context,
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="These and what they refer to; else all."),
    ] = None,
    format_: Annotated[
        Picture, typer.Option("--format", help="What the diagram is written in.")
    ] = Picture.MERMAID,
    columns: Annotated[
        bool | None,
        typer.Option(
            "--columns/--keys",
            help="Every column, or keys alone. [default: every one of the models named]",
        ),
    ] = None,
) -> None:
    """Draw tables and the foreign keys between them."""
    from fidesdev.render import model_pictures

    call = invocation(ctx)
    every = bool(models) if columns is None else columns
    report = services.models.diagram(call.workspace, models or (), every_column=every)
    if call.output.as_json:
        return call.show(report)
    return call.output.text(model_pictures.PICTURES[format_](report))


@app.command(cls=AlembicVerb)
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The class: BookShelf.")],
    fields: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD:TYPE...",
            help=f"Types: {', '.join(KINDS)}; str? may be null; then :OPTION: {OPTIONS}.",
        ),
    ],
    base: Annotated[
        str | None, typer.Option(metavar="FILE", help="The file of the models' base class.")
    ] = None,
    register: Annotated[
        str | None, typer.Option(metavar="FILE", help="The file that imports every model.")
    ] = None,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Write a model, its import and the revision that makes its table; nothing is overwritten."""
    call = invocation(ctx)
    report = services.model_authoring.add(
        call.workspace,
        parse_name(name),
        parse_fields(fields),
        base=base,
        register=register,
        dry_run=dry_run,
    )
    call.show(report)
