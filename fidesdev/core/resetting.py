"""What `db reset` returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """The template that the database was copied from, or would be."""

    fingerprint: str
    built: bool
    """False: it was there already. In a dry run: whether it would be built."""
    steps: int
    """Migrations that building it takes."""
    seed: int


@dataclass(frozen=True, slots=True)
class ResetReport:
    """The database is empty at `after`, or would be; what it was is given as it was."""

    database: str
    address: str
    exists: bool
    """Whether there was one; the figures are zero where there was none."""
    before: tuple[str, ...]
    after: tuple[str, ...]
    bytes: int
    tables: int
    connections: int
    """Of others, which are ended."""
    template: TemplateReport
    spare: bool
    """Whether a copy made ahead was put in the database's place."""
    snapshot: str | None
    """The snapshot that the old database became; None: it is gone."""
    executed: bool
    seconds: float = 0.0
