"""A workspace on a database for trials, beside its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fidesdev.adapters.scratch_databases import Scratch, scratch_copy, scratch_database
from fidesdev.core.reports import Listener, ignore
from fidesdev.services.workspace import Workspace


def server_version(workspace: Workspace) -> str:
    """Of the server that scratch databases are made in; of SQLite, that of its library."""
    if workspace.database.backend == "sqlite":
        import sqlite3

        return sqlite3.sqlite_version
    from fidesdev.adapters.server_statements import server_of

    with server_of(workspace.database) as server:
        return str(server.connection.server_version)


@contextmanager
def scratch_workspace(
    workspace: Workspace, *, runner: str | None = None
) -> Iterator[tuple[Workspace, Scratch]]:
    """The workspace on a new, empty database of the same server, and that; dropped afterwards.

    Nothing is journaled there. `runner` stands instead of the setting of that name.
    """
    with scratch_database(workspace.database) as scratch:
        yield _moved(workspace, scratch, runner), scratch


@contextmanager
def copied_workspace(workspace: Workspace, on_event: Listener = ignore) -> Iterator[Workspace]:
    """The workspace on a copy of its database; raises what `scratch_copy` does.

    Nothing is journaled there.
    """
    with scratch_copy(workspace.database, on_event) as scratch:
        yield _moved(workspace, scratch)


def _moved(workspace: Workspace, scratch: Scratch, runner: str | None = None) -> Workspace:
    tool = workspace.settings.tool
    tool = replace(tool, journal="off", runner=runner or tool.runner)
    settings = replace(workspace.settings, tool=tool)
    name = scratch.url.database
    return replace(workspace, settings=settings, renamed=name, no_snapshot=True)
