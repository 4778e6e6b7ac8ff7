"""Rendered statements made ready to be judged: without literals, each with its transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fidesdev.core.statements import Statement

_NOT_CODE = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$", re.DOTALL
)
_NAME = r'(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?'
_IF = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
_TABLE = re.compile(
    rf"\b(?:ALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?|CREATE\s+(?:\w+\s+)*?TABLE\s+{_IF}|"
    rf"DROP\s+TABLE\s+{_IF}|UPDATE\s+(?:ONLY\s+)?|DELETE\s+FROM\s+(?:ONLY\s+)?|"
    rf"INSERT\s+INTO\s+|TRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?|INDEX\b[^;]*?\bON\s+(?:ONLY\s+)?)"
    rf"(?P<table>{_NAME})",
    re.IGNORECASE,
)
_CREATES = re.compile(
    rf"\bCREATE\s+(?:(?:GLOBAL|LOCAL|UNLOGGED|TEMP|TEMPORARY)\s+)*TABLE\s+{_IF}(?P<table>{_NAME})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as it is judged."""

    text: str
    """As it would be sent."""
    code: str
    """The same with every literal emptied and every comment removed."""
    line: int
    in_transaction: bool
    tables: tuple[str, ...]
    """The tables that it is about: lower case, without a schema."""


def sent(statements: Iterable[Statement]) -> tuple[Sent, ...]:
    """The statements without the transaction's own, and whether each runs inside of one."""
    found: list[Sent] = []
    inside = False
    for statement in statements:
        code = code_of(statement.sql)
        word = code.strip(" ;\n").upper()
        if word in {"BEGIN", "COMMIT"}:
            inside = word == "BEGIN"
            continue
        found.append(Sent(statement.sql, code, statement.line, inside, tables_of(code)))
    return tuple(found)


def code_of(text: str) -> str:
    """The text with its comments removed and its literals emptied; as long as before."""
    return _NOT_CODE.sub(_blank, text)


def tables_of(code: str) -> tuple[str, ...]:
    """The tables that statements create, change, drop, index or write to."""
    return tuple(dict.fromkeys(plain(found["table"]) for found in _TABLE.finditer(code)))


def created_tables(statements: Iterable[Sent]) -> Iterator[str]:
    """The tables that the statements create."""
    for statement in statements:
        yield from (plain(found["table"]) for found in _CREATES.finditer(statement.code))


def plain(name: str) -> str:
    """A name without quotes and schema, in lower case."""
    return name.replace('"', "").rpartition(".")[2].lower()


def _blank(found: re.Match[str]) -> str:
    """As many characters, so that every position stays; a literal keeps its quotes."""
    text = found[0]
    kept = "".join(character if character == "\n" else " " for character in text[1:-1])
    return f"'{kept}'" if text[0] == "'" else f" {kept} "
