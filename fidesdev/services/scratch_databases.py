"""Databases for tests: each a copy of the template at some revisions, gone when it was used."""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.core.url import DatabaseUrl, parse_url
from fidesdev.errors import FidesdevError
from fidesdev.services.resetting import installed, opened
from fidesdev.services.templates import ready, wanted
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.postgres_templates import PostgresTemplates
    from fidesdev.adapters.server_statements import Server

Make = Callable[[], AbstractContextManager[DatabaseUrl]]
"""A new database, for as long as its block lasts."""

_NAME = re.compile(r"fidesdev_pytest_([0-9a-f]{8})_\d+")
_OURS = r"SELECT datname FROM pg_database WHERE datname ~ '^fidesdev_pytest_[0-9a-f]{8}_\d+$'"


@contextmanager
def scratch_databases(workspace: Workspace, folder: Path, to: str = "heads") -> Iterator[Make]:
    """What makes databases at `to` on the server of the workspace; SQLite files are in `folder`.

    Their URLs name the driver that env.py is given, so that SQLAlchemy takes it too.
    The workspace's own database is left alone, and need not exist. What runs that were killed
    left is dropped. Raises what `templates.ready` raises.
    """
    apart = _in_another_process(workspace)
    if apart.backend == "sqlite":
        yield _files(apart, folder, to)
        return
    from fidesdev.adapters.postgres_templates import PostgresTemplates
    from fidesdev.adapters.server_statements import server_of
    from fidesdev.adapters.template_locks import locked

    found = wanted(apart, to)
    with server_of(apart.database) as server:
        templates = PostgresTemplates(server, found.outside(installed(apart)))
        fingerprint, _built = ready(found, templates)
        _sweep(server)
        run = uuid.uuid4().hex[:8]
        with locked(server, _lock_of(run), patience=0):
            yield _Databases(apart, server, templates, fingerprint, run)
            _drop_all(server, run)


class _Databases:
    """Makes databases in a PostgreSQL server."""

    def __init__(
        self,
        workspace: Workspace,
        server: Server,
        templates: PostgresTemplates,
        fingerprint: str,
        run: str,
    ) -> None:
        self._server, self._templates = server, templates
        driver = parse_url(workspace.environment.url or "postgresql://").driver
        self._url = replace(workspace.database, driver=driver)
        self._spares = workspace.settings.tool.snapshots.spares
        self._fingerprint, self._run, self._numbers = fingerprint, run, count(1)

    @contextmanager
    def __call__(self) -> Iterator[DatabaseUrl]:
        name = f"fidesdev_pytest_{self._run}_{next(self._numbers)}"
        self._templates.take(self._fingerprint, name)
        self._templates.refill(self._fingerprint, self._spares)
        self._templates.open(name)
        try:
            yield self._url.with_database(name)
        finally:
            self._templates.drop_unattended(name)


def _files(workspace: Workspace, folder: Path, to: str) -> Make:
    """Makes databases that are files."""
    from fidesdev.adapters.sqlite import drop_database
    from fidesdev.adapters.sqlite_templates import SqliteTemplates

    numbers = count(1)
    with opened(workspace) as templates:
        fingerprint, _built = ready(wanted(workspace, to), templates)
    assert isinstance(templates, SqliteTemplates)

    @contextmanager
    def make() -> Iterator[DatabaseUrl]:
        file = folder / f"{next(numbers)}.db"
        templates.copy(fingerprint, file)
        try:
            yield DatabaseUrl("sqlite", str(file))
        finally:
            drop_database(file)

    return make


def _in_another_process(workspace: Workspace) -> Workspace:
    """The workspace with its migrations run elsewhere than in this process, which runs tests."""
    if workspace.settings.tool.runner != "auto" or workspace.environment.place is not None:
        return workspace
    tool = replace(workspace.settings.tool, runner=f"python:{sys.executable}")
    return replace(workspace, settings=replace(workspace.settings, tool=tool))


def _sweep(server: Server) -> None:
    """Drop what runs left that are gone: a run that lives holds its lock."""
    from fidesdev.adapters.template_locks import try_lock, unlock

    for run in {match[1] for match in map(_NAME.fullmatch, _names(server)) if match}:
        if try_lock(server, _lock_of(run)):
            with suppress(FidesdevError):  # they are another role's
                _drop_all(server, run)
            unlock(server, _lock_of(run))


def _drop_all(server: Server, run: str) -> None:
    from fidesdev.adapters.database_copies import drop

    for name in _names(server):
        if name.startswith(f"fidesdev_pytest_{run}_"):
            drop(server, name)


def _names(server: Server) -> list[str]:
    return [name for (name,) in server.rows(_OURS)]


def _lock_of(run: str) -> str:
    return f"tests {run}"
