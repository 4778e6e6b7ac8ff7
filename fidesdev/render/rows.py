"""Rows for other programs: CSV with one header line, or one JSON object a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import chain
from typing import Any

from fidesdev.render.envelope import plain

JOINT = "+"
"""Between several values in one CSV cell, as in Fides' own export: `access+erasure`."""


def csv_lines(rows: Iterable[object], row_type: type[Any]) -> Iterator[str]:
    """The header and a line for each row, line ends included; times in UTC, None as nothing.

    The first row is fetched before the header is given, so that a failure leaves no output.
    """
    names = [field.name for field in fields(row_type)]
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    remaining = iter(rows)
    first = next(remaining, None)
    writer.writerow(names)
    for row in remaining if first is None else chain([first], remaining):
        yield _taken(line)
        writer.writerow([_cell(getattr(row, name)) for name in names])
    yield _taken(line)


def json_lines(rows: Iterable[object]) -> Iterator[str]:
    """A JSON object for each row, line ends included, with the keys of `--json`."""
    for row in rows:
        yield json.dumps(plain(row), ensure_ascii=False) + "\n"


def _taken(line: io.StringIO) -> str:
    """What was written, which makes room for the next line."""
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return JOINT.join(map(_cell, value))
    if isinstance(value, Mapping):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(plain(value))
