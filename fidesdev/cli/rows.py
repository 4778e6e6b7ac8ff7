"""`--format`: rows for people, for spreadsheets, for programs that read line by line."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

import typer

from fidesdev.cli.invocation import Invocation
from fidesdev.errors import UsageError


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


FormatOption = Annotated[Format, typer.Option("--format", help="How the rows are printed.")]


def print_rows(
    call: Invocation, rows: Iterable[object], row_type: type[Any], format_: Format
) -> None:
    """Write the rows as they arrive, as CSV or as JSON lines."""
    from fidesdev.render.rows import csv_lines, json_lines

    if call.output.as_json:
        raise UsageError("--json and --format contradict each other", hint="Give one of them.")
    for text in csv_lines(rows, row_type) if format_ is Format.CSV else json_lines(rows):
        call.output.data(text)
