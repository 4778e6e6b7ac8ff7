"""The effects of a step on the tables as they are: how many rows wait, and how many are lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fidesdev.core.impact import STOPS, Effect, Lost, seconds_of

FELT_SECONDS = 0.1
"""Work shorter than this is not worth a word."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """How large a table is."""

    rows: int
    bytes: int
    estimated: bool = False
    """Whether the rows are by the statistics, not counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many values of something there are."""

    count: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What a database has of the tables, columns and indexes that statements name."""

    tables: Mapping[str, TableFacts] = field(default_factory=dict)
    columns: Mapping[str, Counted] = field(default_factory=dict)
    """By `table.column`, how many values are not null."""
    indexes: Mapping[str, str] = field(default_factory=dict)
    """By index, its table."""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By enum type."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is gone after a statement, and how much of it there is now."""

    kind: str
    name: str
    count: int | None
    """Rows of a table, values of a column, labels of an enum; None where nothing is counted."""
    estimated: bool = False
    at_most: bool = False
    """Whether a condition of the statement decides how many of them."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A table that a statement locks."""

    name: str
    rows: int | None
    """None where the database does not have it, yet."""
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Impact:
    """What one statement of a step does."""

    sql: str
    line: int
    lock: str
    """As `pg_locks` spells it without `Lock`; empty where nothing that is there is locked."""
    stops: str
    """What others wait for: `reads and writes`, `writes` or nothing."""
    tables: tuple[Locked, ...]
    work: str
    """`scan`, `index` or `rewrite`."""
    seconds: float
    """About how long the work takes, from the table's size."""
    loses: tuple[Loss, ...]

    @property
    def is_felt(self) -> bool:
        """Whether it loses something, or others wait for it for a while."""
        loses = any(loss.count != 0 for loss in self.loses)
        return loses or (bool(self.stops) and self.seconds >= FELT_SECONDS)


def impacts(found: Iterable[Effect], facts: LiveFacts) -> tuple[Impact, ...]:
    """The effects as they are on this database."""
    return tuple(_impact(effect, facts) for effect in found)


def named(found: Iterable[Effect]) -> tuple[frozenset[str], frozenset[Lost]]:
    """The tables and the losses that have to be looked up."""
    effects = tuple(found)
    lost = frozenset(loss for effect in effects for loss in effect.loses)
    tables = {table for effect in effects for table in effect.tables}
    own = {loss.name for loss in lost if loss.kind in {"table", "rows"}}
    return frozenset(tables | own | {_table(loss) for loss in lost if loss.kind == "column"}), lost


def _table(lost: Lost) -> str:
    return lost.name.partition(".")[0]


def _impact(effect: Effect, facts: LiveFacts) -> Impact:
    tables = effect.tables
    if not tables:  # of an index the database alone knows the table
        indexes = (loss.name for loss in effect.loses if loss.kind == "index")
        tables = tuple(facts.indexes[name] for name in indexes if name in facts.indexes)
    first = facts.tables.get(tables[0]) if tables else None
    return Impact(
        sql=effect.sql,
        line=effect.line,
        lock=effect.lock if tables else "",
        stops=STOPS.get(effect.lock, "") if tables else "",
        tables=tuple(_locked(name, facts) for name in tables),
        work=effect.work,
        seconds=round(seconds_of(effect.work, first.bytes), 2) if first else 0.0,
        loses=tuple(_loss(lost, facts) for lost in effect.loses),
    )


def _locked(name: str, facts: LiveFacts) -> Locked:
    found = facts.tables.get(name)
    return Locked(name, found.rows if found else None, found.bytes if found else None)


def _loss(lost: Lost, facts: LiveFacts) -> Loss:
    if lost.kind in {"table", "rows"} and (table := facts.tables.get(lost.name)):
        return Loss(lost.kind, lost.name, table.rows, table.estimated, lost.some)
    if lost.kind == "column" and (counted := facts.columns.get(lost.name)):
        return Loss(lost.kind, lost.name, counted.count, counted.estimated)
    if lost.kind == "type" and lost.name in facts.labels:
        return Loss("enum", lost.name, len(facts.labels[lost.name]))
    return Loss(lost.kind, lost.name, None)
