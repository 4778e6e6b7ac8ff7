"""`fidesdev records`: the rows of any model or table."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, ForceProtected, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.cli.rows import Format, FormatOption
from fidesdev.core.field_values import parse_assignments
from fidesdev.core.records import LIMIT, Record
from fidesdev.core.selection import Selection, parse_conditions, parse_order, parse_place
from fidesdev.errors import UsageError

_AT_ONCE = 100
"""Lines that are written together."""
app = group("Records of any model or table: list, get, create, update, delete.")

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A mapped class, a table, or SCHEMA.TABLE.")
]
Id = Annotated[
    str,
    typer.Argument(metavar="ID", help="The key's value: ID, A,B or FIELD=A,FIELD=B."),
]
Values = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FIELD=VALUE]...",
        help="FIELD=TEXT, FIELD= (empty), FIELD:=JSON, FIELD:=null, FIELD=@FILE.",
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=VALUE", help="Only with this value; repeatable; FIELD:=null."),
]
SortBy = Annotated[
    str | None,
    typer.Option(
        "--sort",
        metavar="FIELD",
        help="FIELD is ascending, -FIELD descending; rows without it come last.",
    ),
]
Limit = Annotated[
    int | None, typer.Option(metavar="N", help="At most N records; 50 when not given.")
]
After = Annotated[
    str | None, typer.Option(metavar="CURSOR", help="Go on where a list ended: its 'next'.")
]
All = Annotated[
    bool, typer.Option("--all", help="Every record that matches, streamed as csv or jsonl.")
]
Source = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="JSON lines or CSV with a header; -: stdin."),
]
Upsert = Annotated[
    bool, typer.Option("--upsert", help="Change the record that has the same key, if any.")
]
Key = Annotated[
    str | None,
    typer.Option(metavar="FIELDS", help="The key of --upsert: FIELD[,FIELD]. [default: primary]"),
]


@app.command("list", cls=Verb)
def list_(
    ctx: typer.Context,
    model: Model,
    where: Where = None,
    sort: SortBy = None,
    limit: Limit = None,
    after: After = None,
    every: All = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List records in the order of their key, or by a field."""
    call = invocation(ctx)
    show_list(call, model, (where, sort, after), limit=limit, every=every, format_=format_)


@app.command(cls=Verb)
def get(ctx: typer.Context, model: Model, row_id: Id) -> None:
    """Show one record."""
    call = invocation(ctx)
    call.show(services.records.get(call.workspace, model, row_id))


@app.command(cls=Verb)
def create(
    ctx: typer.Context,
    model: Model,
    values: Values = None,
    source: Source = None,
    upsert: Upsert = False,
    key: Key = None,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Create a record, or those of a file: all of them or none."""
    call = invocation(ctx)
    if source is not None and values:
        raise UsageError("--from and FIELD=VALUE contradict each other", hint="Give one of them.")
    if key is not None and not upsert:
        raise UsageError("--key belongs to --upsert", hint="Add --upsert, or leave --key out.")
    conflict = (key.split(",") if key else ()) if upsert else None
    if source is not None:
        report = services.records.load(
            call.workspace, model, source, conflict=conflict, dry_run=dry_run
        )
    else:
        given = parse_assignments(values or ())
        report = services.records.create(
            call.workspace, model, given, conflict=conflict, dry_run=dry_run
        )
    call.show(report)


@app.command(cls=Verb)
def update(
    ctx: typer.Context,
    model: Model,
    row_id: Id,
    values: Values = None,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Change fields of one record."""
    call = invocation(ctx)
    given = parse_assignments(values or ())
    call.show(services.records.update(call.workspace, model, row_id, given, dry_run=dry_run))


@app.command(cls=Verb)
def delete(
    ctx: typer.Context,
    model: Model,
    row_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Keys, as 'records get' takes.")
    ] = None,
    where: Where = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Delete records; shows first what their foreign keys take along."""
    call = invocation(ctx)
    ids, conditions = row_ids or (), parse_conditions(where or ())
    asks = not (yes or dry_run or call.workspace.is_protected)
    preview = None
    if asks or dry_run:
        preview = services.records.delete(
            call.workspace, model, ids, conditions=conditions, dry_run=True
        )
    if preview is not None and (dry_run or not preview.deleted):
        return call.show(preview)
    many = preview.deleted if preview else len(ids)
    what = f"this deletes {many or 'all such'} record{'' if many == 1 else 's'} of {model}"
    call.consent(what, preview, yes=yes, force_protected=force_protected)
    report = services.records.delete(call.workspace, model, ids, conditions=conditions)
    return call.show(report)


def show_list(
    call: Invocation,
    model: str,
    chosen: tuple[list[str] | None, str | None, str | None],
    *,
    limit: int | None,
    every: bool,
    format_: Format,
) -> None:
    """Print a list of records; `chosen` is what --where, --sort and --after said."""
    where, sort, after = chosen
    selection = Selection(
        parse_conditions(where or ()),
        parse_order(sort) if sort else None,
        parse_place(after) if after else None,
    )
    if every and limit is not None:
        raise UsageError("--all and --limit contradict each other", hint="Give one of them.")
    if format_ is not Format.TABLE:
        print_records(call, model, selection, format_, None if every else limit or LIMIT)
    elif every:
        raise UsageError(
            "--all is a stream, which a table is not", hint="Add --format csv or --format jsonl."
        )
    else:
        call.show(services.records.list_(call.workspace, model, selection, limit=limit))


def print_records(
    call: Invocation, model: str, selection: Selection, format_: Format, limit: int | None
) -> None:
    """Write the records as CSV or as JSON lines; without a limit every one, as it arrives."""
    from fidesdev.render.records import csv_lines, json_lines

    if call.output.as_json:
        raise UsageError("--json and --format contradict each other", hint="Give one of them.")
    is_csv, space = format_ is Format.CSV, call.workspace
    records: Iterable[Record]
    if limit is None:
        fields = services.records.fields(space, model)
        records = services.records.stream(space, model, selection, as_text=is_csv)
    else:
        page = services.records.list_(space, model, selection, limit=limit, as_text=is_csv)
        fields, records = page.fields, page.records
        if page.next:
            call.output.say("more: repeat the command with --after ", page.next)
    lines = csv_lines(fields, records) if is_csv else json_lines(records)
    while portion := "".join(islice(lines, _AT_ONCE)):
        call.output.data(portion)
