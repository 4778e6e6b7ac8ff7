"""Interpreters other than ours, and projects whose migrations run there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environments import MATRIX, Packages, interpreter
from tests.projects import Project

Settle = Callable[[Project], Project]


@pytest.fixture(scope="session")
def environments(request: pytest.FixtureRequest) -> Path:
    """Where virtual environments are kept between runs."""
    return request.config.cache.mkdir("environments")


@pytest.fixture(scope="module", params=MATRIX, ids=lambda packages: packages.name)
def python(request: pytest.FixtureRequest, environments: Path) -> Path:
    """The Python of an environment with other packages than ours."""
    packages: Packages = request.param
    return interpreter(packages, environments)


@pytest.fixture
def settle(python: Path) -> Settle:
    """Has a project's migrations run in that Python."""

    def settled(project: Project) -> Project:
        setting = f'[fidesdev]\nrunner = "python:{python}"\n'
        (project.root / ".fides.toml").write_text(setting, encoding="utf-8")
        return project

    return settled
