"""The verbs about whole databases and about the server that fidesdev itself runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.core.reports import Listener, ignore
from fidesdev.core.server import (
    Contents,
    CreateReport,
    DropReport,
    EmbeddedServer,
    ShellReport,
    StartReport,
    StopReport,
    UrlReport,
    WaitReport,
)
from fidesdev.core.url import DatabaseUrl

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace


def embedded_url(workspace: Workspace) -> DatabaseUrl:
    """The database of the configuration on the embedded server, which is started if need be."""
    database = workspace.settings.database
    name = database.test_db if workspace.settings.test_mode else database.db
    return _started(workspace).url(name)


def start(workspace: Workspace, *, dry_run: bool = False) -> StartReport:
    """Start the embedded server, whatever the configuration says is used."""
    began = time.monotonic()
    running = _running(workspace)
    server = running if running is not None or dry_run else _started(workspace)
    database = workspace.settings.database
    return StartReport(
        started=running is None,
        executed=not dry_run,
        in_use=workspace.is_embedded,
        directory=server.directory if server else str(home(workspace)),
        seconds=round(time.monotonic() - began, 3),
        url=str(server.url(database.db)) if server else None,
        version=server.version if server else None,
        pid=server.pid if server else None,
        port=server.port if server else None,
        socket_directory=server.socket_directory if server else None,
    )


def runs(workspace: Workspace) -> bool:
    """Whether the embedded server answers; it is not started for that, nor a role made."""
    from fidesdev.adapters import embedded

    return embedded.status(home(workspace)) is not None


def stop(workspace: Workspace, *, dry_run: bool = False) -> StopReport:
    """Stop the embedded server and end whoever is connected to it; its data stays."""
    from fidesdev.adapters import embedded

    began = time.monotonic()
    place = home(workspace)
    stopped = _running(workspace) is not None if dry_run else embedded.stop(place)
    return StopReport(
        stopped=stopped,
        executed=not dry_run,
        directory=str(place),
        seconds=round(time.monotonic() - began, 3),
    )


def create(workspace: Workspace, *, dry_run: bool = False) -> CreateReport:
    """Create the database; one that exists is left as it is."""
    from fidesdev.adapters import postgres, sqlite

    url = workspace.database
    if url.backend == "sqlite":
        path = Path(url.database)
        created = not sqlite.database_exists(path) if dry_run else sqlite.create_database(path)
    else:
        created = not postgres.database_exists(url) if dry_run else postgres.create_database(url)
    return CreateReport(url.database, url.address, created=created, executed=not dry_run)


def drop(workspace: Workspace, *, dry_run: bool = False, on_event: Listener = ignore) -> DropReport:
    """Drop the database, copied first, and end whoever is connected.

    With `dry_run` only say what would go.
    """
    from fidesdev.adapters import postgres, sqlite
    from fidesdev.services import automatic

    url, path = workspace.database, Path(workspace.database.database)
    is_file = url.backend == "sqlite"
    found = sqlite.contents(path) if is_file else postgres.contents(url)
    dropped = False
    if found is not None and not dry_run:
        if automatic.is_wanted(workspace):
            automatic.take(workspace, "db drop", on_event)
        dropped = sqlite.drop_database(path) if is_file else postgres.drop_database(url)
    gone = found or Contents(bytes=0, tables=0)
    return DropReport(
        database=url.database,
        address=url.address,
        exists=found is not None,
        bytes=gone.bytes,
        tables=gone.tables,
        connections=gone.connections,
        executed=dropped,
    )


def wait(workspace: Workspace, seconds: float) -> WaitReport:
    """Wait until the server answers; raises `DatabaseUnavailable` when the time is over."""
    from fidesdev.adapters import postgres

    began = time.monotonic()
    url = workspace.database
    exists = (
        Path(url.database).is_file()
        if url.backend == "sqlite"
        else postgres.wait_until_ready(url, seconds)
    )
    return WaitReport(url.address, url.database, exists, round(time.monotonic() - began, 3))


def url(workspace: Workspace, *, show_password: bool = False) -> UrlReport:
    """The database that commands talk to, and who says so."""
    found = workspace.database
    return UrlReport(
        url=found.render() if show_password else str(found), source=str(workspace.database_source)
    )


def shell(workspace: Workspace, statement: str | None = None) -> ShellReport:
    """Run the database's own client: for one statement, else for whoever is at the terminal."""
    from fidesdev.adapters import client_programs

    client = client_programs.client_of(workspace.database, workspace.environ)
    if statement is not None:
        output = client_programs.run_statement(client, statement, workspace.environ)
        return ShellReport(exit_code=0, output=output)
    typed = sys.stdin.isatty()
    code = client_programs.run_interactively(client, workspace.environ, typed=typed)
    return ShellReport(exit_code=1 if code else 0, output=None)


def home(workspace: Workspace) -> Path:
    """Where the embedded server of the folder is wanted."""
    return workspace.settings.tool.data_dir / "postgres"


def _running(workspace: Workspace) -> EmbeddedServer | None:
    from fidesdev.adapters import embedded

    return embedded.status(home(workspace), user=workspace.settings.database.user)


def _started(workspace: Workspace) -> EmbeddedServer:
    from fidesdev.adapters import embedded

    database = workspace.settings.database
    return embedded.start(
        home(workspace),
        workspace.environ,
        user=database.user,
        databases=tuple(dict.fromkeys((database.db, database.test_db))),
    )
