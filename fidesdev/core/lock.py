"""Who holds a lock, in PostgreSQL's words or in a file beside SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Holder:
    """A process or a server connection; what may not be known is None."""

    pid: int | None = None
    """Of the server's process for a connection; of the process itself for a file."""
    user: str | None = None
    application: str | None = None
    """`fidesdev lock USER@HOST pid N` where it is one of ours."""
    host: str | None = None
    since: datetime | None = None
    state: str | None = None
    query: str | None = None

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Holder:
        """The holder that the worker told of."""
        since = facts.get("since")
        when = datetime.fromtimestamp(since, UTC).replace(microsecond=0) if since else None
        return cls(**{**facts, "since": when})

    def __str__(self) -> str:
        """`fidesdev lock ann@laptop pid 71 (server process 42, user app, since ...)`."""
        kind = "server process" if self.application else "pid"
        details = [f"{kind} {self.pid}"] if self.pid else []
        details += [f"user {self.user}"] if self.user else []
        details += [f"host {self.host}"] if self.host else []
        details += [f"since {self.since:%Y-%m-%d %H:%M:%S} UTC"] if self.since else []
        named = self.application or ""
        if not details:
            return named or "somebody who is gone by now"
        return f"{named} ({', '.join(details)})" if named else ", ".join(details)
