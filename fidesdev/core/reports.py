"""What a caller of the migration verbs can observe: events while a plan runs, a report at its end.

The field names of the reports are the JSON contract; keys are only ever added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from fidesdev.core.impacts import Impact
    from fidesdev.core.lock import Holder
    from fidesdev.core.planner import Step
    from fidesdev.core.rehearsal import Observed, Rehearsal
    from fidesdev.core.snapshots import CopyStarted


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A script's upgrade or downgrade is about to run; `number` counts from 1."""

    step: Step
    number: int
    total: int
    message: str = ""
    """What the script says of itself."""


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A script ran and the version table was written; it may still be rolled back."""

    step: Step
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class StepsRolledBack:
    """A statement waited for a lock in vain, and nothing was kept; the plan runs again."""

    step: Step
    attempt: int
    """The one that failed, from 1."""
    seconds: float
    """Until the next one."""
    by: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class StepBlocked:
    """A statement of a script waits for others; nobody in `by` knows."""

    step: Step
    number: int
    total: int
    by: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class LockWaiting:
    """Another run holds the migration lock; told now and then."""

    holder: Holder
    seconds: float
    """How long it has been waited for."""


@dataclass(frozen=True, slots=True)
class PlanNotAtomic:
    """What is about to run is not one transaction: a failure keeps some of it."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The database was copied, so that it can be brought back as it is now."""

    name: str
    bytes: int
    seconds: float
    undone_by: str = "fidesdev db undo"
    """The command that brings it back."""


@dataclass(frozen=True, slots=True)
class SnapshotSkipped:
    """The database is not copied before something destructive."""

    reason: str


@dataclass(frozen=True, slots=True)
class TrialFinished:
    """One revision was tried; `number` counts from 1."""

    revision: str
    number: int
    total: int
    found: int
    """How many findings it has."""


@dataclass(frozen=True, slots=True)
class TrialsResumed:
    """An interrupted run has tried some of the revisions already."""

    tried: int
    total: int


Event = Union[
    StepStarted,
    StepFinished,
    StepsRolledBack,
    StepBlocked,
    LockWaiting,
    PlanNotAtomic,
    SnapshotTaken,
    SnapshotSkipped,
    "CopyStarted",
    TrialFinished,
    TrialsResumed,
]
Listener = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Listen to nothing: the default listener."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of a plan, with what a person needs to judge it."""

    direction: str
    revision: str
    message: str
    path: str
    source: str
    """Where the script comes from: `file` is one of this checkout's, and else it was recovered
    from the `journal`, the `working tree` or `git:REF`."""
    reversible: bool | None
    """Whether the other direction does something; None when the script cannot be read."""
    impact: tuple[Impact, ...] = ()
    """What its statements lock, work through and lose; empty where nobody asked."""
    impact_ends: str | None = None
    """Why no more of its statements are known without running them."""
    recorded: bool = False
    """Whether its statements are those that it sent on a copy of the database, not rendered."""
    observed: Observed | None = None
    """What it did on a copy of the database; None where it did not run there."""


@dataclass(frozen=True, slots=True)
class MoveReport:
    """What a verb that moves the database did, or would do."""

    before: frozenset[str]
    after: frozenset[str]
    steps: tuple[StepReport, ...]
    executed: bool
    seconds: float
    note: str | None = None
    """Why nothing was to be done, where that may surprise."""
    sql: str | None = None
    """The statements, when they were asked for instead of being run."""
    redundant: frozenset[str] = frozenset()
    """Rows that another row implied, and that are removed."""
    atomic: bool = True
    """Whether all of it is one transaction, as far as its text tells."""
    not_atomic_because: tuple[str, ...] = ()
    snapshot_first: bool = False
    """Whether a snapshot is to be taken before the first step."""
    snapshot: str | None = None
    """The snapshot that holds the database as it was before."""
    restored: str | None = None
    """The snapshot that was put in the database's place, or would be; no script ran."""
    impact_skipped: str | None = None
    """Why the impact of no step was looked into."""
    rehearsal: Rehearsal | None = None
    """How the plan did on a copy of the database, where that was asked for."""


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """The database that is managed; the URL never shows its password."""

    url: str
    backend: str
    server_version: str
    embedded: bool
    replica: bool = False
    """Whether the server only follows another one, so that no migration runs on it."""
    pooled: bool = False
    """Whether a pooler answers for the server."""


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A row of the version table that no file of this checkout has."""

    id: str
    source: str | None = None
    """Where its text was found: `journal`, `working tree` or `git:REF`; None: nowhere."""
    path: str | None = None
    message: str | None = None
    commit: str | None = None
    """The git commit that last touched the file there."""
    author: str | None = None
    date: str | None = None
    branch: str | None = None
    """The branch on which the journal saw it applied."""
    note: str | None = None
    """That another text declares the same id, and where."""


@dataclass(frozen=True, slots=True)
class GitReport:
    """Where the checkout stands."""

    branch: str | None
    """None when HEAD is detached."""
    commit: str | None
    """None before the first commit."""
    dirty: bool


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What a rebase left to be done for a database."""

    revision: str | None
    """None for a rebase as a whole."""
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Where the database stands, seen from this checkout."""

    database: DatabaseReport
    current: tuple[str, ...]
    heads: tuple[str, ...]
    pending: tuple[str, ...]
    """In the order in which they would be applied."""
    unknown: tuple[UnknownRow, ...]
    redundant: tuple[str, ...]
    """Rows that another row implies."""
    at_heads: bool
    git: GitReport | None
    messages: dict[str, str] = field(default_factory=dict)
    """The messages of the revisions named above."""
    unsettled: tuple[Unsettled, ...] = ()
    """What rebases left to be done."""


@dataclass(frozen=True, slots=True)
class RevisionReport:
    """One revision as the listing verbs show it; an unknown row has nulls."""

    id: str
    parents: tuple[str, ...] | None
    depends_on: tuple[str, ...] | None
    labels: tuple[str, ...] | None
    message: str | None
    path: str | None
    created: str | None
    is_head: bool | None
    applied: bool | None
    """None when no database was asked."""
    source: str | None = None
    """Where the text of an unknown row was found; None for a file of this checkout."""


@dataclass(frozen=True, slots=True)
class RevisionList:
    """What `current`, `heads` and `history` answer."""

    revisions: tuple[RevisionReport, ...]


@dataclass(frozen=True, slots=True)
class RevisionDetail:
    """Everything about one revision."""

    revision: RevisionReport
    commit: str | None
    """The git commit that last touched the file."""
    source: str
    upgrade_sql: str | None
    downgrade_sql: str | None
    sql_problem: str | None
    """Why no SQL could be rendered."""


@dataclass(frozen=True, slots=True)
class StampReport:
    """What `stamp` wrote, or would write; no script ran."""

    before: frozenset[str]
    after: frozenset[str]
    executed: bool
    forgotten: frozenset[str] = frozenset()
    """Revisions that were recorded as applied, and no longer are."""


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A revision file that was written, or would be."""

    revision: str | None
    """None in a dry run and when there was nothing to merge."""
    parents: tuple[str, ...]
    path: str | None
    message: str | None
    executed: bool
    note: str | None = None
