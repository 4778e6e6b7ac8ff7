"""What statements make and take away by name, and what a downgrade leaves behind of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fidesdev.core.sent import Sent, plain

_NAME = r'(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?'
_IF = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
_ALTER = rf"\bALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s"
_KINDS = "TABLE|TYPE|SEQUENCE|VIEW|MATERIALIZED\\s+VIEW|FUNCTION|PROCEDURE|SCHEMA|EXTENSION|DOMAIN"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_MAKES = (
    _compiled(
        rf"\bCREATE\s+(?:OR\s+REPLACE\s+|UNLOGGED\s+)*(?P<kind>{_KINDS})\s+{_IF}(?P<name>{_NAME})"
        rf"(?:\s+PARTITION\s+OF\s+(?P<table>{_NAME}))?"
    ),
    _compiled(
        rf"\bCREATE\s+(?:UNIQUE\s+)?(?P<kind>INDEX)\s+(?:CONCURRENTLY\s+)?{_IF}(?P<name>{_NAME})\s+"
        rf"ON\s+(?:ONLY\s+)?(?P<table>{_NAME})(?:\s+USING\s+\w+)?\s*\((?P<columns>[^;]*)"
    ),
    _compiled(rf"{_ALTER}\s*ADD\s+(?P<kind>COLUMN)\s+{_IF}(?P<name>{_NAME})"),
    _compiled(
        rf"{_ALTER}\s*ADD\s+(?P<kind>CONSTRAINT)\s+(?P<name>{_NAME})[^(;]*"
        r"(?:\((?P<columns>[^)]*)\))?"
    ),
    _compiled(rf"{_ALTER}\s*RENAME\s+TO\s+(?P<name>{_NAME})(?P<kind>)"),
    _compiled(
        rf"{_ALTER}\s*RENAME\s+(?:COLUMN\s+)?(?:\"[^\"]+\"|\w+)\s+TO\s+(?P<name>{_NAME})(?P<kind>)"
    ),
)
_GOES = (
    _compiled(rf"\bDROP\s+(?P<kind>{_KINDS}|INDEX)\s+(?:CONCURRENTLY\s+)?{_IF}(?P<name>{_NAME})"),
    _compiled(rf"{_ALTER}\s*DROP\s+(?P<kind>COLUMN|CONSTRAINT)\s+{_IF}(?P<name>{_NAME})"),
    _compiled(rf"{_ALTER}\s*RENAME\s+TO\b(?P<name>)(?P<kind>)"),
    _compiled(
        rf"{_ALTER}\s*RENAME\s+(?:COLUMN\s+)?(?!TO\b)(?P<name>\"[^\"]+\"|\w+)\s+TO\b(?P<kind>)"
    ),
    _compiled(rf"\bALTER\s+(?P<kind>TYPE|INDEX|SEQUENCE)\s+{_IF}(?P<name>{_NAME})\s+RENAME\s+TO\b"),
)
_REPLACED = {"view", "materialized view", "function", "procedure"}
_VALUE = _compiled(
    rf"\bALTER\s+TYPE\s+(?P<name>{_NAME})\s+ADD\s+VALUE\s+{_IF}'(?P<value>(?:[^']|'')*)'"
)
_RENAMED = _compiled(
    rf"\bALTER\s+(?P<kind>TYPE|INDEX|SEQUENCE)\s+{_IF}{_NAME}\s+RENAME\s+TO\s+(?P<name>{_NAME})"
)


@dataclass(frozen=True, slots=True)
class Made:
    """Something with a name that statements make."""

    kind: str
    """`table`, `column`, `index`, `constraint`, `type`, `value`, `sequence` ..."""
    name: str
    """A column as `table.column`, a value as `type.value`."""
    line: int
    inside: frozenset[str] = field(default=frozenset(), compare=False)
    """What takes it along when it is dropped: its table, its columns, its type."""


def left_behind(up: Sequence[Sent], down: Sequence[Sent]) -> Iterator[Made]:
    """What the upgrade makes and the downgrade does not take away, or replace by what was."""
    last_gone = {name: n for n, statement in enumerate(up) for name in _gone(statement)}
    gone = {name for statement in down for name in _gone(statement)}
    replaced = {one.name for s in down for one in _made(s) if one.kind in _REPLACED}
    first = {one: n for n, statement in reversed([*enumerate(up)]) for one in _made(statement)}
    for made in sorted(first, key=first.__getitem__):
        went = last_gone.get(made.name)
        if went is not None and (made.kind != "column" or went > first[made]):
            continue  # made and dropped, or replaced, on the way
        if not (gone & {made.name, *made.inside} or made.name in replaced):
            yield made


def _made(statement: Sent) -> Iterator[Made]:
    for pattern in (*_MAKES, _RENAMED):
        for found in pattern.finditer(statement.code):
            yield _thing(found, statement.line)
    for found in _VALUE.finditer(statement.text):
        type_ = plain(found["name"])
        yield Made("value", f"{type_}.{found['value']}", statement.line, frozenset({type_}))


def _thing(found: re.Match[str], line: int) -> Made:
    groups = found.groupdict()
    table, name = plain(groups.get("table") or ""), plain(groups["name"])
    kind = " ".join(groups["kind"].lower().split())
    columns = frozenset(f"{table}.{word}" for word in _words(groups.get("columns")))
    if kind == "column":
        return Made(kind, f"{table}.{name}", line, frozenset({table}))
    if kind == "" and "RENAME" in found[0].upper() and _is_column(found[0]):
        return Made("column", f"{table}.{name}", line, frozenset({table}))
    return Made(kind or "table", name, line, columns | ({table} if table and kind else set()))


def _gone(statement: Sent) -> Iterator[str]:
    """The names that are no more: a column with its table in front."""
    for pattern in _GOES:
        for found in pattern.finditer(statement.code):
            groups = found.groupdict()
            table, name = plain(groups.get("table") or ""), plain(groups["name"] or "")
            in_table = groups["kind"].upper() == "COLUMN" or (not groups["kind"] and name)
            yield f"{table}.{name}" if in_table else name or table


def _is_column(text: str) -> bool:
    """Whether a RENAME is that of a column."""
    return re.search(r"RENAME\s+TO\b", text, re.IGNORECASE) is None


def _words(columns: str | None) -> list[str]:
    return [plain(word) for word in re.findall(r'"[^"]+"|\w+', columns or "")]
