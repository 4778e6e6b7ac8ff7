"""Engines and sessions: how Python code reaches the database.

factory = get_db_session(settings)
with factory() as db:
    policies = Policy.all(db)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import URL, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from fidesdev.errors import ConfigError, InvalidUrl, MissingConfig

_DRIVER = "postgresql+psycopg2"
AUTOCOMMIT = "autocommit"
"""Key of `Session.info`: true where every statement commits by itself."""


class DatabaseConfig(Protocol):
    """The `[database]` settings; every text is as a person writes it, nothing is URL-quoted."""

    @property
    def server(self) -> str: ...
    @property
    def port(self) -> str | int | None: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def db(self) -> str: ...
    @property
    def test_db(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


class Config(Protocol):
    """Settings that name a database: `fidesdev.config.Settings`, or anything of that shape."""

    @property
    def database(self) -> DatabaseConfig: ...
    @property
    def test_mode(self) -> bool: ...


class ExtendedSession(Session):
    """A session that is usable again after a failed commit."""

    def commit(self) -> None:
        """Commit, or roll everything back and raise what went wrong."""
        try:
            super().commit()
        except BaseException:
            self.rollback()
            raise


def get_db_engine(  # noqa: PLR0913 - the parameters are those of Fides' function of this name
    *,
    config: Config | None = None,
    database_uri: str | URL | None = None,
    pool_size: int = 50,
    max_overflow: int = 50,
    keepalives_idle: int | None = None,
    keepalives_interval: int | None = None,
    keepalives_count: int | None = None,
    pool_pre_ping: bool = True,
    disable_pooling: bool = False,
) -> Engine:
    """An engine for `database_uri`, else for the database that `config` names (see `test_mode`).

    Any keepalive given (seconds, seconds, probes) turns TCP keepalives on. `disable_pooling` opens
    a connection for each use and ignores the pool's parameters. Error messages do not show the
    parameters of a statement: rows here hold personal data. Raises `MissingConfig`, `InvalidUrl`.
    """
    keepalives = {
        "keepalives_idle": keepalives_idle,
        "keepalives_interval": keepalives_interval,
        "keepalives_count": keepalives_count,
    }
    given = {name: value for name, value in keepalives.items() if value is not None}
    pool: dict[str, Any] = {
        "pool_size": pool_size,
        "max_overflow": max_overflow,
        "pool_pre_ping": pool_pre_ping,
    }
    return create_engine(
        _url(config, database_uri),
        connect_args={"keepalives": 1, **given} if given else {},
        hide_parameters=True,
        **({"poolclass": NullPool} if disable_pooling else pool),
    )


def get_db_session(
    config: Config | None,
    autocommit: bool = False,
    autoflush: bool = False,
    engine: Engine | None = None,
) -> sessionmaker[ExtendedSession]:
    """A factory of sessions that roll back when a commit fails, and then raise.

    Without `engine` each call makes a new one from `config`, which `factory.kw["bind"].dispose()`
    closes. With `autocommit` every statement commits by itself and nothing can be rolled back.
    Raises `MissingConfig` when there is neither engine nor config.
    """
    bind = get_db_engine(config=config) if engine is None else engine
    if autocommit:
        bind = bind.execution_options(isolation_level="AUTOCOMMIT")
    return sessionmaker(
        bind=bind, class_=ExtendedSession, autoflush=autoflush, info={AUTOCOMMIT: autocommit}
    )


def _url(config: Config | None, given: str | URL | None) -> URL:
    if given:
        return _driven(_parsed(given))
    if config is None:
        raise MissingConfig
    database = config.database
    server, port = database.server.strip("[]"), _port(database.port)
    query = {key: str(value) for key, value in database.params.items()}
    # a directory cannot stand where a URL has its host: libpq takes it, and its port, as parameters
    is_socket = server.startswith(("/", "@"))
    if is_socket:
        query = {"host": server, **({"port": str(port)} if port else {}), **query}
    return URL.create(
        _DRIVER,
        username=database.user or None,
        password=database.password or None,
        host=None if is_socket else server or None,
        port=None if is_socket else port,
        database=database.test_db if config.test_mode else database.db,
        query=query,
    )


def _parsed(given: str | URL) -> URL:
    try:
        return make_url(given)
    except (ArgumentError, ValueError):
        # some releases of SQLAlchemy repeat the text, and with it the password
        raise InvalidUrl("***", "SQLAlchemy cannot read it") from None


def _driven(url: URL) -> URL:
    """The URL with psycopg2 named where the scheme leaves the driver open."""
    return url.set(drivername=_DRIVER) if url.drivername in {"postgres", "postgresql"} else url


def _port(value: str | int | None) -> int | None:
    text = str(value or "").strip()
    if text and not text.isdecimal():
        raise ConfigError(
            f"database.port is not a number: {text!r}",
            hint="Write it as port = \"5432\"; see 'fidesdev config check'.",
            key="database.port",
        )
    return int(text) if text else None
