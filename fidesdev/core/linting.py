"""From what linters say of the SQL of a revision to findings in its file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from fidesdev.core.findings import Finding
from fidesdev.core.graph import Revision
from fidesdev.core.lint_codes import LINTS, STYLE
from fidesdev.core.lint_statements import Hazard
from fidesdev.core.sent import code_of, created_tables, sent, tables_of
from fidesdev.core.statements import Rendered, Statement

LARGE, SMALL = 100_000, 1_000
"""Rows from which on a lock is felt, and below which it is not."""


@dataclass(frozen=True, slots=True)
class SqlText:
    """The statements of a revision as one text, and where each line of it comes from."""

    text: str
    statements: tuple[Statement, ...]
    starts: tuple[int, ...]
    """The line of the text, from 0, at which each statement begins."""

    def statement_at(self, line: int) -> Statement:
        """The statement that the line of the text belongs to."""
        return self.statements[bisect_right(self.starts, line) - 1]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows the tables of a live database have, as its statistics say."""

    rows: Mapping[str, int]

    @property
    def large(self) -> frozenset[str]:
        """The tables where a lock is felt."""
        return frozenset(table for table, rows in self.rows.items() if rows >= LARGE)

    def severity(self, usual: str, tables: Iterable[str]) -> str:
        """How severe a hazard on the tables is: an error on a large one, a warning on small ones.

        A table that the database does not have, or that was never analysed, changes nothing.
        """
        counted = [self.rows[table] for table in tables if self.rows.get(table, -1) >= 0]
        if any(rows >= LARGE for rows in counted):
            return "error"
        return "warning" if counted and max(counted) < SMALL else usual

    def shown(self, tables: Iterable[str]) -> str:
        """The sizes as a message says them; empty where none is known."""
        known = [(table, self.rows[table]) for table in tables if self.rows.get(table, -1) >= 0]
        return ", ".join(f"{table} has about {rows:,} rows" for table, rows in known)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a linter of SQL said of a line."""

    rule: str
    line: int
    """In the text, from 0."""
    message: str
    remedy: str


def joined(rendered: Rendered) -> SqlText:
    """The statements as one text; the transaction of a script that stopped is ended."""
    end = (Statement("COMMIT;", 0),) if rendered.failure else ()
    statements = (*rendered.statements, *end)
    texts = [f"{statement.sql}\n" for statement in statements]
    ends = accumulate(text.count("\n") for text in texts)
    return SqlText("".join(texts), statements, (0, *ends)[: len(texts)])


def sql_findings(
    revision: Revision, text: SqlText, judged: Iterable[Judged], sizes: Sizes
) -> list[Finding]:
    """The findings in the revision's file; none on tables that the revision itself creates.

    Several of one rule in one line of the file, such as those of a loop, are one.
    """
    new = frozenset(created_tables(sent(text.statements)))
    found: dict[tuple[str, int, str], Finding] = {}
    for one in judged:
        statement = text.statement_at(one.line)
        tables = tables_of(code_of(_rest(text, statement, one.line)))
        if tables and new.issuperset(tables[:1]) and one.rule not in STYLE:
            continue
        message = one.message.rstrip(".")
        made = _finding(revision, one.rule, message, statement.line, tables, sizes)
        found[one.rule, statement.line, " ".join(tables)] = replace(
            made, hint=one.remedy or made.hint
        )
    return list(found.values())


def hazard_findings(revision: Revision, hazards: Iterable[Hazard], sizes: Sizes) -> list[Finding]:
    """The findings of our own rules."""
    return [
        _finding(revision, one.code, one.message, one.line, one.tables, sizes)
        for one in dict.fromkeys(hazards)
    ]


def _finding(
    revision: Revision,
    code: str,
    message: str,
    line: int | None,
    tables: Sequence[str],
    sizes: Sizes,
) -> Finding:
    check = LINTS.get(code)
    usual = check.severity if check else "warning"
    hint = check.remedy if check else f"It is a rule of squawk: {code}."
    rows = sizes.shown(tables)
    about = f"{', '.join(tables)}: " if tables and tables[0] not in message else ""
    return Finding(
        code,
        sizes.severity(usual, tables) if code not in STYLE else usual,
        f"{about}{message}{rows and ' (' + rows + ')'}",
        hint,
        revision.id,
        revision.path,
        line or None,
    )


def _rest(text: SqlText, statement: Statement, line: int) -> str:
    """The part of a statement's text from the line on: a text can hold several statements."""
    start = text.starts[text.statements.index(statement)]
    return "\n".join(statement.sql.split("\n")[max(line - start, 0) :])
