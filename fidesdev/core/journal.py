"""What fidesdev remembers of the moves of a database: who, when, from where to where, by what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

SCHEMA = "fidesdev"
"""The schema of a PostgreSQL database in which its journal is kept."""

_REPLACING = ("db reset", "snapshot restore", "db undo (snapshot ")
"""Commands that put another database in the place of the one that was there."""


class Outcome(StrEnum):
    """How a move went."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """By Ctrl-C, or because the process was killed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who moves a database, and from which checkout."""

    who: str | None
    host: str | None
    commit: str | None
    branch: str | None
    dirty: bool | None
    version: str
    """Of fidesdev."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a plan with the source that it runs."""

    number: int
    """From 1, in the order of the plan."""
    direction: str
    revision: str
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    path: str
    """As the graph names it: relative to the project folder where it is inside."""
    source: bytes = field(repr=False)
    """As in the file; empty where it could not be read."""

    @property
    def facts(self) -> dict[str, Any]:
        """Everything but the source itself, as JSON can carry it."""
        return {
            "number": self.number,
            "direction": self.direction,
            "revision": self.revision,
            "parents": list(self.parents),
            "depends_on": list(self.depends_on),
            "sha256": self.sha256,
            "path": self.path,
        }

    @property
    def sha256(self) -> str | None:
        """The hash of the source, in hexadecimal."""
        return sha256(self.source).hexdigest() if self.source else None


@dataclass(frozen=True, slots=True)
class RanStep:
    """A step that was carried out, as its events told."""

    planned: PlannedStep
    started: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Note:
    """What records steps in the transaction that they run in; JSON can carry it."""

    statement: str
    """For SQLAlchemy's `text()`; `:steps` is a JSON list of those that ran."""
    steps: tuple[dict[str, Any], ...]
    """What is known of each step before it runs; when it ran, and how long, is added."""


@dataclass(frozen=True, slots=True)
class JournalStep:
    """One step that was carried out and not rolled back."""

    number: int
    """From 1, in the order of the plan."""
    revision: str
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    direction: str
    sha256: str | None
    path: str
    started: datetime
    seconds: float
    outcome: Outcome = Outcome.DONE


@dataclass(frozen=True, slots=True)
class JournalMove:
    """One command that moved a database, or tried to."""

    id: int
    command: str
    """With its REV: `db goto ae10`."""
    before: tuple[str, ...]
    """The rows of the version table when it began."""
    after: tuple[str, ...] | None
    """The rows when it ended; None while it runs, or where nobody looked since."""
    started: datetime
    finished: datetime | None
    seconds: float | None
    outcome: Outcome
    who: str | None
    host: str | None
    commit: str | None
    branch: str | None
    dirty: bool | None
    version: str
    error: str | None = None
    """Why it failed, in one line."""
    snapshot: str | None = None
    """Where the database is kept as it was before: the `storage` of a snapshot."""
    steps: tuple[JournalStep, ...] = ()

    @property
    def has_way_back(self) -> bool:
        """Whether its snapshot undoes it: after a rebase the files are no longer those of then."""
        return self.snapshot is not None and not self.command.startswith("db rebase")

    @property
    def lost_rows(self) -> bool:
        """Whether it may have lost rows and a snapshot has them, wherever the revisions are."""
        return self.has_way_back and (bool(self.steps) or self.outcome is Outcome.DONE)

    @property
    def ran_nothing(self) -> bool:
        """Whether only the version table was written, as by a stamp."""
        replaced = self.snapshot is not None or self.command.startswith(_REPLACING)
        return self.outcome is Outcome.DONE and not (self.steps or replaced)

    @property
    def is_reset(self) -> bool:
        """Whether it put another database in the place of the one that was there."""
        return self.command.startswith("db reset")


@dataclass(frozen=True, slots=True)
class JournalSource:
    """A revision's source as it was when the revision was last applied or unapplied here."""

    revision: str
    source: bytes = field(repr=False)
    sha256: str
    """Of the source."""
    branch: str | None
    commit: str | None
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    path: str
    applied: datetime
    """When the step ran."""


@dataclass(frozen=True, slots=True)
class LogReport:
    """What `db log` answers, newest first."""

    moves: tuple[JournalMove, ...]


def last_change(moves: Sequence[JournalMove], rows: frozenset[str]) -> JournalMove | None:
    """The newest of `moves`, newest first, that changed the database, whose rows are `rows` now.

    Where a move left it is what the next one found, or what it has now, if nobody looked then.
    """
    found = rows
    for move in moves:
        left = found if move.after is None else frozenset(move.after)
        if frozenset(move.before) != left or move.lost_rows:
            return move
        if move.is_reset:
            return None  # what was moved before it was another database
        found = frozenset(move.before)
    return None


def applied_order(moves: Sequence[JournalMove]) -> tuple[str, ...]:
    """The revisions that are applied by what `moves`, newest first, tell; the latest last."""
    order: dict[str, None] = {}
    for move in reversed(moves):
        for step in move.steps:
            order.pop(step.revision, None)
            if step.direction == "up":
                order[step.revision] = None
    return tuple(order)


def applied_steps(moves: Sequence[JournalMove]) -> dict[str, JournalStep]:
    """The step by which each revision was last applied, where it was not unapplied since."""
    steps: dict[str, JournalStep] = {}
    for move in reversed(moves):
        for step in move.steps:
            steps.pop(step.revision, None)
            if step.direction == "up":
                steps[step.revision] = step
    return steps
