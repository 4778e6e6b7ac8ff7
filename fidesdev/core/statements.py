"""What a revision would send to the database, as far as that can be known without one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NO_RESULT = re.compile(r"'NoneType' object (?:has no attribute|is not (?:iterable|subscriptable))")
"""What Python says of a query that has no result, since nobody was asked."""


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

    @property
    def ends(self) -> str | None:
        """Where and why there are no more, for a person."""
        if self.failure is None:
            return None
        asks = not self.recorded and _NO_RESULT.search(self.failure)
        reason = "it asks the database" if asks else self.failure
        return f"{reason} (line {self.failed_line})" if self.failed_line else reason
