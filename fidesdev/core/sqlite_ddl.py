"""What a statement that SQLite keeps in `sqlite_schema` says, without how it is written.

SQLite has no catalog of checks, collations or names of constraints but the text that made them,
and rewrites that text when a table is renamed or gets a column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?(?:\*/|$))
    |(?P<text>[xX]?'(?:''|[^'])*')
    |(?P<quoted>"(?:""|[^"])*"|`(?:``|[^`])*`|\[[^\]]*\])
    |(?P<word>[^\W\d][\w$]*)
    |(?P<other>\d[\w.]*|->>|\|\||<=|>=|<>|!=|==|<<|>>|->|.)""",
    re.DOTALL | re.VERBOSE,
)
_SIMPLE = re.compile(r"[^\W\d]\w*")
_KEYWORD = re.compile(
    "ACTION|ALWAYS|AND|AS|AUTOINCREMENT|CASCADE|CHECK|COLLATE|CONFLICT|CONSTRAINT|CREATE|DEFAULT"
    "|DEFERRABLE|DEFERRED|DELETE|FOREIGN|GENERATED|IMMEDIATE|IN|INDEX|INITIALLY|IS|KEY|MATCH|NO|NOT"
    "|NULL|ON|OR|PRIMARY|REFERENCES|RESTRICT|SET|STORED|STRICT|TABLE|UNIQUE|UPDATE|VIRTUAL|WITHOUT",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    "CONSTRAINT|PRIMARY|NOT|NULL|UNIQUE|CHECK|DEFAULT|COLLATE|REFERENCES|GENERATED|AS"
)
_OF_TABLE = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}
_OF_ROWS = {"PRIMARY", "UNIQUE", "CHECK", "REFERENCES"}
"""Column clauses that a table could state as well."""


@dataclass(frozen=True, slots=True)
class TableText:
    """A CREATE TABLE, taken apart; constraints of columns are as though the table had them."""

    columns: tuple[tuple[str, str], ...]
    """Name, and its type, nullability, default, collation or expression."""
    constraints: tuple[tuple[str, str], ...]
    """Name ('' without one), and what it says."""
    options: str
    """`STRICT`, `WITHOUT ROWID`."""


def plain_text(statement: str) -> str:
    """The statement without comments, needless quotes and its own line breaks."""
    return _joined(_tokens(statement))


def read_table(statement: str) -> TableText:
    """The parts of a CREATE TABLE, as SQLite keeps it."""
    tokens = list(_tokens(statement))
    start = tokens.index("(")
    end = _closing(tokens, start)
    columns: list[tuple[str, str]] = []
    constraints: list[tuple[str, str]] = []
    for part in _split(tokens[start + 1 : end]):
        if part[0] in _OF_TABLE:
            constraints.append(_named(part))
        else:
            text, own = _column(part)
            columns.append((part[0], text))
            constraints += own
    return TableText(tuple(columns), tuple(constraints), _joined(tokens[end + 1 :]))


def _tokens(statement: str) -> Iterator[str]:
    for found in _TOKEN.finditer(statement):
        kind, text = found.lastgroup, found[0]
        if kind == "quoted":
            yield _unquoted(text)
        elif kind == "word":
            yield text.upper() if _KEYWORD.fullmatch(text) else text
        elif kind != "skip":
            yield text


def _unquoted(text: str) -> str:
    """The name alone where it needs no quotes, else in double ones."""
    end = text[-1]
    name = text[1:-1].replace(end * 2, end)
    if _SIMPLE.fullmatch(name) and not _KEYWORD.fullmatch(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def _closing(tokens: Sequence[str], start: int) -> int:
    """Where the parenthesis at `start` ends."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] == "(") - (tokens[index] == ")")
        if depth == 0:
            return index
    return len(tokens)


def _split(tokens: Sequence[str]) -> Iterator[list[str]]:
    """The parts between the commas that are in no parenthesis."""
    part: list[str] = []
    depth = 0
    for word in tokens:
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(word)
    if part:
        yield part


def _column(part: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """What a column is, and the constraints that it states for the table."""
    type_, *clauses = _clauses(part[1:])
    told = [_joined(type_).upper()]
    constraints: list[tuple[str, str]] = []
    name = ""
    for clause in clauses:
        if clause[0] == "CONSTRAINT":
            name = clause[1]
            continue
        if clause[0] in _OF_ROWS:
            constraints.append((name, _joined(_as_of_table(part[0], clause))))
        elif clause != ["NULL"]:
            told.append(_joined(_bare_default(clause)))
        name = ""
    return " ".join(filter(None, [told[0], *sorted(told[1:])])), constraints


def _clauses(tokens: Sequence[str]) -> Iterator[list[str]]:
    """The type, then each constraint of a column; each CONSTRAINT with its name alone."""
    clause: list[str] = []
    depth = 0
    for index, word in enumerate(tokens):
        if depth == 0 and _CLAUSE.fullmatch(word) and _begins(tokens, index):
            yield clause
            clause = []
        depth += (word == "(") - (word == ")")
        clause.append(word)
    yield clause


def _begins(tokens: Sequence[str], index: int) -> bool:
    """Whether a keyword begins a clause, and is not the end of another one."""
    first, before = ("", "", *tokens[:index])[-2:]
    after = tokens[index + 1] if index + 1 < len(tokens) else ""
    if tokens[index] == "NOT" and after == "DEFERRABLE":
        return False
    if (first, before) == ("SET", "DEFAULT"):
        return True
    return before not in {"SET", "DEFAULT", "NOT", "ALWAYS", "CONSTRAINT"}


def _as_of_table(column: str, clause: Sequence[str]) -> list[str]:
    match clause[0]:
        case "PRIMARY":
            return ["PRIMARY", "KEY", "(", column, ")", *clause[2:]]
        case "UNIQUE":
            return ["UNIQUE", "(", column, ")", *clause[1:]]
        case "REFERENCES":
            return ["FOREIGN", "KEY", "(", column, ")", *clause]
    return list(clause)


def _bare_default(clause: list[str]) -> list[str]:
    """A default without the parentheses around all of it."""
    if clause[:2] == ["DEFAULT", "("] and _closing(clause, 1) == len(clause) - 1:
        return ["DEFAULT", *clause[2:-1]]
    return clause


def _named(part: list[str]) -> tuple[str, str]:
    if part[0] == "CONSTRAINT":
        return part[1], _joined(part[2:])
    return "", _joined(part)


def _joined(tokens: Iterable[str]) -> str:
    text = " ".join(tokens)
    return text.replace("( ", "(").replace(" )", ")").replace(" ,", ",")
