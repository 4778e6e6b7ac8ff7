"""The project that a command works on: its settings, and everything it may touch, opened late."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidesdev.config import (
    Flags,
    Settings,
    Source,
    choose_database,
    configured_database,
    load_settings,
    reachable,
)
from fidesdev.core.url import DatabaseUrl, parse_url
from fidesdev.errors import AlembicConfigMissing, RunnerMissing, SeveralAlembicConfigs

if TYPE_CHECKING:
    from fidesdev.adapters.alembic_config import AlembicConfig
    from fidesdev.adapters.interpreters import Place
    from fidesdev.adapters.jobs import Environment
    from fidesdev.adapters.lent_workers import Workers
    from fidesdev.adapters.recorder import Recorded
    from fidesdev.adapters.runner import Runner
    from fidesdev.core.graph import RevisionGraph


EMBEDDED = Source("embedded", '[fidesdev] engine = "embedded"')
DRIVERS = {"postgresql": "psycopg2"}
"""What a URL without a driver means; SQLAlchemy 2.1 alone would take psycopg 3."""


@dataclass(frozen=True)
class Workspace:
    """One project and one database; nothing is read or connected to before it is asked for."""

    settings: Settings
    cwd: Path
    environ: Mapping[str, str] = field(repr=False)
    section: str = "alembic"
    """The section of the Alembic file, as Alembic's own `--name`."""
    x_arguments: tuple[str, ...] = ()
    """What env.py finds under `context.get_x_argument()`."""
    lock_timeout: float = 60.0
    """Seconds to wait for another run's migration lock."""
    statement_lock_timeout: float | None = None
    """Seconds that a statement of a migration waits for a lock; None: as the server says."""
    no_snapshot: bool = False
    """Whether nothing is copied before data can be lost."""
    renamed: str = ""
    """Another database of the configured server (SQLite: another file) that is meant instead."""
    workers: Workers | None = field(default=None, repr=False)
    """What lends the processes that migrations run in, where many databases are moved at once."""

    @cached_property
    def alembic(self) -> AlembicConfig:
        """The managed project's Alembic configuration."""
        from fidesdev.adapters.alembic_config import find_alembic_config, read_alembic_config

        path = find_alembic_config(self.settings.project, self.settings.tool.alembic_config)
        return read_alembic_config(path, self.section)

    @cached_property
    def graph(self) -> RevisionGraph:
        """The revisions of this checkout."""
        from fidesdev.adapters.loader import load_graph

        with ExitStack() as opened:
            return load_graph(
                self.alembic,
                root=self.settings.project,
                cache=self.settings.tool.data_dir / "revisions.json",
                evaluate=self._evaluator(opened),
            )

    def elsewhere(self, **changes: Any) -> Workspace:
        """The same project at another database; its files are not read again."""
        other = replace(self, **changes)
        read = {"alembic", "graph", "place", "_literal_url"} & vars(self).keys()
        vars(other).update({name: vars(self)[name] for name in read})
        return other

    @property
    def is_embedded(self) -> bool:
        """Whether the database is on the server that fidesdev itself starts."""
        return self.settings.database_url is None and self.settings.tool.engine == "embedded"

    @property
    def database(self) -> DatabaseUrl:
        """Where the database is, as seen from here."""
        return self._chosen[0]

    @property
    def database_source(self) -> Source:
        """Who said so."""
        return self._chosen[1]

    @property
    def written_database(self) -> DatabaseUrl:
        """The server's database as it is configured: its host may be known to Compose alone."""
        return self._configured[0]

    @cached_property
    def version_table(self) -> tuple[str, str]:
        """Name and schema of the version table; an empty schema means the search path."""
        tool = self.settings.tool
        return (
            tool.version_table or self.alembic.version_table,
            tool.version_table_schema or self.alembic.version_table_schema or "",
        )

    def recorded(self) -> Recorded:
        """What the database says now is applied."""
        from fidesdev.adapters.recorder import read_recorded

        return read_recorded(self.database, *self.version_table)

    @cached_property
    def environment(self) -> Environment:
        """What the worker needs to run this project's migrations on this database."""
        from fidesdev.adapters.jobs import Environment

        return Environment(
            config=self.alembic,
            url=self._alembic_url,
            version_table=self.version_table,
            x_arguments=self.x_arguments,
            project=self.settings.project,
            place=self.place,
            statement_lock_timeout=self.statement_lock_timeout,
            variables=_filled(self.settings.tool.runner_env, self._seen_by_runner),
            workers=self.workers,
        )

    @property
    def offline_environment(self) -> Environment:
        """The same for statements that are only printed; no server is started for them."""
        if not self.is_embedded:
            return self.environment
        url = configured_database(self.settings)
        sources = {**self.settings.sources, "database_url": EMBEDDED}
        settings = replace(self.settings, database_url=url, sources=sources)
        return replace(self, settings=settings).environment

    @property
    def reading_environment(self) -> Environment:
        """What the worker needs to read scripts; without the project's interpreter, this one."""
        from fidesdev.adapters.jobs import Environment

        place = None
        with suppress(RunnerMissing):
            place = self.place
        return Environment(self.alembic, project=self.settings.project, place=place)

    @property
    def backend(self) -> str:
        """`postgresql` or `sqlite`, without asking or starting any server."""
        return "postgresql" if self.is_embedded else self._configured[0].backend

    @cached_property
    def is_protected(self) -> bool:
        """Whether a destructive verb needs the database's name as well as a yes."""
        tool, url = self.settings.tool, self.database
        name = Path(url.database).name if url.backend == "sqlite" else url.database
        if any(fnmatchcase(name, pattern) for pattern in tool.protected):
            return True
        allowed = any(fnmatchcase(name, pattern) for pattern in tool.allow)
        return not (allowed or self.is_embedded or _is_local(url))

    @cached_property
    def _chosen(self) -> tuple[DatabaseUrl, Source]:
        if self.is_embedded:
            from fidesdev.services.server import embedded_url

            return self._named(embedded_url(self)), EMBEDDED
        url, source = self._configured
        if url.backend == "sqlite":
            return self._absolute(url, source), source
        return reachable(url, source, host_server=self.settings.tool.host_server), source

    @cached_property
    def place(self) -> Place | None:
        """Where migrations run, None being this process; raises `RunnerMissing`."""
        from fidesdev.adapters.compose_files import ComposeChoice
        from fidesdev.adapters.interpreters import Wanted, choose_place

        tool, project = self.settings.tool, self.settings.project
        docker = tool.docker
        compose = ComposeChoice(project, docker.files, docker.profiles, docker.project)
        wanted = Wanted(tool.runner, project, self.alembic, compose.options)
        return choose_place(wanted, self.environ)

    def _evaluator(self, opened: ExitStack) -> Callable[[Path], Mapping[str, object]]:
        """What reads a header that is computed: a runner that is started when it is needed."""
        runners: list[Runner] = []

        def evaluate(path: Path) -> Mapping[str, object]:
            from fidesdev.adapters.jobs import Environment
            from fidesdev.adapters.runner import open_runner

            if not runners:
                bare = Environment(self.alembic, project=self.settings.project, place=self.place)
                runners.append(opened.enter_context(open_runner(bare)))
            return runners[0].evaluate(path)

        return evaluate

    @cached_property
    def _configured(self) -> tuple[DatabaseUrl, Source]:
        """The database as it is written somewhere, which may be a name that only compose knows."""
        url, source = choose_database(self.settings, self._literal_url, self.environ)
        return self._named(url), source

    def _named(self, url: DatabaseUrl) -> DatabaseUrl:
        return url.with_database(self.renamed) if self.renamed else url

    @property
    def _seen_by_runner(self) -> DatabaseUrl:
        """The database from where migrations run: in a container by the name that is written."""
        if self.place is None or self.is_embedded or self.database.backend == "sqlite":
            return self.database
        from fidesdev.adapters.interpreters import Service

        return self._configured[0] if isinstance(self.place, Service) else self.database

    @cached_property
    def _literal_url(self) -> str | None:
        """`sqlalchemy.url` of the Alembic file; a project without one is fine."""
        try:
            return self.alembic.url
        except (AlembicConfigMissing, SeveralAlembicConfigs):
            return None

    @property
    def _alembic_url(self) -> str:
        """The URL for env.py, with the driver that the project's own literal URL names."""
        literal = self._literal_url
        own = parse_url(literal).driver if literal and _is_known(literal) else ""
        url = self._seen_by_runner
        return url.render(driver=url.driver or own or DRIVERS.get(url.backend, ""))

    def _absolute(self, url: DatabaseUrl, source: Source) -> DatabaseUrl:
        """A SQLite path means a file beside what named it."""
        if url.database == ":memory:":
            return url
        beside = self.alembic.path.parent if source.name == "sqlalchemy.url" else self.cwd
        return replace(url, database=os.path.normpath(beside / url.database))


def open_workspace(
    flags: Flags | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    **options: Any,
) -> Workspace:
    """The workspace around a folder; raises `ConfigError` where its configuration is wrong.

    `options` are the fields of `Workspace` from `section` on.
    """
    flags = flags or Flags()
    variables = os.environ if environ is None else environ
    started_in = cwd or Path.cwd()
    settings = load_settings(flags, variables, started_in)
    folder = (started_in / (flags.directory or ".")).resolve()
    return Workspace(settings, folder, variables, **options)


def _filled(templates: Mapping[str, str], url: DatabaseUrl) -> dict[str, str]:
    """`runner_env` with its placeholders filled in."""
    values = {
        "url": url.render(),
        "host": url.host or "localhost",
        "port": str(url.port or 5432),
        "user": url.user,
        "password": url.password,
        "db": url.database,
    }
    filled = {}
    for name, template in templates.items():
        text = template
        for key, value in values.items():
            text = text.replace("{" + key + "}", value)
        filled[name] = text
    return filled


def _is_local(url: DatabaseUrl) -> bool:
    """Whether the server is on this machine: a loopback or an address that can be bound here."""
    if url.is_loopback:
        return True
    import socket

    try:
        addresses = socket.getaddrinfo(url.host, None, type=socket.SOCK_STREAM)
        for family, kind, protocol, _name, address in addresses[:1]:
            with socket.socket(family, kind, protocol) as probe:
                probe.bind((address[0], 0, *address[2:]))
    except OSError:
        return False
    return True


def _is_known(url: str) -> bool:
    return url.startswith(("postgres", "sqlite"))
