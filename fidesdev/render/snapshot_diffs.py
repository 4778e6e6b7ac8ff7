"""What differs between snapshots, as lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.schema import SchemaChange
from fidesdev.core.snapshot_diffs import DiffSide, RowsChange, SnapshotDiff
from fidesdev.render.layout import Block, Line, Span, bad, good, line, name, notice, quiet, table

_PARTS = {"column", "constraint", "trigger", "rule", "policy"}
"""Kinds that are named after their table: they come and go with it."""
_TABLES = {"table", "foreign table"}
_SHORT = {"column", "constraint", "index", "enum", "domain", "comment", "privileges", "extension"}
"""Kinds whose definition is a line, and is told where they come and go too."""
_INDEXED = re.compile(r" ON (?:ONLY )?(\S+)")


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: SnapshotDiff) -> Iterator[Block]:
    yield line("From  ", *_side(report.before))
    yield line("To    ", *_side(report.after))
    if report.is_empty:
        what = "the rows" if report.compared == "checksums" else "the numbers of rows"
        yield line(good("Equal: "), f"the schemas and {what} are the same.")
        return
    yield from schema_lines(report.schema)
    if report.rows:
        rows = [(one.table, *_counts(one)) for one in report.rows]
        yield table(("TABLE", "ROWS", "CHANGE"), rows, numeric=("ROWS", "CHANGE"))


def _side(side: DiffSide) -> tuple[Span | str, ...]:
    kind = "database" if side.is_live else "snapshot"
    at = ", ".join(side.revisions) or "no revision"
    return f"{kind} ", name(side.name), quiet(f" at {at}")


def schema_lines(changes: Iterable[SchemaChange]) -> Iterator[Line]:
    """Tables first; what came or went with a table is counted behind it."""
    ordered = sorted(changes, key=lambda one: (one.kind not in _TABLES, one.kind, one.name))
    along: dict[tuple[str, str], Counter[str]] = {
        (one.verb, one.name): Counter() for one in ordered if one.kind in _TABLES
    }
    alone = []
    for one in ordered:
        key = (one.verb, _table_of(one))
        if one.verb != "changed" and key in along:
            along[key][one.kind] += 1
        else:
            alone.append(one)
    for one in alone:
        yield from _change(one, along.get((one.verb, one.name), Counter()))


def _table_of(change: SchemaChange) -> str:
    """The table that an object hangs on; for others a name that no table has."""
    if change.kind == "index":
        found = _INDEXED.search(change.after or change.before or "")
        return found[1] if found else ""
    return change.name.rpartition(".")[0] if change.kind in _PARTS else ""


def _change(change: SchemaChange, along: Counter[str]) -> Iterator[Line]:
    with_ = ", ".join(f"{n} {_plural(kind, n)}" for kind, n in along.items())
    told = quiet(f" with {with_}") if with_ else ""
    marks = {"added": good("+ "), "removed": bad("- "), "changed": notice("~ ")}
    yield line(marks[change.verb], f"{change.kind} ", name(change.name), told)
    if change.verb == "changed":
        yield line(quiet("    was "), _one_line(change.before))
        yield line(quiet("    is  "), _one_line(change.after))
    elif change.kind in _SHORT and (definition := change.after or change.before):
        yield line(quiet(f"    {_one_line(definition)}"))


def _plural(noun: str, number: int) -> str:
    if number == 1:
        return noun
    return {"index": "indexes", "policy": "policies"}.get(noun, f"{noun}s")


def _counts(change: RowsChange) -> tuple[Span | str, ...]:
    if change.before is None or change.after is None:
        there = f"{change.after if change.before is None else change.before:,}"
        return there, good("new") if change.before is None else bad("gone")
    if change.before == change.after:
        return f"{change.after:,}", notice("other rows")
    return f"{change.before:,} → {change.after:,}", quiet(f"{change.after - change.before:+,}")


def _one_line(definition: str | None) -> str:
    return " ".join((definition or "").split())
