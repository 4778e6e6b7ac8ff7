"""Snapshots that go, and those that stay whatever is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fidesdev.core.snapshot_pruning import Limits
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UsageError
from fidesdev.services import migrations, snapshot_pruning, snapshots
from tests.projects import Project
from tests.services.conftest import Make
from tests.services.snapshotted import SETTINGS, kept, save, snapshotted


@pytest.fixture
def project(tmp_path: Path, url: DatabaseUrl | None) -> Iterator[Project]:
    """Two automatic snapshots and one that somebody saved, between them."""
    with snapshotted(tmp_path, url) as made:
        save(made, "first", automatic=True)
        save(made, "mine")
        save(made, "last", automatic=True)
        yield made


def prune(project: Project, limits: Limits, *, named: bool = False) -> list[str]:
    planned = snapshot_pruning.plan(project.workspace, limits, named=named)
    before = [one.name for one in kept(project)]
    snapshot_pruning.prune(project.workspace, planned)
    return [name for name in before if name not in {one.name for one in kept(project)}]


def test_only_automatic_ones_go_unless_told(project: Project) -> None:
    assert prune(project, Limits(keep=1)) == ["first"]
    assert prune(project, Limits(keep=1), named=True) == ["mine"]
    assert [one.name for one in kept(project)] == ["last"]


def test_setting_is_the_limit_where_none_is_given(project: Project) -> None:
    assert prune(project, Limits()) == []
    with pytest.raises(UsageError, match="--named needs"):
        snapshot_pruning.plan(project.workspace, Limits(), named=True)


def test_size_and_age(project: Project) -> None:
    size = kept(project)[0].bytes
    assert prune(project, Limits(older_than=timedelta(hours=1))) == []
    assert prune(project, Limits(max_size=int(size * 1.5))) == ["first"]
    assert prune(project, Limits(older_than=timedelta(0)), named=True) == ["last", "mine"]


def test_what_undo_needs_stays_and_is_told(make: Make) -> None:
    project = replace(make("base0 > comm > aaa1"), environ=SETTINGS)
    migrations.execute(migrations.goto(project.workspace, "aaa1"))
    project.sql('INSERT INTO "t_aaa1" VALUES (1)')
    migrations.execute(migrations.goto(project.workspace, "base"))
    (taken,) = kept(project)
    planned = snapshot_pruning.plan(project.workspace, Limits(keep=0))
    assert planned.snapshots == ()
    assert planned.needed == (taken,)
    snapshots.delete(project.workspace, [taken.name])
