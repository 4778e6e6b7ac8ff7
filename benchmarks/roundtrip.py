"""The files that make pytest-alembic try a project, as its documentation says."""

from __future__ import annotations

CONFTEST = """
import pytest
import sqlalchemy


@pytest.fixture
def alembic_config():
    return {{"file": "alembic.ini"}}


@pytest.fixture
def alembic_engine():
    return sqlalchemy.create_engine({url!r}, poolclass=sqlalchemy.pool.NullPool)
"""
TEST = "from pytest_alembic.tests import test_up_down_consistency\n"
