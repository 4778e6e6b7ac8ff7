"""What a plan did on a copy of the database, step by step, beside what was foreseen."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass, replace

from fidesdev.core.impacts import Impact
from fidesdev.core.schema import SchemaChange
from fidesdev.core.sent import plain
from fidesdev.core.snapshot_diffs import RowsChange
from fidesdev.core.statements import Rendered, Statement

MODES = (
    "AccessShare",
    "RowShare",
    "RowExclusive",
    "ShareUpdateExclusive",
    "Share",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
)
"""Of locks on tables, as `pg_locks` spells them without `Lock`; the weakest first."""
READING = frozenset(MODES[:2])
"""What every SELECT takes, also one that locks rows: nobody but an AccessExclusive waits."""

COVERING = frozenset(MODES[-3:])
"""Those that keep out whatever any weaker one keeps out."""


@dataclass(frozen=True, slots=True)
class SeenLock:
    """A lock that a step held on a table or a view which was there before the plan."""

    name: str
    """`public.shop`, as it was called when the step began."""
    mode: str
    """One of `MODES`."""

    @property
    def table(self) -> str:
        """The name without a schema, in lower case."""
        return plain(self.name)


@dataclass(frozen=True, slots=True)
class SeenStatement:
    """A text that a script sent, as often as it did so from one line."""

    sql: str
    """With placeholders where values were."""
    line: int
    times: int
    seconds: float
    """All times together."""
    locks: tuple[SeenLock, ...]
    """Those that were not held before its first time."""
    alone: bool
    """Whether it ran outside of a transaction, where locks are seen only while it lasts."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What one step did on the copy."""

    seconds: float
    statements: tuple[SeenStatement, ...]
    locks: tuple[SeenLock, ...] = ()
    """All that it took, the strongest first; without those that reading takes."""
    schema: tuple[SchemaChange, ...] = ()
    rows: tuple[RowsChange, ...] = ()
    """The tables that were there and have another number of rows, or are gone."""
    differs: tuple[str, ...] = ()
    """Where it took other locks than were foreseen."""
    unseen: tuple[str, ...] = ()
    """Statements whose locks nobody saw."""


@dataclass(frozen=True, slots=True)
class RehearsalFailure:
    """Where the plan stopped on the copy."""

    message: str
    direction: str | None = None
    """None where no step failed, but what came after all of them: the commit."""
    revision: str | None = None
    path: str | None = None
    line: int | None = None
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A plan that ran on a copy of the database, which is gone."""

    seconds: float
    """Of the plan, with what it took to look."""
    copied_in: float
    """Seconds."""
    failure: RehearsalFailure | None = None


def strongest(locks: Iterable[SeenLock]) -> tuple[SeenLock, ...]:
    """The locks that can make others wait, each once; the strongest first."""
    told = dict.fromkeys(lock for lock in locks if lock.mode not in READING)
    return tuple(sorted(told, key=lambda lock: (-MODES.index(lock.mode), lock.name)))


def compared(foreseen: Collection[Impact], seen: Observed, held: Iterable[SeenLock]) -> Observed:
    """What was seen of a step, with where it took other locks than its statements' forms tell.

    `held` are those that it had when it began. What ran alone may have had locks that nobody saw.
    """
    unseen = [one for one in seen.statements if one.alone and not one.locks]
    lines = {one.line for one in unseen}
    locking = {one.line for one in foreseen if one.lock}
    return replace(
        seen,
        differs=tuple(dict.fromkeys(_disagreements(foreseen, seen, held, lines))),
        unseen=tuple(one.sql for one in unseen if one.line in locking),
    )


def as_sent(seen: Observed, failure: RehearsalFailure | None = None) -> Rendered:
    """The statements as though they had been rendered."""
    sent = tuple(Statement(one.sql, one.line) for one in seen.statements)
    if failure is None:
        return Rendered(sent, recorded=True)
    return Rendered(sent, failure.message, failure.line, recorded=True)


def _disagreements(
    foreseen: Collection[Impact],
    seen: Observed,
    held: Iterable[SeenLock],
    unseen: Container[int],
) -> Iterator[str]:
    there = {(lock.table, lock.mode) for lock in (*held, *seen.locks)}
    told = {(table.name, one.lock) for one in foreseen for table in one.tables}
    covered = {table for table, lock in told & there if lock in COVERING}
    for one in foreseen:
        for table in one.tables if one.lock and one.line not in unseen else ():
            if table.rows is not None and (table.name, one.lock) not in there:
                yield f"{one.lock} on {table.name} was foreseen and not taken"
    for lock in seen.locks:
        is_covered = lock.table in covered and lock.mode not in COVERING
        if not is_covered and (lock.table, lock.mode) not in told:
            yield f"{lock.mode} on {lock.table} was taken and not foreseen"
