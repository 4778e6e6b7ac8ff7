"""What a revision would send to the database, as far as that can be known without one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """One text that a script sends; it may hold several statements of SQL."""

    sql: str
    line: int
    """The line of the revision file that sends it; 0 where Alembic itself does (`BEGIN`)."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The statements of one direction of one revision, with the transaction around them."""

    statements: tuple[Statement, ...]
    failure: str | None = None
    """Why there are no more: the script asks the database, or is broken."""
    failed_line: int | None = None
    recorded: bool = False
    """Whether they were sent to a copy of the database, instead of being rendered without one."""
