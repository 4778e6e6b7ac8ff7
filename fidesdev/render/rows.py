"""Rows for other programs: CSV with one header line, or one JSON object a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from fidesdev.render.envelope import plain

JOINT = "+"
"""Between several values in one CSV cell, as in Fides' own export: `access+erasure`."""


def csv_lines(rows: Iterable[object], row_type: type[Any]) -> Iterator[str]:
    """The header and a line for each row, line ends included; times in UTC, None as nothing.

    The first row is fetched before the header is given, so that a failure leaves no output.
    """
    names = [field.name for field in fields(row_type)]
    remaining = iter(rows)
    first = next(remaining, None)
    yield _csv_line(names)
    if first is None:
        return
    yield _csv_line(_cell(value) for value in plain(first).values())
    for row in remaining:
        yield _csv_line(_cell(value) for value in plain(row).values())


def json_lines(rows: Iterable[object]) -> Iterator[str]:
    """A JSON object for each row, line ends included, with the keys of `--json`."""
    for row in rows:
        yield json.dumps(plain(row), ensure_ascii=False) + "\n"


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return JOINT.join(map(_cell, value))
    return str(value)
