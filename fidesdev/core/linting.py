"""From what linters say of the SQL of a revision to findings in its file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from fidesdev.core.findings import Finding
from fidesdev.core.graph import Revision
from fidesdev.core.lint_codes import LINTS, SIZED
from fidesdev.core.lint_scope import Scope, subject
from fidesdev.core.lint_squawk import REMEDIED
from fidesdev.core.lint_statements import Hazard
from fidesdev.core.sent import code_of
from fidesdev.core.statements import Rendered, Statement

LARGE, SMALL = 100_000, 1_000
"""Rows from which on a lock is felt, and below which it is not."""
_NAMED = 3
"""So many columns or the like are named in one finding."""
_ENDED = "the script ends Alembic's transaction itself"
_SAID_BETTER = {
    "adding-foreign-key-constraint",
    "adding-serial-primary-key-field",
    "disallowed-unique-constraint",
}
"""What `constraint-missing-not-valid` says again, even of keys, which cannot be NOT VALID."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a linter of SQL said of a line."""

    rule: str
    line: int
    """In the text, from 0."""
    column: int
    """In the line, from 0."""
    message: str
    remedy: str


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

    def in_the_script(self, judged: Judged) -> Judged:
        """The same, where the script and not Alembic is to blame: for a COMMIT of its own."""
        at = bisect_right(self.starts, judged.line) - 1
        if self.statements[at].line or judged.rule != "transaction-nesting":
            return judged
        above = reversed([*zip(self.statements[:at], self.starts[:at], strict=True)])
        own = next((start for one, start in above if one.line and _ends(one.sql)), None)
        return replace(judged, line=own, column=0, message=_ENDED) if own is not None else judged


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


def _ends(sql: str) -> bool:
    return code_of(sql).strip(" ;\n").upper() in {"COMMIT", "ROLLBACK", "END"}


def joined(rendered: Rendered) -> SqlText:
    """The statements as one text; a transaction that a script stopped in is ended."""
    words = [code_of(one.sql).strip(" ;\n").upper() for one in rendered.statements]
    begun = [word for word in words if word in {"BEGIN", "COMMIT"}][-1:] == ["BEGIN"]
    end = (Statement("COMMIT;", 0),) if rendered.failure and begun else ()
    statements = (*rendered.statements, *end)
    texts = [f"{statement.sql}\n" for statement in statements]
    ends = accumulate(text.count("\n") for text in texts)
    return SqlText("".join(texts), statements, (0, *ends)[: len(texts)])


def sql_findings(
    revision: Revision, text: SqlText, judged: Iterable[Judged], sizes: Sizes, scope: Scope
) -> list[Finding]:
    """The findings in the revision's file; none on what the revision itself makes or drops.

    Several of one rule on the same tables in one line of the file, such as a loop's, are one.
    """
    given = list(judged)
    said = {one.line for one in given if one.rule in _SAID_BETTER}
    first: dict[tuple[str, int, tuple[str, ...]], Judged] = {}
    about: dict[tuple[str, int, tuple[str, ...]], list[str]] = {}
    for one in map(text.in_the_script, given):
        statement = text.statement_at(one.line)
        code, place = _piece(text, statement, one)
        again = one.rule == "constraint-missing-not-valid" and one.line in said
        if again or scope.is_own(one.rule, code) or scope.is_quick(one.rule, code):
            continue
        key = (one.rule, statement.line, scope.tables(code))
        first.setdefault(key, one)
        about.setdefault(key, []).append(subject(code, place, key[2]))
    return [_sql_finding(revision, key, one, about[key], sizes) for key, one in first.items()]


def hazard_findings(revision: Revision, hazards: Iterable[Hazard], sizes: Sizes) -> list[Finding]:
    """The findings of our own rules."""
    return [
        _finding(revision, one.code, one.message, one.line, one.tables, sizes)
        for one in dict.fromkeys(hazards)
    ]


def _sql_finding(
    revision: Revision,
    key: tuple[str, int, tuple[str, ...]],
    judged: Judged,
    about: Sequence[str],
    sizes: Sizes,
) -> Finding:
    names = list(dict.fromkeys(filter(None, about)))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    start = f"{', '.join(names[:_NAMED])}{more}: " if names else ""
    rule, line, tables = key
    made = _finding(revision, rule, f"{start}{judged.message.rstrip('.')}", line, tables, sizes)
    return replace(made, hint=made.hint if rule in REMEDIED else judged.remedy or made.hint)


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
    return Finding(
        code,
        sizes.severity(usual, tables) if code in SIZED else usual,
        f"{message}{rows and ' (' + rows + ')'}",
        hint,
        revision.id,
        revision.path,
        line or None,
    )


def _piece(text: SqlText, statement: Statement, one: Judged) -> tuple[str, int]:
    """The one statement that is judged, of all in a text, and where in it; without literals."""
    start = text.starts[text.statements.index(statement)]
    code = code_of(statement.sql)
    above = code.split("\n")[: one.line - start]
    place = sum(len(line) + 1 for line in above) + one.column
    begin, end = code.rfind(";", 0, place) + 1, code.find(";", place)
    return code[begin : end if end >= 0 else None], place - begin
