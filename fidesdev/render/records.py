"""Records as tables and lines; what could move the cursor of a terminal is written out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from itertools import chain

from fidesdev.core.csv_text import csv_line
from fidesdev.core.json_text import json_text
from fidesdev.core.records import (
    Record,
    RecordDetail,
    RecordList,
    RecordsDeleted,
    RecordsWritten,
)
from fidesdev.render.layout import (
    Block,
    Cell,
    Span,
    bad,
    facts,
    good,
    line,
    name,
    notice,
    quiet,
    table,
)

_TELLING = frozenset({"name", "key", "fides_key", "status", "title", "username", "action_type"})
"""Columns by which people know a row."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*Z?$")


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: RecordList) -> Iterator[Block]:
    if not report.records:
        yield line(quiet("No record matches."))
        return
    key = [field for field in report.fields if field in report.key]
    rest = [field for field in report.fields if field not in report.key]
    others = [f for f in rest if any(record[f] is not None for record in report.records)]
    left_out = others[::-1]
    left_out.sort(key=_worth)
    yield table(
        [*key, *others],
        (
            [*(name(text(record[f])) for f in key), *(_short(record[f]) for f in others)]
            for record in report.records
        ),
        numeric=[field for field in report.fields if _is_numeric(field, report.records)],
        optional=left_out,
    )
    if nulls := [field for field in rest if field not in others]:
        yield line(quiet(f"Null in each: {', '.join(nulls)}"))
    if report.next:
        yield line(quiet("More: repeat the command with "), name(f"--after {report.next}"))
    elif report.more:
        yield line(quiet("There are more, and no key to go on by: raise "), name("--limit"), ".")


@blocks.register
def _(report: RecordDetail) -> Iterator[Block]:
    yield from _record(report.record, report.key)


@blocks.register
def _(report: RecordsWritten) -> Iterator[Block]:
    parts = []
    if report.created or not report.updated:
        parts.append(f"{'created' if report.executed else 'would create'} {report.created}")
    if report.updated:
        parts.append(f"{'updated' if report.executed else 'would update'} {report.updated}")
    told = " and ".join(parts)
    mark = good if report.executed else notice
    yield line(mark(told[0].upper() + told[1:]), " in ", name(report.model), ".")
    for record in report.records:
        yield from _record(record, ())
    if not report.executed:
        yield line(notice("Nothing has been changed."))


@blocks.register
def _(report: RecordsDeleted) -> Iterator[Block]:
    if not report.deleted:
        yield line(quiet("No record matches."))
        return
    verb = bad("Deleted ") if report.executed else notice("Would delete ")
    yield line(verb, str(report.deleted), " in ", name(report.model), ".")
    if report.effects:
        yield line("Their foreign keys and triggers reach further:")
        yield table(
            ("table", "deleted", "changed"),
            ((e.table, _number(e.deleted), _number(e.updated)) for e in report.effects),
            numeric=("deleted", "changed"),
            indent=2,
        )
    if not report.executed:
        yield line(notice("Nothing has been changed."))


def csv_lines(fields: Sequence[str], records: Iterable[Record]) -> Iterator[str]:
    """The header and a line for each record of texts; the first record is fetched before it."""
    remaining = iter(records)
    first = next(remaining, None)
    yield csv_line(fields)
    for record in remaining if first is None else chain([first], remaining):
        cells = (record[field] for field in fields)
        yield csv_line([None if cell is None else str(cell) for cell in cells])


def json_lines(records: Iterable[Record]) -> Iterator[str]:
    """A JSON object for each record, line ends included, every digit of a number kept."""
    for record in records:
        yield json_text(record) + "\n"


def text(value: object) -> str:
    """A value as one line of a table."""
    if value is None:
        return ""
    shown = value if isinstance(value, str) else json_text(value)
    return shown if shown.isprintable() else "".join(map(_visible, shown))


def _worth(field: str) -> int:
    """How late a narrow terminal leaves the column out."""
    if field in _TELLING:
        return 2
    return 0 if field.endswith("_at") else 1


def _short(value: object) -> Cell:
    """The value, which a narrow terminal shows without seconds where it is a time."""
    shown = text(value)
    return Span(shown, short=shown[:16]) if _TIME.match(shown) else shown


def _record(record: Record, key: Sequence[str]) -> Iterator[Block]:
    filled = {field: value for field, value in record.items() if value is not None}
    if filled:
        yield facts((quiet(field), _cell(field, key, v)) for field, v in filled.items())
    if empty := [field for field in record if field not in filled]:
        yield line(quiet(f"Null: {', '.join(empty)}"))


def _cell(field: str, key: Sequence[str], value: object) -> Cell:
    return name(text(value)) if field in key else text(value)


def _visible(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]


def _is_numeric(field: str, records: Iterable[Record]) -> bool:
    values = [record[field] for record in records if record[field] is not None]
    return bool(values) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


def _number(number: int) -> str:
    return str(number) if number else ""
