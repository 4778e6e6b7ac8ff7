"""Where the embedded server is if it runs: what it left in its folder says so, nobody is asked."""

from __future__ import annotations

from pathlib import Path

from fidesdev.adapters import cluster
from fidesdev.adapters.postmaster import read_pid_file
from fidesdev.adapters.unprivileged import places
from fidesdev.core.url import DatabaseUrl


def running_url(home: Path, database: str) -> DatabaseUrl | None:
    """A database of the server wanted at `home`; None where none was started."""
    for directory in places(home):
        if written := read_pid_file(directory):
            return DatabaseUrl(
                backend="postgresql",
                database=database,
                host=str(written.socket_directory),
                port=written.port,
                user=cluster.ADMINISTRATOR,
                password=cluster.read_password(directory),
            )
    return None
