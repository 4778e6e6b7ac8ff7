"""Hazards that only all statements of a revision together show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fidesdev.core.made import left_behind
from fidesdev.core.sent import Sent, created_tables, plain

_ADDS_VALUE = re.compile(
    r"\bALTER\s+TYPE\s+(?P<type>[\w\".]+)\s+ADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?'(?P<value>(?:[^']|'')*)'",
    re.IGNORECASE,
)
_WRITES = re.compile(r"^\s*(?:WITH\b.*?\)\s*)?(UPDATE|DELETE\s+FROM|INSERT\s+INTO)\b", re.I | re.S)
_CHANGES_ROWS = re.compile(r"^\s*(?:WITH\b.*?\)\s*)?(UPDATE|DELETE\s+FROM)\b", re.I | re.S)
_INSERTS_ANEW = re.compile(r"\bON\s+CONFLICT\b|\bWHERE\s+NOT\s+EXISTS\b", re.IGNORECASE)
_SETS = re.compile(r"\bUPDATE\b.*?\bSET\b(?P<set>.*?)(?:\bWHERE\b|\bFROM\b|$)", re.I | re.S)
_SET_COLUMN = re.compile(r'(?:^|,)\s*("[^"]+"|\w+)\s*=')
_IS_NULL = re.compile(r'("[^"]+"|\w+)\s+IS\s+NULL\b', re.IGNORECASE)
_ALTER = r'\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?P<table>[\w".]+)\s+'
_ADDS_COLUMN = re.compile(
    _ALTER + r'ADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>[\w"]+)\s+'
    r"(?P<type>[^;]*?)(?=\s+(?:DEFAULT|NOT\s+NULL|NULL|REFERENCES|GENERATED|COLLATE)\b|\s*;|\s*$)",
    re.IGNORECASE,
)
_DROPS_COLUMN = re.compile(
    _ALTER + r'DROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?(?P<name>[\w"]+)', re.IGNORECASE
)
_LOCKS = re.compile(
    r"^\s*(?:ALTER\s+TABLE|CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)|UPDATE|DELETE)", re.I
)


@dataclass(frozen=True, slots=True)
class Hazard:
    """What a rule of ours found in a revision."""

    code: str
    message: str
    line: int | None
    tables: tuple[str, ...] = ()
    """Whose size says how bad it is."""


def statement_hazards(
    up: Sequence[Sent], down: Sequence[Sent] | None, *, large: Iterable[str] = ()
) -> Iterator[Hazard]:
    """What the statements of the upgrade show, beside those of the downgrade if all are known.

    `large` are the tables of the live database that are large.
    """
    new = frozenset(created_tables(up))
    yield from _used_values(up)
    yield from _outside(up, new)
    yield from _rewrites(up, new)
    yield from _several(up, frozenset(large) - new)
    if down is None:
        return
    yield from _renamed_by_hand(up, down, new)
    for made in left_behind(up, down):
        if made.kind == "value":
            message = f"value {made.name} stays in the type"
            yield Hazard("enum-value-stays", message, made.line)
        elif down and made.kind != "extension":  # an empty downgrade is another finding
            message = f"{made.kind} {made.name} is still there after the downgrade"
            yield Hazard("downgrade-forgets", message, made.line)


def _used_values(up: Sequence[Sent]) -> Iterator[Hazard]:
    """Values of an enum that are used before the transaction that adds them has ended."""
    added: dict[str, str] = {}
    for statement in up:
        if not statement.in_transaction:
            added.clear()
            continue
        for value, type_ in added.items():
            if f"'{value}'" in statement.text and not _ADDS_VALUE.search(statement.text):
                message = f"{value!r} was added to {type_} in the same transaction"
                yield Hazard("enum-value-used", message, statement.line)
        added |= {one["value"]: plain(one["type"]) for one in _ADDS_VALUE.finditer(statement.text)}


def _outside(up: Sequence[Sent], new: frozenset[str]) -> Iterator[Hazard]:
    """Rows that are changed where every statement is kept at once."""
    for statement in up:
        found = _WRITES.match(statement.code)
        if statement.in_transaction or not found or _is_repeatable(statement.code):
            continue
        if not new.issuperset(statement.tables) or not statement.tables:
            word, table = found[1].split()[0].upper(), ", ".join(statement.tables)
            yield Hazard(
                "autocommit-backfill",
                f"{word} {table} in an autocommit block",
                statement.line,
                statement.tables,
            )


def _is_repeatable(code: str) -> bool:
    """Whether to run it a second time changes nothing, as far as it says so."""
    if not (found := _SETS.search(code)):
        return not re.match(r"\s*INSERT", code, re.I) or _INSERTS_ANEW.search(code) is not None
    columns = [plain(column) for column in _SET_COLUMN.findall(found["set"])]
    words = [plain(word) for word in re.findall(r'"[^"]+"|\w+', found["set"])]
    asks = {plain(column) for column in _IS_NULL.findall(code)}
    return bool(asks.intersection(columns)) or all(words.count(one) == 1 for one in columns)


def _rewrites(up: Sequence[Sent], new: frozenset[str]) -> Iterator[Hazard]:
    """Rows of existing tables that are changed all at once."""
    for statement in up:
        found = _CHANGES_ROWS.match(statement.code)
        if found and statement.in_transaction and not new.issuperset(statement.tables[:1]):
            word, table = found[1].split()[0].upper(), statement.tables[0]
            yield Hazard(
                "unbatched-write", f"{word} {table} in one statement", statement.line, (table,)
            )


def _renamed_by_hand(
    up: Sequence[Sent], down: Sequence[Sent], new: frozenset[str]
) -> Iterator[Hazard]:
    """Columns that go while others of their type come; the downgrade knows their types.

    Not those whose values the upgrade takes along: that it writes to some table by.
    """
    types, come = _added(down), defaultdict[tuple[str, str], list[str]](list)
    for (table, column), type_ in _added(up).items():
        if table not in new:
            come[table, type_].append(column)
    gone = defaultdict[tuple[str, str], list[tuple[str, int]]](list)
    for table, column, line in _lost(up):
        type_ = types.get((table, column), "")
        if (table, type_) in come:
            gone[table, type_].append((column, line))
    for (table, type_), columns in gone.items():
        lost = ", ".join(column for column, _line in columns)
        got = ", ".join(come[table, type_])
        message = f"{table} loses {lost} and gets {got} of the same type"
        yield Hazard("drop-and-add", message, columns[0][1], (table,))


def _lost(up: Sequence[Sent]) -> Iterator[tuple[str, str, int]]:
    """Table, name and line of the columns that go without being read before."""
    read: set[str] = set()
    for statement in up:
        if _WRITES.match(statement.code):
            read.update(re.findall(r"\w+", statement.code.lower()))
        for found in _DROPS_COLUMN.finditer(statement.code):
            if plain(found["name"]) not in read:
                yield plain(found["table"]), plain(found["name"]), statement.line


def _added(statements: Sequence[Sent]) -> dict[tuple[str, str], str]:
    """(table, column) -> type of every column that is added."""
    return {
        (plain(found["table"]), plain(found["name"])): " ".join(found["type"].upper().split())
        for statement in statements
        for found in _ADDS_COLUMN.finditer(statement.code)
    }


def _several(up: Sequence[Sent], large: frozenset[str]) -> Iterator[Hazard]:
    """The second large table that one transaction locks."""
    locked: list[str] = []
    for statement in up:
        if not statement.in_transaction:
            locked.clear()
        elif _LOCKS.match(statement.code):
            for table in statement.tables:
                if table in large and table not in locked:
                    locked.append(table)
                    if len(locked) > 1:
                        message = f"{table} is locked together with {', '.join(locked[:-1])}"
                        yield Hazard("several-large-tables", message, statement.line)
