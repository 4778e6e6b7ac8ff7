"""What tells that something was committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.adapters.commit_marks import commit_mark
from fidesdev.adapters.git_operations import read_operation
from fidesdev.adapters.recorder import read_recorded
from fidesdev.core.url import DatabaseUrl
from tests.projects import Project
from tests.repositories import make_repository

TABLE = "alembic_version"


def mark(url: DatabaseUrl) -> str:
    return commit_mark(url, TABLE, "", read_recorded(url, TABLE, ""))


def both(project: Project, *statements: str) -> None:
    for statement in statements:
        project.sql(statement)


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return Project(tmp_path, DatabaseUrl("sqlite", str(tmp_path / "test.db")), ())
    return Project(tmp_path, request.getfixturevalue("database"), ())


def test_mark_changes_with_a_move_that_ends_where_it_began(project: Project) -> None:
    assert mark(project.url) == ""
    both(
        project,
        f"CREATE TABLE {TABLE} (version_num varchar(32))",
        f"INSERT INTO {TABLE} VALUES ('a')",
    )
    before = mark(project.url)
    assert before == mark(project.url) != ""
    both(
        project,
        "CREATE TABLE t (id integer)",
        f"UPDATE {TABLE} SET version_num = 'b'",
        f"UPDATE {TABLE} SET version_num = 'a'",
    )
    assert mark(project.url) != before


def test_mark_does_not_change_with_rows_of_others(project: Project) -> None:
    both(
        project,
        f"CREATE TABLE {TABLE} (version_num varchar(32))",
        f"INSERT INTO {TABLE} VALUES ('a')",
        "CREATE TABLE t (id integer)",
    )
    before = mark(project.url)
    project.sql("INSERT INTO t VALUES (1)")
    assert mark(project.url) == before


@pytest.mark.parametrize("kind", ["merge", "rebase", "cherry-pick", "revert"])
def test_operation_that_stopped_is_known(tmp_path: Path, kind: str) -> None:
    repository = make_repository(tmp_path / "r")
    repository.branch("other", "main1")
    assert read_operation(repository.folder) is None
    file = repository.write("main1", "aaaa")
    repository.commit("one")
    repository.git("checkout", "-q", "-B", "other", "HEAD~1")
    file.write_text(file.read_text().replace("None", "'bbbb'").replace("'aaaa'", "'bbbb'"))
    repository.commit("another")
    if kind == "revert":
        file.write_text("something else\n")
        repository.commit("more")
    arguments = {"revert": ["HEAD~1"], "merge": ["--no-edit", "main"]}.get(kind, ["main"])
    with pytest.raises(Exception, match="returned non-zero"):
        repository.git(kind, *arguments)

    operation = read_operation(repository.folder)

    assert operation is not None
    assert (operation.kind, operation.own_is_first) == (kind, kind == "merge")
