"""One command line for all tests of verbs, in this process; see `processes` for real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.cli.app import program
from fidesdev.cli.invocation import run
from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import Answer
from tests.projects import Project, make_project

Ask = Callable[..., Answer]
AskThere = Callable[..., Answer]


@pytest.fixture
def ask_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> AskThere:
    """Runs a command in a folder."""
    for name in ("DATABASE_URL", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def typed(folder: Path, *arguments: str) -> Answer:
        code = run(program, ["-C", str(folder), *arguments])
        return Answer(code, *capsys.readouterr())

    return typed


@pytest.fixture
def ask(ask_there: AskThere) -> Ask:
    """Runs a command on a project's database, in the project's folder."""

    def typed(project: Project, *arguments: str) -> Answer:
        return ask_there(project.root, "--database-url", project.url.render(), *arguments)

    return typed


@pytest.fixture
def fork(tmp_path: Path) -> Project:
    """A project with two branches, on a SQLite file."""
    return make_project(tmp_path / "fork", "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2")


@pytest.fixture
def pg_fork(tmp_path: Path, database: DatabaseUrl) -> Project:
    """The same on PostgreSQL."""
    tree = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
    return make_project(tmp_path / "pg_fork", tree, database)
