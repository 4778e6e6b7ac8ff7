"""Databases at the head of our own history, and sessions on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import sessionmaker

from fidesdev.core.url import DatabaseUrl
from fidesdev.db.base import Base
from fidesdev.db.session import ExtendedSession, get_db_engine, get_db_session

INI = Path(__file__).parents[2] / "alembic.ini"
Factory = sessionmaker[ExtendedSession]


@pytest.fixture(scope="session")
def shared_engine(server: DatabaseUrl) -> Iterator[Engine]:
    """An engine on a database at the head, which the tests have one after the other."""
    name = f"fidesdev_models_{uuid.uuid4().hex[:12]}"
    with closing(psycopg2.connect(server.render())) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield from _migrated(server.with_database(name).render())
        finally:
            connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


def _migrated(url: str) -> Iterator[Engine]:
    config = Config(INI)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")
    made = get_db_engine(database_uri=url)
    yield made
    made.dispose()


@pytest.fixture
def engine(shared_engine: Engine) -> Iterator[Engine]:
    """An engine on a database at the head, without rows and without tables of other tests."""
    yield shared_engine
    ours = set(Base.metadata.tables)
    with shared_engine.begin() as connection:
        strangers = set(inspect(connection).get_table_names()) - ours - {"alembic_version"}
        for table in strangers:
            connection.execute(text(f"DROP TABLE {table} CASCADE"))
        connection.execute(text(f"TRUNCATE {', '.join(sorted(ours))}"))


@pytest.fixture
def factory(engine: Engine) -> Factory:
    return get_db_session(None, engine=engine)


@pytest.fixture
def db(factory: Factory) -> Iterator[ExtendedSession]:
    with factory() as session:
        yield session
