"""How the database of the configuration is reached, where it is one of the project's services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fidesdev.config import configured_database, reachable
from fidesdev.core.compose import ComposeProject
from fidesdev.core.containers import Connection, database_service
from fidesdev.core.own_postgres import SERVICE
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import AuthenticationFailed
from fidesdev.services.docker_projects import own_url

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace

_SECONDS = 20.0
_PORT = 5432


def connection_of(workspace: Workspace, project: ComposeProject) -> Connection | None:
    """The way to the database, if the project has a service for it."""
    if project.is_generated:
        return _own(workspace)
    written, url = _configured(workspace)
    port = url.port or _PORT
    service = database_service(project, written.host, port)
    if url.backend != "postgresql" or service is None:
        return None
    ports = [one.published for one in service.ports if one.published is not None]
    return Connection(
        url=str(url),
        written=written.host,
        host=url.host,
        port=port,
        service=service.name,
        published=port if port in ports else next(iter(ports), None),
        in_use=not workspace.is_embedded,
    )


def _configured(workspace: Workspace) -> tuple[DatabaseUrl, DatabaseUrl]:
    """The database as it is written, and as it is reached; no embedded server is started for it."""
    if not workspace.is_embedded:
        return workspace.written_database, workspace.database
    written = configured_database(workspace.settings)
    host_server = workspace.settings.tool.host_server
    source = workspace.settings.sources["database.server"]
    return written, reachable(written, source, host_server=host_server)


def prepare_own(workspace: Workspace) -> None:
    """Have both databases in our own PostgreSQL; raises `AuthenticationFailed` with the remedy."""
    from fidesdev.adapters import postgres

    url = own_url(workspace)
    try:
        postgres.wait_until_ready(url, _SECONDS)
        for name in (url.database, workspace.settings.database.test_db):
            one = url.with_database(name)
            if not postgres.database_exists(one):
                postgres.create_database(one)
    except AuthenticationFailed as error:
        raise AuthenticationFailed(
            f"the PostgreSQL in the container refuses the user and password of [database]: {error}",
            hint="Its volume was made with others: give those, or start anew with "
            "'fidesdev docker clean --volumes'.",
            url=str(url),
        ) from error


def _own(workspace: Workspace) -> Connection:
    url = own_url(workspace)
    return Connection(
        url=str(url),
        written=url.host,
        host=url.host,
        port=url.port or _PORT,
        service=SERVICE,
        published=url.port,
        in_use=not workspace.is_embedded and _means(workspace.database, url),
    )


def _means(configured: DatabaseUrl, own: DatabaseUrl) -> bool:
    """Whether the configured URL leads to our own server."""
    same = replace(configured, host=own.host, params=(), driver="", database=own.database)
    return configured.is_loopback and not configured.is_socket and same == own
