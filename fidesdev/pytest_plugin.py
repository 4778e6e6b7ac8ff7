"""Fixtures for tests that need a migrated database; see `docs/how-to/test-databases.md`.

pytest imports this for every project of the environment, so it imports nothing but pytest before
a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fidesdev.core.url import DatabaseUrl
    from fidesdev.services.scratch_databases import Make


@dataclass(frozen=True, slots=True)
class Database:
    """A database at the heads with nothing else in it."""

    url: str = field(repr=False)
    """For SQLAlchemy, with the driver that env.py is given; the password is in it."""
    dsn: str = field(repr=False)
    """The same without a driver, as libpq takes it."""
    name: str
    """The database's name; for SQLite the file's path."""
    backend: str
    """`postgresql` or `sqlite`."""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of the ini file."""
    parser.addini("fidesdev_project", "The folder of the project with the migrations.", default=".")
    parser.addini("fidesdev_database_url", "The server for the databases of tests.", default="")
    parser.addini("fidesdev_to", "The REV that they are at.", default="heads")


@pytest.fixture(scope="session")
def fidesdev_databases(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    """What makes databases: `with fidesdev_databases() as url`; the template is built once."""
    from fidesdev.config import Flags
    from fidesdev.errors import FidesdevError
    from fidesdev.services.scratch_databases import scratch_databases
    from fidesdev.services.workspace import open_workspace

    flags = Flags(
        directory=pytestconfig.rootpath / str(pytestconfig.getini("fidesdev_project")),
        database_url=str(pytestconfig.getini("fidesdev_database_url")) or None,
    )
    folder, to = tmp_path_factory.mktemp("fidesdev"), str(pytestconfig.getini("fidesdev_to"))
    try:
        workspace = open_workspace(flags, lock_timeout=600.0)
        databases = scratch_databases(workspace, folder, to)
        make = databases.__enter__()
    except FidesdevError as error:
        hint = f"\nhint: {error.hint}" if error.hint else ""
        pytest.fail(f"fidesdev: {error}{hint}", pytrace=False)
    yield make
    databases.__exit__(None, None, None)


@pytest.fixture
def fidesdev_db(fidesdev_databases: Make) -> Iterator[Database]:
    """A new database at the heads for this test alone."""
    yield from _one(fidesdev_databases())


@pytest.fixture(scope="session")
def fidesdev_db_session(fidesdev_databases: Make) -> Iterator[Database]:
    """A new database at the heads for all tests of this process."""
    yield from _one(fidesdev_databases())


def _one(made: AbstractContextManager[DatabaseUrl]) -> Iterator[Database]:
    with made as url:
        yield Database(
            url=url.render(),
            dsn=url.render(driver=""),
            name=url.database,
            backend=url.backend,
            host=url.host,
            port=url.port,
            user=url.user,
            password=url.password,
        )
