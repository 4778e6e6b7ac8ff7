"""Which revisions made a table or column what it is, from what their upgrades touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from fidesdev.core.touches import (
    ALTER,
    COLUMN,
    CREATE,
    DROP,
    INDEX,
    RENAME,
    TABLE,
    TYPE,
    USE,
    Touch,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: a table, or one column of it; in lower case, without a schema."""

    table: str
    column: str = ""

    def __str__(self) -> str:
        """As it is typed: `table` or `table.column`."""
        return f"{self.table}.{self.column}" if self.column else self.table


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that brought a file."""

    id: str
    author: str
    date: str
    """ISO 8601, UTC."""
    subject: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one statement of a revision does to the subject."""

    revision: str
    message: str
    path: str
    line: int
    action: str
    """`create`, `drop`, `rename`, `alter` or `use`."""
    what: str
    """`table privacyrequest`, `column privacyrequest.status`, `index ix_status` ..."""
    commit: str | None = None
    author: str | None = None
    date: str | None = None
    subject: str | None = None
    branch: str | None = None
    """The branch that has the commit: upstream, or else the one that is checked out."""


@dataclass(frozen=True, slots=True)
class WhyReport:
    """The changes of one table or column, newest first."""

    subject: str
    names: tuple[str, ...]
    """Every name that it had."""
    changes: tuple[Change, ...]


Touched = Mapping[str, Sequence[Touch]]
"""Revision id -> what its upgrade touches; in the order in which they are applied."""


def parse_subject(text: str) -> Subject:
    """`TABLE`, `TABLE.COLUMN`, or either with a schema in front and in double quotes."""
    parts = text.replace('"', "").lower().split(".")
    table, column = parts[-2:] if len(parts) > 1 else (parts[0], "")
    return Subject(table, column)


def changes_of(subject: Subject, touched: Touched) -> tuple[list[str], list[tuple[str, Touch]]]:
    """Every name of the subject, and (revision, touch) of each change, newest first.

    A rename is followed to the older name. One line of a script counts once for each thing that
    it touches.
    """
    names: list[str] = [str(subject)]
    changes: list[tuple[str, Touch]] = []
    for revision, touches in reversed(list(touched.items())):
        found: list[Touch] = []
        for _line, group in groupby(reversed(touches), key=lambda touch: touch.line):
            statement = tuple(reversed(list(group)))
            names += [old for old in _older(tuple(names), statement) if old not in names]
            found += reversed(list(_about(names, statement)))
        exact = [touch for touch in found if (touch.kind, touch.action) != (TABLE, ALTER)]
        changes += [(revision, touch) for touch in exact or found]
    return names, changes


def known_names(touched: Touched) -> set[str]:
    """Every table and column that the scripts name."""
    kinds = {TABLE, COLUMN}
    return {touch.name for touches in touched.values() for touch in touches if touch.kind in kinds}


def described(change: Change, commit: Commit | None, branch: str | None) -> Change:
    """The change with the commit that brought it."""
    if commit is None:
        return change
    return replace(
        change,
        commit=commit.id,
        author=commit.author,
        date=commit.date,
        subject=commit.subject,
        branch=branch,
    )


def _about(names: Sequence[str], statement: Sequence[Touch]) -> Iterator[Touch]:
    """What a statement does to the subject."""
    columns = {name for name in names if "." in name}
    yield from _about_column(columns, statement) if columns else _about_table(names, statement)


def _about_column(columns: set[str], statement: Sequence[Touch]) -> Iterator[Touch]:
    """To the column itself, then to the whole of its table."""
    tables = {name.partition(".")[0] for name in columns}
    for touch in statement:
        if touch.kind == COLUMN and touch.name in columns:
            yield touch
    for touch in statement:
        if touch.action in {DROP, RENAME} and touch.name in tables:
            yield touch


def _about_table(names: Sequence[str], statement: Sequence[Touch]) -> Iterator[Touch]:
    """To the whole of the table, else to its columns or indexes."""
    own = [touch for touch in statement if touch.table in names and touch.action != USE]
    whole = [touch for touch in own if touch.kind == TABLE]
    if any(touch.action != ALTER for touch in whole):
        yield from whole
    elif own:
        parts = [touch for touch in own if touch.kind == COLUMN]
        yield from parts or [touch for touch in statement if touch.kind == INDEX] or own


def _older(names: Iterable[str], statement: Sequence[Touch]) -> Iterator[str]:
    """The names that a statement renames to one of the names."""
    made = {touch.name for touch in statement if touch.action == CREATE and touch.kind != TYPE}
    for old in (touch.name for touch in statement if touch.action == RENAME):
        for name in names:
            if name in made:
                yield old
            elif name.partition(".")[0] in made and "." not in old:
                yield f"{old}.{name.partition('.')[2]}"
