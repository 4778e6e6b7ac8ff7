"""Settings -> the one database that a command talks to, and who said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from fidesdev.config.settings import Settings, Source
from fidesdev.core.url import DatabaseUrl, parse_url
from fidesdev.errors import ConfigError

URL_VARIABLE = "DATABASE_URL"
_LOCATING = ("server", "port", "user", "password", "db", "params")
"""The keys that say where the database is; `test_db` only renames it."""
_PLACEHOLDER = "driver://"
"""What Alembic's own template has for a URL."""


def choose_database(
    settings: Settings, alembic_url: str | None, environ: Mapping[str, str]
) -> tuple[DatabaseUrl, Source]:
    """The database on a server, and what named it: the first of

    `--database-url`; `FIDES__DATABASE__*` and `[database]`, joined; the literal `sqlalchemy.url` of
    the Alembic file; `DATABASE_URL` where `use_database_url` allows it; the defaults.
    Raises `InvalidUrl`. The embedded engine is not asked about; `reachable` comes after this.
    """
    if settings.database_url is not None:
        return settings.database_url, settings.sources["database_url"]
    if (source := _said(settings)) is not None:
        return configured_database(settings), source
    if alembic_url and not alembic_url.startswith(_PLACEHOLDER):
        source = Source("file", "sqlalchemy.url")
        return _for_mode(parse_url(alembic_url), settings, source), source
    if settings.tool.use_database_url and environ.get(URL_VARIABLE):
        source = Source("environment", URL_VARIABLE)
        return _for_mode(parse_url(environ[URL_VARIABLE]), settings, source), source
    return configured_database(settings), Source("default")


def configured_database(settings: Settings) -> DatabaseUrl:
    """What `[database]` and its variables say, in test mode with `test_db` for the name."""
    database = settings.database
    return DatabaseUrl(
        backend="postgresql",
        database=database.test_db if settings.test_mode else database.db,
        host=database.server,
        port=database.port,
        user=database.user,
        password=database.password,
        params=tuple(database.params.items()),
    )


def is_service_name(host: str) -> bool:
    """Whether a host name looks like a compose service: one word, no address, no `localhost`."""
    word = host.replace("-", "").replace("_", "")
    return host.lower() != "localhost" and word.isascii() and word.isalnum() and not word.isdigit()


def resolves(host: str) -> bool:
    """Whether this machine finds an address for the name."""
    import socket

    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False


def reachable(
    url: DatabaseUrl,
    source: Source,
    *,
    host_server: str,
    resolves: Callable[[str], bool] = resolves,
) -> DatabaseUrl:
    """The URL with `host_server` for a compose service's name that is unknown here.

    A URL that was typed as a flag is left as it is.
    """
    if source.kind == "flag" or not is_service_name(url.host) or resolves(url.host):
        return url
    return replace(url, host=host_server)


def _said(settings: Settings) -> Source | None:
    """The variables, else the files, that say where the database is."""
    sources = [settings.sources[f"database.{name}"] for name in _LOCATING]
    for kind in ("environment", "file"):
        names = dict.fromkeys(source.name for source in sources if source.kind == kind)
        if names:
            return Source(kind, ", ".join(names))
    return None


def _for_mode(url: DatabaseUrl, settings: Settings, source: Source) -> DatabaseUrl:
    """The URL, in test mode with the name of the test database."""
    if not settings.test_mode:
        return url
    if url.backend == "sqlite":
        raise ConfigError(
            f"test mode wants database {settings.database.test_db!r}, but {source} names a file",
            hint="Name the test database itself: '--database-url sqlite:///test.db'.",
            source=str(source),
        )
    return url.with_database(settings.database.test_db)
