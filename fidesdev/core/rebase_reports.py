"""What a rebase of own revisions did, or would do, to files and database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fidesdev.core.reports import StepReport


@dataclass(frozen=True, slots=True)
class MovedRevision:
    """One revision with another parent than before."""

    revision: str
    path: str
    old_parents: tuple[str, ...]
    new_parents: tuple[str, ...]
    new_path: str | None = None
    """Where the file is afterwards, if it is renamed."""


@dataclass(frozen=True, slots=True)
class DatabaseMoves:
    """What happens to the database, in this order."""

    downgraded: tuple[str, ...]
    upgraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RebaseReport:
    """Own revisions on what upstream has now; lower ones first."""

    onto: str | None
    """What the lowest own revisions stand on; None where there is nothing to say, or several."""
    moved: tuple[MovedRevision, ...]
    """The revisions whose header is another one."""
    database: DatabaseMoves | None
    """None where the database has none of them applied, or is left alone."""
    executed: bool
    notes: tuple[str, ...] = ()
    solved: tuple[str, ...] = ()
    """Files in which git had left a conflict about parents, which is gone."""
    upstream: str | None = None
    """The branch that tells which revisions are own ones."""
    steps: tuple[StepReport, ...] = ()
    """What runs on the database, with its impact; only where somebody is asked about it."""


class Stage(StrEnum):
    """The moments of a rebase, in this order; a failure after any of them is taken back."""

    BEGUN = "begun"
    STAGED = "staged"
    """Every new text is on disk, beside its file."""
    MOVED = "moved"
    """The database was moved and says so."""
    WRITTEN = "written"
    """One file, or one more, is in its place; told once for each."""
    VERIFIED = "verified"
    """The files were read again and form the graph that was meant."""


StageListener = Callable[[Stage], None]


def ignore_stage(_stage: Stage) -> None:
    """Listen to nothing."""
