"""What a runner is given, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidesdev.adapters.alembic_config import AlembicConfig
from fidesdev.adapters.interpreters import Place

if TYPE_CHECKING:
    from fidesdev.adapters.lent_workers import Workers


@dataclass(frozen=True, slots=True)
class Environment:
    """The managed project as the worker needs it."""

    config: AlembicConfig
    url: str | None = field(default=None, repr=False)
    """What env.py is to find as `sqlalchemy.url`, password included."""
    version_table: tuple[str, str] = ("alembic_version", "")
    """Name and schema of the table that was read; env.py's must be the same."""
    x_arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Set in the process environment while the worker runs."""
    project: Path = Path()
    place: Place | None = None
    """Where the worker runs; None is this process."""
    statement_lock_timeout: float | None = None
    """Seconds that a statement of a migration waits for a lock; None: as the server says."""
    workers: Workers | None = field(default=None, repr=False)
    """What lends the worker, in a process of its own; None: one is started for this alone."""


@dataclass(frozen=True, slots=True)
class Script:
    """One revision as the worker needs it: its header, and where its text is."""

    path: str
    """Absolute; empty where there is no file."""
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    source: str | None = field(default=None, repr=False)
    """The text that is run instead of the file's."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a job went wrong, in the worker's words."""

    code: str
    step: int | None = None
    message: str = ""
    kind: str = ""
    statement: str | None = None
    sqlstate: str | None = None
    missing_module: str | None = None
    line: int | None = None
    """Of the step's own file."""
    place: tuple[str, int] | None = None
    """File and line in the project's scripts, where no step ran."""
    traceback: str = field(default="", repr=False)
    ended: bool = False
    """Whether all steps had run, so that what came after them failed: most likely the commit."""
    expected: Any = None
    found: Any = None
    holder: Mapping[str, Any] = field(default_factory=dict)
    """Who has the lock that was not got."""
    waited: float = 0.0
    blockers: Sequence[Mapping[str, Any]] = ()
    """Who had what the statement waited for in vain."""


@dataclass(frozen=True, slots=True)
class Written:
    """A revision file that Alembic wrote."""

    revision: str
    path: Path
