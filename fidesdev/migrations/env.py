"""Run the migrations of fidesdev's own tables: on a database, or as SQL text (`--sql`).

The database is `sqlalchemy.url` of the Alembic config where there is one, else what
`-x database-url=URL` says, else the one of the settings.
"""

from __future__ import annotations

import os
from logging.config import fileConfig
from pathlib import Path

from alembic import context
from sqlalchemy import Engine

from fidesdev.config import Flags, choose_database, load_settings, reachable
from fidesdev.db.base import Base
from fidesdev.db.session import get_db_engine
from fidesdev.errors import ConfigError


def run() -> None:
    """Run the revisions that Alembic asks for, all in one transaction."""
    _set_up_logging()
    if context.is_offline_mode():
        _run_offline()
    else:
        _run_online()


def _run_offline() -> None:
    # no URL: printing SQL needs no database, nor anybody to say which
    context.configure(
        dialect_name="postgresql", dialect_opts={"paramstyle": "named"}, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()


def _run_online() -> None:
    with _engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def _engine() -> Engine:
    engine = get_db_engine(
        database_uri=context.config.get_main_option("sqlalchemy.url") or _configured_url(),
        disable_pooling=True,
    )
    if engine.dialect.name != "postgresql":
        raise ConfigError(
            f"the tables of fidesdev need PostgreSQL, not {engine.dialect.name}",
            hint="Name a PostgreSQL database, or start one with 'fidesdev db start'.",
        )
    return engine


def _configured_url() -> str:
    given = context.get_x_argument(as_dictionary=True).get("database-url")
    settings = load_settings(Flags(database_url=given), os.environ, Path.cwd())
    if given is None and settings.tool.engine == "embedded":
        raise ConfigError(
            "the settings name the embedded server, which alembic by itself cannot find",
            hint="Use 'fidesdev db upgrade', or pass '-x database-url=URL' to alembic.",
        )
    url, source = choose_database(settings, None, os.environ)
    return reachable(url, source, host_server=settings.tool.host_server).render()


def _set_up_logging() -> None:
    """Follow the ini file where it speaks of logging; what logs already goes on logging."""
    file = context.config.config_file_name
    if file is not None and context.config.file_config.has_section("loggers"):
        fileConfig(file, disable_existing_loggers=False, encoding="utf-8")


run()
