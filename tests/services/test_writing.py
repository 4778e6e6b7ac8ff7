"""Migrations run on a primary alone, and where a session stays one's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters import postgres
from fidesdev.adapters.pooling import changes_sessions
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseMissing, PoolerRefused, ReplicaRefused
from fidesdev.services import history, migrations, server, snapshots, stamping
from fidesdev.services.workspace import Workspace
from tests.conftest import snapshots_of
from tests.projects import Project, make_project
from tests.standbys import pooler_of, primary_and_replica

TREE = "base0 > more"


@pytest.fixture
def project(tmp_path: Path, database: DatabaseUrl) -> Project:
    return make_project(tmp_path / "project", TREE, database)


@pytest.fixture
def pooled(project: Project, tmp_path: Path) -> Iterator[Project]:
    """The project by way of a pooler that keeps no session."""
    with pooler_of(project.url, tmp_path, "transaction") as url:
        yield replace(project, url=url)


def test_a_pooler_of_transactions_is_refused(project: Project, pooled: Project) -> None:
    with pytest.raises(PoolerRefused, match="where the migration lock does not hold"):
        migrations.execute(migrations.upgrade(pooled.workspace))
    assert project.tables() == set()
    assert history.status(pooled.workspace).database.pooled


def test_a_pooler_of_statements_is_one_too(project: Project, tmp_path: Path) -> None:
    with pooler_of(project.url, tmp_path, "statement") as url:
        assert changes_sessions(url)


def test_no_database_is_copied_by_way_of_it(pooled: Project) -> None:
    with pytest.raises(PoolerRefused):
        snapshots.save(pooled.workspace, "lunch")
    assert snapshots_of(pooled.url) == []


def test_it_is_known_while_others_use_it(pooled: Project) -> None:
    with closing(postgres.connect(pooled.url, autocommit=True)) as other:
        other.cursor().execute("SELECT 1")
        assert changes_sessions(pooled.url)


def test_a_pooler_of_sessions_will_do(project: Project, tmp_path: Path) -> None:
    with pooler_of(project.url, tmp_path, "session") as url:
        by_it = replace(project, url=url)
        migrations.execute(migrations.upgrade(by_it.workspace))
        report = history.status(by_it.workspace)
    assert (report.at_heads, report.database.pooled) == (True, True)
    assert project.tables() == {"base0", "more"}


def test_a_server_itself_is_no_pooler(database: DatabaseUrl) -> None:
    assert not changes_sessions(database)


@pytest.fixture(scope="module")
def replicated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """A migrated project on a primary, and the same one on its replica."""
    folder = tmp_path_factory.mktemp("replicated")
    with primary_and_replica(folder) as (primary, replica):
        url = primary.with_database("shop")
        postgres.create_database(url)
        project = make_project(folder / "project", TREE, url)
        migrations.execute(migrations.upgrade(project.workspace, "base0"))
        there = replace(project, url=replica.with_database("shop"))
        follow(project, there)
        yield project, there


def follow(project: Project, there: Project) -> None:
    """Wait until the replica has what the primary has."""
    for _ in range(600):
        with suppress(DatabaseMissing):
            if there.rows() == project.rows():
                return
        time.sleep(0.05)
    raise AssertionError("the replica does not follow")


def test_status_tells_a_replica_from_its_primary(replicated: tuple[Project, Project]) -> None:
    there, here = (history.status(project.workspace) for project in replicated)
    assert (there.database.replica, here.database.replica) == (False, True)
    assert here.current == ("base0",)


WRITING: dict[str, Callable[[Workspace], object]] = {
    "upgrade": lambda workspace: migrations.execute(migrations.upgrade(workspace)),
    "goto": lambda workspace: migrations.execute(migrations.goto(workspace, "base")),
    "stamp": lambda workspace: stamping.stamp(workspace, "more"),
    "save": lambda workspace: snapshots.save(workspace, "lunch"),
    "create": lambda workspace: server.create(_renamed(workspace)),
    "drop": server.drop,
}


@pytest.mark.parametrize("verb", WRITING)
def test_nothing_is_changed_by_way_of_a_replica(
    replicated: tuple[Project, Project], verb: str
) -> None:
    with pytest.raises(ReplicaRefused, match="is a replica") as caught:
        WRITING[verb](replicated[1].workspace)
    assert caught.value.exit_code == 5
    assert replicated[0].tables() == {"base0"}


def _renamed(workspace: Workspace) -> Workspace:
    return replace(workspace, renamed="another")
