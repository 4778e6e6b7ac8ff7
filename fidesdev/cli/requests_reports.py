"""`fidesdev requests stats`, `export` and `watch`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import Invocation, invocation
from fidesdev.cli.parsing import Verb
from fidesdev.cli.request_options import Show, filtered
from fidesdev.cli.requests import app
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.core.request_filters import SORT_FIELDS, RequestFilters, parse_sort
from fidesdev.core.request_reports import By, ExportForm, RequestMove, RequestWatch, Suffix
from fidesdev.errors import UsageError

MARKED = timedelta(seconds=10)
"""How long a change stays marked on the screen."""
EVERY = 2.0
"""Seconds between two tellings of how far an export is."""


@app.command(cls=Verb)
@filtered
def stats(
    ctx: typer.Context,
    filters: RequestFilters,
    by: Annotated[By, typer.Option("--by", help="What to count by.")] = By.STATUS,
    exact: Annotated[
        bool, typer.Option("--exact", help="Count every row, however long that takes.")
    ] = False,
) -> None:
    """Count requests, with bars. Where there are very many, the numbers are estimates."""
    call = invocation(ctx)
    call.show(services.request_reports.stats(call.workspace, filters, by=by, exact=exact))


@app.command(cls=Verb)
@filtered
def export(
    ctx: typer.Context,
    filters: RequestFilters,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")],
    format_: Annotated[
        Suffix | None, typer.Option("--format", help="Else what the end of FILE's name says.")
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="FIELD",
            help=f"FIELD or -FIELD; else as stored. Fields: {', '.join(SORT_FIELDS)}.",
        ),
    ] = None,
    show_identities: Show = False,
) -> None:
    """Write all that match to a csv or jsonl file."""
    call = invocation(ctx)
    path = None if file == "-" else Path(file)
    if path is None and call.output.as_json:
        raise UsageError(
            "--json and FILE - contradict each other", hint="Name a file, or leave out --json."
        )
    report = services.request_reports.export(
        call.workspace,
        path,
        filters,
        form=ExportForm(
            format_ or _suffix(file), parse_sort(sort) if sort else None, show_identities
        ),
        on_bytes=_progress(call),
    )
    if path:
        call.show(report)
    else:
        call.output.say("1 request." if report.rows == 1 else f"{report.rows} requests.")


@app.command(cls=Verb)
@filtered
def watch(
    ctx: typer.Context,
    filters: RequestFilters,
    interval: Annotated[
        float, typer.Option("--interval", metavar="S", min=0.1, help="Seconds between two looks.")
    ] = 2.0,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="How many requests a screen shows.")
    ] = 20,
    looks: Annotated[
        int | None, typer.Option("--looks", metavar="N", min=1, help="End after N looks.")
    ] = None,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Show what changes, until Ctrl-C. In a pipe, one line for each change."""
    call = invocation(ctx)
    if call.output.as_json:
        raise UsageError(
            "watch has no end, so that it is no one document",
            hint="Use '--format jsonl': one document for each change.",
        )
    seen = services.request_reports.watch(
        call.workspace, filters, interval=interval, limit=limit, looks=looks
    )
    try:
        if format_ is not Format.TABLE:
            print_rows(call, _moves(call, seen), RequestMove, format_)
        elif sys.stdout.isatty():
            _show_screens(call, seen)
        else:
            _print_lines(call, seen)
    except KeyboardInterrupt as end:
        raise typer.Exit(130) from end


def _suffix(file: str) -> Suffix:
    """The format that a file's name says; standard output is csv."""
    if file == "-":
        return Suffix.CSV
    ending = Path(file).suffix.lower().lstrip(".")
    endings = {"csv": Suffix.CSV, "jsonl": Suffix.JSONL, "ndjson": Suffix.JSONL}
    if ending not in endings:
        raise UsageError(
            f"the name {file!r} does not say a format",
            hint="End it in .csv or .jsonl, or add '--format csv' or '--format jsonl'.",
        )
    return endings[ending]


def _progress(call: Invocation) -> Callable[[int], None]:
    """Tells at a terminal now and then how much was written."""
    told = time.monotonic()

    def tell(written: int) -> None:
        nonlocal told
        if sys.stderr.isatty() and time.monotonic() - told > EVERY:
            told = time.monotonic()
            call.output.say(f"{written / 1e6:.0f} MB so far")

    return tell


def _moves(call: Invocation, seen: Iterator[RequestWatch]) -> Iterator[RequestMove]:
    """Each change, the ones before it written out."""
    for look in seen:
        yield from look.moves
        call.output.flush()


def _print_lines(call: Invocation, seen: Iterator[RequestWatch]) -> None:
    from fidesdev.render.request_reports import move_line

    for move in _moves(call, seen):
        call.output.blocks([move_line(move)])


def _show_screens(call: Invocation, seen: Iterator[RequestWatch]) -> None:
    recent: list[RequestMove] = []
    with _screen():
        for look in seen:
            recent = [move for move in recent if look.at - move.at < MARKED] + [*look.moves]
            sys.stdout.write("\x1b[H\x1b[J")
            call.show(replace(look, moves=tuple(recent)))
            call.output.flush()


@contextmanager
def _screen() -> Iterator[None]:
    """A screen of its own, which leaves what was there before."""
    sys.stdout.write("\x1b[?1049h\x1b[?25l")
    try:
        yield
    finally:
        sys.stdout.write("\x1b[?25h\x1b[?1049l")
        sys.stdout.flush()
