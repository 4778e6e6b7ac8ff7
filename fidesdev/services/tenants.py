"""Which tenants a verb is run on, and the workspace of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fidesdev.adapters.tenant_lists import query_names, read_names
from fidesdev.config import Source
from fidesdev.core.tenants import WHOLE, Shard, is_query, is_url, shown
from fidesdev.core.url import parse_url
from fidesdev.errors import UsageError
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.lent_workers import Workers

JOBS = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """Which tenants are meant, and how they are worked on."""

    source: str
    """The path of a list, `-` for stdin, or a SELECT."""
    schemas: bool = False
    """Whether tenants are schemas of the database, and not databases."""
    jobs: int = JOBS
    """How many databases are worked on at once; the schemas of one never are."""
    shard: Shard = WHOLE
    fail_fast: bool = False


def names_of(workspace: Workspace, choice: Choice) -> tuple[str, ...]:
    """The tenants of the shard, as they are listed; raises `UsageError` where nobody is."""
    source = choice.source
    if is_query(source):
        names = query_names(workspace.database, source)
    else:
        names = read_names(source, workspace.cwd)
    if not names:
        raise UsageError(
            f"{source!r} lists nobody; nothing was changed",
            hint="A list has one database a line, and '#' begins a comment; a query names one a"
            " row, in its first column: see 'fidesdev db status --help'.",
            source=source,
        )
    return tuple(name for name in names if choice.shard.has(shown(name)))


def workspace_of(workspace: Workspace, choice: Choice, name: str, workers: Workers) -> Workspace:
    """The workspace of one tenant, whose migrations run in `workers`."""
    settings = workspace.settings
    if choice.schemas:
        tool = replace(settings.tool, version_table_schema=name)
        return workspace.elsewhere(
            settings=replace(settings, tool=tool),
            x_arguments=(*workspace.x_arguments, f"tenant={name}"),
            workers=workers,
        )
    if not is_url(name):
        return workspace.elsewhere(renamed=name, workers=workers)
    sources = {**settings.sources, "database_url": Source("flag", "--each")}
    there = replace(settings, database_url=parse_url(name), sources=sources)
    return workspace.elsewhere(settings=there, renamed="", workers=workers)
