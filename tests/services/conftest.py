"""Alembic projects on a real database, one of each kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.projects import Project, make_project

Make = Callable[..., Project]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> DatabaseUrl | None:
    """None, which is a SQLite file beside the project, or an empty PostgreSQL database."""
    if request.param == "sqlite":
        return None
    database: DatabaseUrl = request.getfixturevalue("database")
    return database


@pytest.fixture
def make(tmp_path: Path, url: DatabaseUrl | None) -> Make:
    """Writes a project on either kind of database."""
    return lambda tree, **more: make_project(tmp_path / "project", tree, url, **more)


@pytest.fixture
def make_pg(tmp_path: Path, database: DatabaseUrl) -> Make:
    """Writes a project on PostgreSQL."""
    return lambda tree, **more: make_project(tmp_path / "project", tree, database, **more)


@pytest.fixture
def make_lite(tmp_path: Path) -> Make:
    """Writes a project on SQLite."""
    return lambda tree, **more: make_project(tmp_path / "project", tree, **more)
