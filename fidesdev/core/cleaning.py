"""What `docker clean` answers, what it tells meanwhile, and when it advises something cheaper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fidesdev.core.containers import Place
from fidesdev.core.engine_objects import Kind

OFTEN = 3
"""So many cleanings within the period call for advice."""
PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CleanItem:
    """One thing of the project, or that it uses."""

    kind: Kind
    name: str
    bytes: int | None
    created: datetime | None
    state: str = ""
    why: str = ""
    """Why it is kept; or what goes with what."""


@dataclass(frozen=True, slots=True)
class SavedDatabase:
    """A database that goes with its volume, and the file it is saved to."""

    database: str
    container: str
    path: str
    bytes: int | None = None
    """Of the file; None before it is written."""


@dataclass(frozen=True, slots=True)
class LostDatabase:
    """A database that goes and is not saved."""

    container: str
    database: str
    why: str


@dataclass(frozen=True, slots=True)
class CleanReport:
    """What goes or is gone, and what stays."""

    place: Place
    removed: tuple[CleanItem, ...]
    kept: tuple[CleanItem, ...]
    saved: tuple[SavedDatabase, ...]
    lost: tuple[LostDatabase, ...]
    bytes: int
    """What is free afterwards, as far as the engine knows."""
    advice: str | None
    """What would have done too, where this is often done."""
    executed: bool
    at: datetime
    """When it was looked; ages count from then."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ThingTouched:
    """One thing is about to be removed, or saved."""

    verb: str
    """`Removing` or `Saving`."""
    kind: str
    name: str


def cheaper(
    earlier: Iterable[datetime], now: datetime, *, volumes: bool, service: str | None
) -> str | None:
    """What would have done too, from the third cleaning in a week on.

    `service` is one that the Compose file builds.
    """
    count = 1 + sum(now - PERIOD < one <= now for one in earlier)
    if count < OFTEN:
        return None
    instead = [f"'fidesdev docker rebuild {service}' builds and migrates it"] if service else []
    if volumes:
        instead += [
            "'fidesdev db sync' makes the database fit this checkout",
            "'fidesdev db reset' empties it",
        ]
    if not instead:
        instead = ["'fidesdev docker up' recreates what changed"]
    return f"cleaning no. {count} within a week; often enough: {', '.join(instead)}"
