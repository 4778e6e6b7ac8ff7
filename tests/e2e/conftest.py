"""Projects whose hooks are installed, and interpreters other than ours for migrations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environments import MATRIX, Packages, interpreter
from tests.hooked import Hooked, make_hooked
from tests.projects import Project

Settle = Callable[[Project], Project]


@pytest.fixture
def hooked(tmp_path: Path) -> Hooked:
    """The hooks are installed; the database is a SQLite file."""
    made = make_hooked(tmp_path / "project")
    made.install()
    return made


@pytest.fixture
def synced(hooked: Hooked) -> Hooked:
    """The database follows without a question, and is at main."""
    hooked.on_switch("sync")
    assert hooked.fidesdev("db", "upgrade").code == 0
    return hooked


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
