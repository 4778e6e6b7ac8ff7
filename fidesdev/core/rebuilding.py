"""What `docker rebuild` answers."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.core.containers import Place
from fidesdev.core.reports import MoveReport


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a rebuild and how long it took."""

    name: str
    """`build`, `recreate`, `wait` or `migrate`."""
    seconds: float


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What was built, replaced and migrated, or would be."""

    place: Place
    services: tuple[str, ...]
    """Those named and what they need."""
    built: tuple[str, ...]
    recreated: tuple[str, ...]
    """Services that have new containers; in a dry run nobody knows."""
    unchanged: tuple[str, ...]
    phases: tuple[Phase, ...]
    move: MoveReport | None
    """How the database was migrated; None where that was not tried."""
    note: str | None
    """Why not."""
    executed: bool
    seconds: float
