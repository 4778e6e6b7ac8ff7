"""Real servers and databases for tests; nothing here stands in for anything."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, settings
from psycopg2 import sql

from fidesdev.adapters import embedded
from fidesdev.adapters.postgres_snapshots import list_snapshots
from fidesdev.core.url import DatabaseUrl, parse_url
from tests import docker_images

ADMIN_VARIABLE = "FIDESDEV_TEST_POSTGRES"
"""The URL of a server where tests may create databases; without it the embedded one starts."""


settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", settings.get_profile("here"), max_examples=2000)
if not os.environ.get("CI"):  # whose own profile is as patient
    settings.load_profile("here")

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
ROOM = 12 * 2**30
"""Bytes that must be free there."""


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start: a shell lets programs in the background ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, so that it alone can run again on another PostgreSQL."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def server() -> Iterator[DatabaseUrl]:
    """An administrator's URL of a running PostgreSQL."""
    if named := os.environ.get(ADMIN_VARIABLE):
        yield parse_url(named)
        return
    with tempfile.TemporaryDirectory(dir=quick_folder()) as folder:
        home = Path(folder) / "postgres"
        running = embedded.start(home, os.environ)
        try:
            yield running.url("postgres")
        finally:
            embedded.stop(home)
            shutil.rmtree(running.directory)  # which is elsewhere where root cannot use `home`


def quick_folder() -> Path | None:
    """Memory, where there is plenty: a database has 300 files, and a disk takes its time for each.

    None means the usual temporary folder.
    """
    enough = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if enough and os.access(MEMORY, os.W_OK | os.X_OK) else None


@pytest.fixture
def database(server: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """A new, empty PostgreSQL database, dropped afterwards."""
    name = f"fidesdev_test_{uuid.uuid4().hex[:12]}"
    execute(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    yield server.with_database(name)
    for one in (name, *snapshots_of(server.with_database(name))):
        dropped = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(one))
        execute(server, dropped)


@pytest.fixture(scope="session")
def tiny_image() -> str:
    """The name of an image with a shell; needs a Docker engine."""
    docker_images.need_engine()
    return docker_images.tiny_image()


@pytest.fixture(scope="session")
def postgres_image() -> str:
    """The name of an image that starts as PostgreSQL's official one; needs a Docker engine."""
    docker_images.need_engine()
    return docker_images.postgres_image()


def snapshots_of(url: DatabaseUrl) -> list[str]:
    """The databases that hold snapshots of a database."""
    return [one.storage for one in list_snapshots(url) if one.database == url.database]


def execute(url: DatabaseUrl, statement: sql.Composable) -> None:
    """Run one statement outside a transaction."""
    connection = psycopg2.connect(
        host=url.host, port=url.port, user=url.user, password=url.password, dbname=url.database
    )
    try:
        connection.autocommit = True
        connection.cursor().execute(statement)
    finally:
        connection.close()
