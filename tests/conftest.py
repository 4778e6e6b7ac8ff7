"""Real servers and databases for tests; nothing here stands in for anything."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2 import sql

from fidesdev.core.url import DatabaseUrl, parse_url

ADMIN_VARIABLE = "FIDESDEV_TEST_POSTGRES"
"""The URL of a server where tests may create databases; without it the embedded one starts."""


@pytest.fixture(scope="session")
def server() -> DatabaseUrl:
    """An administrator's URL of a running PostgreSQL."""
    return parse_url(os.environ[ADMIN_VARIABLE])


@pytest.fixture
def database(server: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """A new, empty PostgreSQL database, dropped afterwards."""
    name = f"fidesdev_test_{uuid.uuid4().hex[:12]}"
    execute(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield server.with_database(name)
    execute(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


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
