"""From nothing to a migrated database with rows in it."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from fidesdev.adapters import postgres
from fidesdev.core.quickstart import (
    OwnedFolder,
    QuickstartCleaned,
    QuickstartReport,
    next_commands,
)
from fidesdev.core.reports import Listener, ignore
from fidesdev.core.request_filters import RequestFilters
from fidesdev.errors import ConfigError, GraphError
from fidesdev.services import migrations, requests, seeding, server
from fidesdev.services.workspace import Workspace


def quickstart(
    workspace: Workspace, *, dry_run: bool = False, on_event: Listener = ignore
) -> QuickstartReport:
    """Start the embedded server, migrate it to fidesdev's own tables, fill in a sample, list it.

    A second run finds everything done and lists again. Whatever project the workspace is about
    is left alone: the migrations are fidesdev's own, the server is the embedded one.
    """
    own = _own(workspace)
    started = server.start(own, dry_run=dry_run)
    if dry_run:
        return QuickstartReport(started, None, None, None, None, executed=False, next=())
    created = server.create(own)
    moved = migrations.execute(migrations.upgrade(own), on_event=on_event)
    return QuickstartReport(
        server=started,
        database=created,
        migrations=moved,
        sample=seeding.seed(own),
        requests=requests.list_(own, RequestFilters()),
        executed=True,
        next=next_commands(embedded=workspace.is_embedded, project=_has_migrations(workspace)),
    )


def plan_cleaning(workspace: Workspace) -> QuickstartCleaned:
    """What `clean` removes: the embedded server of the folder with all that is in it."""
    from fidesdev.adapters import embedded

    home = server.home(workspace)
    running = embedded.status(home)
    return QuickstartCleaned(
        folders=tuple(OwnedFolder(str(path), size) for path, size in embedded.folders(home)),
        databases=postgres.database_names(running.url("postgres")) if running else (),
        running=running is not None,
        in_use=workspace.is_embedded,
        executed=False,
    )


def clean(workspace: Workspace) -> QuickstartCleaned:
    """Stop the embedded server and remove its folders; then also a data directory left empty."""
    from fidesdev.adapters import embedded
    from fidesdev.adapters.revision_cache import remove_folder

    planned = plan_cleaning(workspace)
    embedded.remove(server.home(workspace))
    remove_folder(workspace.settings.tool.data_dir)
    return replace(planned, executed=True)


def _has_migrations(workspace: Workspace) -> bool:
    """Whether verbs such as `db status` find the same migrations from this folder."""
    try:
        return workspace.graph.order == _own(workspace).graph.order
    except (ConfigError, GraphError):
        return False


def _own(workspace: Workspace) -> Workspace:
    """The same folder and names, with the embedded server and fidesdev's own migrations."""
    settings = workspace.settings
    ini = files("fidesdev") / "migrations" / "alembic.ini"
    tool = replace(settings.tool, engine="embedded", alembic_config=str(ini))
    return replace(workspace, settings=replace(settings, tool=tool, database_url=None))
