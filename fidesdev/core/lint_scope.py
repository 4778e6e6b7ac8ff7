"""What a statement is about, and what of it is the revision's own: nobody uses it, or will."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fidesdev.core.lint_squawk import STYLE
from fidesdev.core.sent import Sent, created_tables, plain, tables_of

_NAME = r'(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?'
_IF = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
_KINDS = r"TYPE|DOMAIN|SEQUENCE|(?:MATERIALIZED\s+)?VIEW|FUNCTION|PROCEDURE"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_INDEX_RENAMED = _compiled(r"\bALTER\s+INDEX\b")  # which no query names
_INDEX_MADE = _compiled(
    rf"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?{_IF}(?P<name>{_NAME})\s+"
    rf"ON\s+(?:ONLY\s+)?(?P<table>{_NAME})"
)
_INDEX_DROPPED = _compiled(rf"\bDROP\s+INDEX\s+(?:CONCURRENTLY\s+)?{_IF}(?P<name>{_NAME})")
_TABLE_DROPPED = _compiled(rf"\bDROP\s+TABLE\s+{_IF}(?P<name>{_NAME})")
_MADE = _compiled(rf"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:{_KINDS})\s+{_IF}(?P<name>{_NAME})")
_RENAMED = _compiled(rf"\bALTER\s+(?:{_KINDS})\s+{_IF}{_NAME}\s+RENAME\s+TO\s+(?P<name>{_NAME})")
_TOUCHED = _compiled(rf"\b(?:DROP|ALTER)\s+(?:{_KINDS})\s+{_IF}(?P<name>{_NAME})")
_BOUND = _compiled(
    rf"\bALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s+"
    rf"(?P<action>ADD|DROP)\s+CONSTRAINT\s+{_IF}(?P<name>{_NAME})"
)
_ACTION = _compiled(
    rf"\b(?P<verb>ADD|DROP|ALTER|RENAME)\s+(?P<kind>COLUMN|CONSTRAINT)\s+{_IF}"
    r'(?P<name>"[^"]+"|\w+)|\bRENAME\s+(?!TO\b)(?P<renamed>"[^"]+"|\w+)\s+TO\b'
)
_COLUMN_ADDED = _compiled(
    rf"\bALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s+"
    r'ADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>"[^"]+"|\w+)'
)
_TYPED = _compiled(
    rf"\bALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s+ALTER\s+(?:COLUMN\s+)?"
    r'(?P<name>"[^"]+"|\w+)\s+(?:SET\s+DATA\s+)?TYPE\s+(?P<type>[^;]+?)\s*(?:;|$)'
)
_TEXT = _compiled(r"(?:TEXT|(?:VARCHAR|CHARACTER VARYING)\s*(?:\((?P<length>\d+)\))?)")
_OF_A_COLUMN = {"ban-drop-column", "ban-drop-default", "ban-drop-not-null", "renaming-column"}
"""Rules about what clients do with a column, and nobody with one that is new."""
_AGAIN = {
    "ban-drop-domain",
    "ban-drop-function",
    "ban-drop-sequence",
    "ban-drop-type",
    "ban-drop-view",
    "renaming-object",
}
"""Rules about things that a revision often makes again under the same name."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the statements of a revision make and take away."""

    new: frozenset[str]
    """The tables that it creates."""
    dropped: frozenset[str]
    """The tables that it drops, and does not create before."""
    made: frozenset[str]
    """Types, views, functions and the like that it makes, or renames to."""
    bound: frozenset[tuple[str, str]]
    """Table and name of the constraints that it adds."""
    columns: frozenset[str]
    """The columns that it adds, as `table.column`."""
    types: Mapping[str, str]
    """The types that columns had, as `table.column`, as far as the downgrade gives them back."""
    indexed: Mapping[str, str]
    """Index -> table, as far as either direction says."""

    def tables(self, code: str) -> tuple[str, ...]:
        """The tables that the statement is about; those of an index where it only names that."""
        named = (self.indexed.get(plain(one["name"])) for one in _INDEX_DROPPED.finditer(code))
        return tables_of(code) or tuple(dict.fromkeys(filter(None, named)))

    def is_own(self, rule: str, code: str) -> bool:
        """Whether what the rule has against the statement concerns the revision alone."""
        table = next(iter(self.tables(code)), None)
        if rule in STYLE:
            return False
        if rule == "ban-drop-table":
            return table not in self.dropped
        if table in self.new or table in self.dropped:
            return True
        if rule in _AGAIN:
            again = any(plain(one["name"]) in self.made for one in _TOUCHED.finditer(code))
            return again or _INDEX_RENAMED.search(code) is not None
        if rule in _OF_A_COLUMN:
            return subject(code, len(code), self.tables(code)) in self.columns
        return rule == "ban-drop-constraint" and self.bound.issuperset(_constraints(code, "DROP"))

    def is_quick(self, rule: str, code: str) -> bool:
        """Whether a text column becomes a longer one, for which nothing is written anew."""
        found = _TYPED.search(code) if rule == "changing-column-type" else None
        if found is None:
            return False
        old = self.types.get(f"{plain(found['table'])}.{plain(found['name'])}", "")
        before, after = _TEXT.fullmatch(old), _TEXT.fullmatch(found["type"])
        if not (before and after):
            return False
        return not after["length"] or int(before["length"] or 10**9) <= int(after["length"])


def scope_of(
    up: Sequence[Sent], down: Iterable[Sent] = (), *, indexed: Mapping[str, str] | None = None
) -> Scope:
    """What the statements of an upgrade make; the downgrade tells the tables of indexes.

    `indexed` are tables of indexes by what the text says.
    """
    names = [plain(one["name"]) for p in (_MADE, _RENAMED) for one in _found(p, up)]
    indexes = [*_found(_INDEX_MADE, down), *_found(_INDEX_MADE, up)]
    new, dropped = frozenset(created_tables(up)), set[str]()
    created: set[str] = set()
    for statement in up:
        gone = {plain(one["name"]) for one in _TABLE_DROPPED.finditer(statement.code)}
        dropped |= gone - created
        created.update(created_tables([statement]))
    bound = (pair for one in up for pair in _constraints(one.code, "ADD"))
    return Scope(
        new,
        frozenset(dropped),
        frozenset(names),
        frozenset(bound),
        frozenset(
            f"{plain(one['table'])}.{plain(one['name'])}" for one in _found(_COLUMN_ADDED, up)
        ),
        {
            f"{plain(one['table'])}.{plain(one['name'])}": one["type"]
            for one in _found(_TYPED, down)
        },
        {**(indexed or {}), **{plain(one["name"]): plain(one["table"]) for one in indexes}},
    )


def subject(code: str, place: int, tables: Sequence[str]) -> str:
    """What is at the place in the statement: `table.column`, `name on table`, or a table.

    Empty where the statement names nothing of the kind.
    """
    table = tables[0] if tables else ""
    if found := _INDEX_MADE.search(code) or _INDEX_DROPPED.search(code):
        return f"{plain(found['name'])}{table and f' on {table}'}"
    actions = list(_ACTION.finditer(code))
    before = [one for one in actions if one.start() <= place] or actions
    if not table and (found := _TOUCHED.search(code)):
        return plain(found["name"])
    if not (before and table):
        return table
    name = plain(before[-1]["name"] or before[-1]["renamed"])
    is_constraint = (before[-1]["kind"] or "").upper() == "CONSTRAINT"
    return f"{name} on {table}" if is_constraint else f"{table}.{name}"


def _constraints(code: str, action: str) -> Iterator[tuple[str, str]]:
    for one in _BOUND.finditer(code):
        if one["action"].upper() == action:
            yield plain(one["table"]), plain(one["name"])


def _found(pattern: re.Pattern[str], statements: Iterable[Sent]) -> Iterator[re.Match[str]]:
    for statement in statements:
        yield from pattern.finditer(statement.code)
