"""Which tables and columns revisions make, read from their text: enough to know a schema again.

What is computed (a name in a variable, SQL that is put together) is not seen, so that nothing here
proves anything; it finds likely revisions, and tables whose absence is worth a look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fidesdev.core.operation_calls import Called, upgrade_calls

Tables = dict[str, frozenset[str]]
"""Table -> its columns, both in lower case; no columns where only SQL made it."""

_NAME = r'(?:"?\w+"?\.)?"?(\w+)"?'
_SQL = (
    ("create", re.compile(rf"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.I)),
    ("drop", re.compile(rf"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}", re.I)),
    (
        "rename",
        re.compile(rf'\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}\s+RENAME\s+TO\s+"?(\w+)', re.I),
    ),
)
_OPERATIONS = {
    "create_table": "create",
    "drop_table": "drop",
    "rename_table": "rename",
    "add_column": "add",
    "drop_column": "remove",
    "alter_column": "alter",
}
_SECOND = 2


@dataclass(frozen=True, slots=True)
class TableChange:
    """One operation of an upgrade on a table or a column of it."""

    kind: str
    """`create`, `drop`, `rename`, `add` and `remove` (columns), `alter` (a column's name)."""
    table: str
    columns: tuple[str, ...] = ()
    new_name: str = ""


def table_changes(source: bytes) -> tuple[TableChange, ...]:
    """What the upgrade of a revision does to tables, in the order of its text."""
    return tuple(change for call in upgrade_calls(source) for change in _changes(call))


def apply_changes(tables: Tables, changes: Iterable[TableChange]) -> None:
    """Do to `tables` what the changes do."""
    for change in changes:
        if change.kind == "create":
            tables[change.table] = frozenset(change.columns)
        elif change.table in tables:
            columns = tables.pop(change.table)
            if change.kind != "drop":
                name = change.new_name if change.kind == "rename" else change.table
                tables[name] = _changed(columns, change)


def made_tables(changes: Mapping[str, tuple[TableChange, ...]]) -> dict[str, str]:
    """The tables that exist after all of the changes, and the revision that created each."""
    made: dict[str, str] = {}
    for revision, steps in changes.items():
        for change in steps:
            if change.kind == "create":
                made[change.table] = revision
            elif change.kind == "drop":
                made.pop(change.table, None)
            elif change.kind == "rename" and change.table in made:
                made[change.new_name] = made.pop(change.table)
    return made


def _changed(columns: frozenset[str], change: TableChange) -> frozenset[str]:
    """The columns of a table that stays."""
    named = frozenset(change.columns)
    if change.kind == "add":
        return columns | named
    if change.kind == "remove":
        return columns - named
    renamed = change.kind == "alter" and change.new_name and named <= columns
    return columns - named | {change.new_name} if renamed else columns


def _changes(call: Called) -> Iterator[TableChange]:
    """What one call does to tables."""
    if call.name == "execute":
        yield from (change for text in call.texts for change in _sql(text))
    elif (kind := _OPERATIONS.get(call.name)) and (names := call.names):
        if kind == "rename":
            yield TableChange(kind, names[0], new_name=names[-1])
        elif kind == "alter":
            new = call.keyword("new_column_name") or ""
            yield TableChange(kind, names[0], tuple(names[1:2]), new)
        else:
            yield TableChange(kind, names[0], tuple(names[1:]))


def _sql(text: str) -> Iterator[TableChange]:
    found = [(m.start(), kind, m) for kind, pattern in _SQL for m in pattern.finditer(text)]
    for _start, kind, match in sorted(found, key=lambda one: one[0]):
        names = [name.lower() for name in match.groups()]
        yield TableChange(kind, names[0], new_name=names[1] if len(names) == _SECOND else "")
