"""What a statement locks, works through and loses, as PostgreSQL's documentation says.

Lock modes: https://www.postgresql.org/docs/current/explicit-locking.html, and for the forms of
ALTER TABLE https://www.postgresql.org/docs/current/sql-altertable.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from fidesdev.core.sent import code_of, plain
from fidesdev.core.statements import Statement

Work = Literal["", "scan", "index", "rewrite"]
ACCESS_EXCLUSIVE, SHARE, ROW_EXCLUSIVE = "AccessExclusive", "Share", "RowExclusive"
SHARE_ROW_EXCLUSIVE, SHARE_UPDATE = "ShareRowExclusive", "ShareUpdateExclusive"
STOPS = {
    ACCESS_EXCLUSIVE: "reads and writes",
    SHARE: "writes",
    SHARE_ROW_EXCLUSIVE: "writes",
}
"""What the others wait for, by the lock that is held; the rest stop neither."""
BYTES_PER_SECOND: dict[Work, float] = {"scan": 400e6, "index": 60e6, "rewrite": 80e6}
"""Of a table on one ordinary disk, for an order of magnitude."""

_NAME = r'(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?'
_IF = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
_ALTER = rf"^ALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s+(?:.*,\s*)?"
_VOLATILE = re.compile(
    r"\bDEFAULT\s+(?:\(?\s*)?(?:gen_random_uuid|uuid_generate_v\d\w*|random|clock_timestamp|nextval)"
    r"|\b(?:BIG|SMALL)?SERIAL\b|\bGENERATED\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that is gone after the statement."""

    kind: str
    """`table`, `column`, `rows`, `index`, `type`, `view`, `schema` or `constraint`."""
    name: str
    """A column as `table.column`; in lower case, without a schema."""
    some: bool = False
    """Whether a condition says which of the rows."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one statement does to tables that are there."""

    sql: str
    line: int
    tables: tuple[str, ...] = ()
    """The tables that are locked."""
    lock: str = ""
    """The mode, as `pg_locks` spells it without `Lock`; empty where nothing is locked."""
    work: Work = ""
    """`scan` or `rewrite` of the first table, or an `index` that is built on it."""
    loses: tuple[Lost, ...] = ()


@dataclass(frozen=True, slots=True)
class _Form:
    """One form of a statement, and what it does."""

    pattern: re.Pattern[str]
    lock: str = ""
    work: Work = ""
    loses: str = ""


def _form(pattern: str, lock: str = "", work: Work = "", loses: str = "") -> _Form:
    return _Form(re.compile(pattern, re.IGNORECASE | re.DOTALL), lock, work, loses)


_FORMS = (
    _form(rf"^DROP\s+TABLE\s+{_IF}(?P<table>{_NAME})", ACCESS_EXCLUSIVE, loses="table"),
    _form(
        rf"^TRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?(?P<table>{_NAME})", ACCESS_EXCLUSIVE, "", "rows"
    ),
    _form(
        rf"^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+.*?\bON\s+(?:ONLY\s+)?(?P<table>{_NAME})",
        SHARE_UPDATE,
        "index",
    ),
    _form(
        rf"^CREATE\s+(?:UNIQUE\s+)?INDEX\s+.*?\bON\s+(?:ONLY\s+)?(?P<table>{_NAME})", SHARE, "index"
    ),
    _form(rf"^DROP\s+INDEX\s+CONCURRENTLY\s+{_IF}(?P<name>{_NAME})", SHARE_UPDATE, "", "index"),
    _form(rf"^DROP\s+INDEX\s+{_IF}(?P<name>{_NAME})", ACCESS_EXCLUSIVE, "", "index"),
    _form(rf"^DROP\s+TYPE\s+{_IF}(?P<name>{_NAME})", "", "", "type"),
    _form(rf"^DROP\s+(?:MATERIALIZED\s+)?VIEW\s+{_IF}(?P<name>{_NAME})", "", "", "view"),
    _form(rf"^DROP\s+SCHEMA\s+{_IF}(?P<name>{_NAME})", "", "", "schema"),
    _form(rf"^UPDATE\s+(?:ONLY\s+)?(?P<table>{_NAME})", ROW_EXCLUSIVE, "scan"),
    _form(rf"^DELETE\s+FROM\s+(?:ONLY\s+)?(?P<table>{_NAME})", ROW_EXCLUSIVE, "scan", "rows"),
    _form(rf"^INSERT\s+INTO\s+(?P<table>{_NAME})", ROW_EXCLUSIVE),
    _form(rf"{_ALTER}ADD\s+COLUMN\s+{_IF}(?P<new>{_NAME})\s", ACCESS_EXCLUSIVE),
    _form(rf"{_ALTER}DROP\s+COLUMN\s+{_IF}(?P<column>{_NAME})", ACCESS_EXCLUSIVE, loses="column"),
    _form(
        rf"{_ALTER}DROP\s+CONSTRAINT\s+{_IF}(?P<name>{_NAME})",
        ACCESS_EXCLUSIVE,
        loses="constraint",
    ),
    _form(
        rf"{_ALTER}ALTER\s+(?:COLUMN\s+)?{_NAME}\s+(?:SET\s+DATA\s+)?TYPE\s",
        ACCESS_EXCLUSIVE,
        "rewrite",
    ),
    _form(rf"{_ALTER}ALTER\s+(?:COLUMN\s+)?{_NAME}\s+SET\s+NOT\s+NULL", ACCESS_EXCLUSIVE, "scan"),
    _form(rf"{_ALTER}VALIDATE\s+CONSTRAINT\b", SHARE_UPDATE, "scan"),
    _form(
        rf"{_ALTER}ADD\s+(?:CONSTRAINT\s+{_NAME}\s+)?FOREIGN\s+KEY\b.*?"
        rf"\bREFERENCES\s+(?P<other>{_NAME})",
        SHARE_ROW_EXCLUSIVE,
        "scan",
    ),
    _form(rf"{_ALTER}ADD\s+.*\bUSING\s+INDEX\b", ACCESS_EXCLUSIVE),
    _form(
        rf"{_ALTER}ADD\s+(?:CONSTRAINT\s+{_NAME}\s+)?(?:UNIQUE|PRIMARY\s+KEY|EXCLUDE)\b",
        ACCESS_EXCLUSIVE,
        "index",
    ),
    _form(rf"{_ALTER}ADD\s+(?:CONSTRAINT\s+{_NAME}\s+)?CHECK\b", ACCESS_EXCLUSIVE, "scan"),
    _form(
        rf"{_ALTER}SET\s+(?:LOGGED|UNLOGGED|TABLESPACE|ACCESS\s+METHOD)\b",
        ACCESS_EXCLUSIVE,
        "rewrite",
    ),
    _form(_ALTER, ACCESS_EXCLUSIVE),
    _form(rf"^COMMENT\s+ON\s+(?:TABLE|COLUMN)\s+(?P<table>{_NAME})", SHARE_UPDATE),
    _form(
        rf"^CREATE\s+(?:CONSTRAINT\s+)?TRIGGER\s.*?\bON\s+(?P<table>{_NAME})", SHARE_ROW_EXCLUSIVE
    ),
    _form(rf"^LOCK\s+(?:TABLE\s+)?(?P<table>{_NAME})", ACCESS_EXCLUSIVE),
    _form(
        rf"^(?:VACUUM\s+FULL|CLUSTER|REINDEX\s+TABLE)\s+(?P<table>{_NAME})",
        ACCESS_EXCLUSIVE,
        "rewrite",
    ),
)
_CREATES = _form(rf"^CREATE\s+(?:\w+\s+)*?TABLE\s+{_IF}(?P<table>{_NAME})(?P<body>.*)$").pattern
_REFERENCES = re.compile(rf"\bREFERENCES\s+({_NAME})", re.IGNORECASE)


def effects(statements: Iterable[Statement]) -> tuple[Effect, ...]:
    """What the statements do, one by one; those on tables that they create themselves lock nobody.

    A statement whose form is not known is told without an effect. `DROP INDEX` names no table.
    """
    new: set[str] = set()
    found: list[Effect] = []
    for sql, line in _single(statements):
        code = code_of(sql)
        if created := _CREATES.match(code):
            new.add(plain(created["table"]))
            referred = {plain(name) for name in _REFERENCES.findall(created["body"])} - new
            lock = SHARE_ROW_EXCLUSIVE if referred else ""
            found.append(Effect(sql, line, tuple(sorted(referred)), lock))
        else:
            found.append(_judged(sql, code, line, frozenset(new)))
    return tuple(found)


def seconds_of(work: Work, size: int) -> float:
    """About how long the work on a table of so many bytes takes; 0 without any."""
    return size / BYTES_PER_SECOND[work] if work else 0.0


def _judged(sql: str, code: str, line: int, new: frozenset[str]) -> Effect:
    for form in _FORMS:
        if match := form.pattern.match(code):
            groups = match.groupdict()
            named = [plain(name) for name in (groups.get("table"), groups.get("other")) if name]
            tables = tuple(name for name in dict.fromkeys(named) if name not in new)
            if named and not tables:
                return Effect(sql, line)
            lock = form.lock if tables or form.loses else ""
            return Effect(
                sql, line, tables, lock, _work(form, code), tuple(_lost(form, groups, code))
            )
    return Effect(sql, line)


def _work(form: _Form, code: str) -> Work:
    """What has to be gone through; a constraint that is not validated yet asks for nothing."""
    if re.search(r"\bNOT\s+VALID\b", code, re.IGNORECASE):
        return ""
    if "ADD\\s+COLUMN" in form.pattern.pattern and _VOLATILE.search(code):
        return "rewrite"
    return form.work


def _lost(form: _Form, groups: dict[str, str | None], code: str) -> Iterator[Lost]:
    if not form.loses:
        return
    table, name = plain(groups.get("table") or ""), plain(groups.get("name") or "")
    if form.loses == "column":
        yield Lost("column", f"{table}.{plain(groups.get('column') or '')}")
    else:
        some = form.loses == "rows" and re.search(r"\b(?:WHERE|USING)\b", code, re.I) is not None
        yield Lost(form.loses, name or table, some)


def _single(statements: Iterable[Statement]) -> Iterator[tuple[str, int]]:
    """Each statement alone, with the line of the script that sends it; transactions left out."""
    for statement in statements:
        code, start = code_of(statement.sql), 0
        for end in [*(found.start() for found in re.finditer(";", code)), len(code)]:
            sql = statement.sql[start:end].strip()
            if sql and sql.upper() not in {"BEGIN", "COMMIT"}:
                yield sql, statement.line
            start = end + 1
