"""Made-up requests by the million: how they are numbered, and what is told of them.

Request `n` of a seed has the same id and the same values in every database, so that a second run
finds the first one's rows, and a longer run goes on behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from fidesdev.errors import UsageError

MOST = 100_000_000
"""How many requests one seed may have."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many requests, of which seed, and made before when (by default today)."""

    requests: int
    seed: int = 1
    until: datetime | None = None
    bare: bool = False
    """Whether they come without identities and logs."""

    def __post_init__(self) -> None:
        if not 1 <= self.requests <= MOST:
            raise UsageError(
                f"{self.requests} requests are not between 1 and {MOST:,}",
                hint="Write it like 'fidesdev db seed --requests 100000'.",
            )


@dataclass(frozen=True, slots=True)
class Written:
    """How far it is."""

    done: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RequestsSeeded:
    """What was written, or with `executed` false would be."""

    requests: int
    first: int
    """The number of the first one: those before it are there already."""
    seed: int
    until: datetime
    """All of them were made before."""
    tables: tuple[str, ...]
    """Where rows are written, beside missing policies and their reviewer."""
    rows: Mapping[str, int]
    """Table -> rows that were written; empty until then."""
    note: str | None
    """Why identities are left out."""
    executed: bool
    seconds: float = 0.0


def tail(seed: int, purpose: str) -> str:
    """How the ids of a seed end: the rest of a UUID behind its first eight digits."""
    digits = sha256(f"{seed}/{purpose}".encode()).hexdigest()
    return f"{digits[:4]}-4{digits[4:7]}-8{digits[7:10]}-{digits[10:22]}"


def numbered(prefix: str, number: int, end: str) -> str:
    """An id such as `pri_0000002a-...`: rising with the number, which keeps indexes compact."""
    return f"{prefix}_{number:08x}-{end}"
